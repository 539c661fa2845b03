import { AppError } from "../../shared/errors.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { outputFlag, refuseEvents, writeContent } from "../dump-output.ts";
import { findPlace } from "../snapshot-place.ts";
import { withRepository } from "../with-repository.ts";

const flags = { output: outputFlag };

export const dumpCommand: Command = defineCommand({
  name: "dump",
  summary: "write a snapshot as a tar archive",
  description: "Writes a snapshot, or one path of it, as a tar archive to standard output.",
  args: [
    {
      name: "SNAPSHOT[:PATH]",
      help: "id, its first characters, latest or latest~N; with a path, only that part",
      required: true,
      variadic: false,
    },
  ],
  flags,
  examples: [
    { command: "varve dump latest:/home/ann | tar -x -C /tmp", text: "unpack a folder" },
    { command: "varve dump latest --output all.tar", text: "into a file" },
  ],
  codes: ["E_NOT_FOUND", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, args, flags: values } = invocation;
  if (values.output === undefined) {
    refuseEvents(invocation, "dump");
    if (context.stdout.isTTY)
      throw new AppError({
        code: "E_USAGE",
        what: "a tar archive is not written to a terminal",
        why: "it would only garble the screen",
        hint: "send it on: varve dump ... | tar -t, or --output FILE",
      });
  }
  await withRepository(invocation, async (repository) => {
    const place = await findPlace(repository, args[0] ?? "");
    await writeContent(invocation, "dump", { file: values.output, content: context.services.trees.dumpTar(repository, place) });
  });
  return undefined;
}
