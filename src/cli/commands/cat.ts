import { AppError } from "../../shared/errors.ts";
import type { Command, Invocation } from "../command.ts";
import { defineCommand } from "../command.ts";
import { outputFlag, refuseEvents, writeContent } from "../dump-output.ts";
import { findPlace, splitPlace } from "../snapshot-place.ts";
import { withRepository } from "../with-repository.ts";

const flags = { output: outputFlag };

export const catCommand: Command = defineCommand({
  name: "cat",
  summary: "print a file of a snapshot",
  description: "Writes the content of one file of a snapshot to standard output.",
  args: [{ name: "SNAPSHOT:PATH", help: "the file", required: true, variadic: false }],
  flags,
  examples: [{ command: "varve cat latest:/etc/fstab", text: "look at a saved file" }],
  codes: ["E_NOT_FOUND", "E_REPO_NOT_FOUND", "E_PASSWORD", "E_STORE_UNAVAILABLE", "E_STORE_DENIED"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<undefined> {
  const { context, args, flags: values } = invocation;
  const [text = ""] = args;
  if (splitPlace(text).path === "")
    throw new AppError({
      code: "E_USAGE",
      what: `'${text}' names no file`,
      why: "only the content of a file can be printed",
      hint: "write SNAPSHOT:PATH, as in latest:/etc/fstab",
    });
  if (values.output === undefined) refuseEvents(invocation, "cat");
  await withRepository(invocation, async (repository) => {
    const place = await findPlace(repository, text);
    await writeContent(invocation, "cat", { file: values.output, content: context.services.trees.dumpFile(repository, place) });
  });
  return undefined;
}
