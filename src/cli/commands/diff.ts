import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { formatCount } from "../format-text.ts";
import type { TreeDifference } from "../services.ts";
import { findPlace } from "../snapshot-place.ts";
import { withRepository } from "../with-repository.ts";

const flags = {};

export const diffCommand: Command = defineCommand({
  name: "diff",
  summary: "compare two snapshots",
  description:
    "Lists what differs from the first snapshot to the second: + added, - removed, M content, U metadata only, T type. Ends with 0 when they are equal and 4 when they differ.",
  args: [
    { name: "SNAPSHOT[:PATH]", help: "before", required: true, variadic: false },
    { name: "SNAPSHOT[:PATH]", help: "after", required: true, variadic: false },
  ],
  flags,
  examples: [
    { command: "varve diff latest~1 latest", text: "what the last backup changed" },
    { command: "varve diff 1a2b3c4d:/etc latest:/etc", text: "one folder over time" },
  ],
  codes: ["E_DIFFERENCE", "E_NOT_FOUND", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

type Counts = Record<TreeDifference["change"], number>;

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { context, output, args, signal, global } = invocation;
  const counts: Counts = { "+": 0, "-": 0, M: 0, U: 0, T: 0 };
  await withRepository(invocation, async (repository) => {
    const [from, to] = [await findPlace(repository, args[0] ?? ""), await findPlace(repository, args[1] ?? "")];
    for await (const { change, path, sizeBefore, sizeAfter } of context.services.trees.diff(repository, { from, to })) {
      signal.throwIfAborted();
      counts[change] += 1;
      await output.result(
        () => ({ message_type: "result", kind: "change", change, path, size_before: sizeBefore, size_after: sizeAfter }),
        () => `${change} ${path}`,
      );
    }
  });
  if (output.json)
    output.event({
      message_type: "summary",
      command: "diff",
      added: counts["+"],
      removed: counts["-"],
      changed: counts.M,
      metadata: counts.U,
      type: counts.T,
    });
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  if (!output.json && !global.quiet) await output.text(countsText(counts));
  return { code: "E_DIFFERENCE", what: "the two differ", silent: true };
}

function countsText(counts: Counts): string {
  const words: Readonly<Record<TreeDifference["change"], string>> = {
    "+": "added",
    "-": "removed",
    M: "changed",
    U: "with other metadata",
    T: "of another type",
  };
  return (Object.keys(words) as TreeDifference["change"][])
    .filter((change) => counts[change] > 0)
    .map((change) => `${formatCount(counts[change])} ${words[change]}`)
    .join(", ");
}
