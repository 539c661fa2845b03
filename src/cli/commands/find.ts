import { displayBytes } from "../../shared/bytes.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { entryResult, longLine } from "../entry-text.ts";
import { switchFlag } from "../flags.ts";
import { filterFlags, snapshotFilter } from "../shared-flags.ts";
import { withRepository } from "../with-repository.ts";

const flags = {
  ...filterFlags,
  ignoreCase: switchFlag("ignore-case", "take small and capital letters as the same", { short: "i" }),
  long: switchFlag("long", "with mode, owner, size and time", { short: "l" }),
};

export const findCommand: Command = defineCommand({
  name: "find",
  summary: "find files in all snapshots",
  description:
    "Finds the entries whose name or path matches a pattern, in all snapshots or in those chosen. Each line starts with the snapshot's id.",
  args: [{ name: "PATTERN", help: "name or path, with *, ? and [...]", required: true, variadic: true }],
  flags,
  examples: [
    { command: "varve find report.docx", text: "every version of a file name" },
    { command: "varve find -i '*.jpg' --host laptop", text: "pictures of one host" },
  ],
  codes: ["E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, output, terminal, args, flags: values, signal } = invocation;
  let found = 0;
  const request = { patterns: args, snapshots: snapshotFilter(values), ignoreCase: values.ignoreCase };
  await withRepository(invocation, async (repository) => {
    for await (const { snapshot, path, entry } of context.services.trees.find(repository, request)) {
      signal.throwIfAborted();
      found += 1;
      await output.result(
        () => entryResult(snapshot.id, path, entry),
        () => `${snapshot.id.slice(0, 8)}  ${values.long ? longLine(path, entry) : displayBytes(path)}`,
      );
    }
  });
  if (found === 0 && !output.json) terminal.message(`nothing in these snapshots matches ${args.join(" or ")}`);
  return undefined;
}
