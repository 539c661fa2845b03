import { displayBytes } from "../../shared/bytes.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { entryResult, longLine } from "../entry-text.ts";
import { switchFlag } from "../flags.ts";
import { findPlace } from "../snapshot-place.ts";
import { withRepository } from "../with-repository.ts";

const flags = {
  recursive: switchFlag("recursive", "everything below too (here -r is not --repo)", { short: "r" }),
  long: switchFlag("long", "with mode, owner, size and time", { short: "l" }),
};

export const lsCommand: Command = defineCommand({
  name: "ls",
  summary: "list files of a snapshot",
  description: "Lists a folder of a snapshot.",
  args: [
    {
      name: "SNAPSHOT[:PATH]",
      help: "id, its first characters, latest or latest~N; with a path, that folder",
      required: true,
      variadic: false,
    },
  ],
  flags,
  examples: [
    { command: "varve ls latest:/home/ann -l", text: "one folder" },
    { command: "varve ls latest -r --json", text: "everything, for scripts" },
  ],
  codes: ["E_NOT_FOUND", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, output, args, flags: values, signal } = invocation;
  await withRepository(invocation, async (repository) => {
    const place = await findPlace(repository, args[0] ?? "");
    for await (const { path, entry } of context.services.trees.list(repository, { ...place, recursive: values.recursive })) {
      signal.throwIfAborted();
      await output.result(
        () => entryResult(place.snapshot.id, path, entry),
        () => (values.long ? longLine(path, entry) : displayBytes(path)),
      );
    }
  });
  return undefined;
}
