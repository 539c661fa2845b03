import { readFileSync, writeFileSync } from "node:fs";
import { renderGuidConfig } from "../../config/render-guid.ts";
import { importConfig } from "../../guid/import-config.ts";
import type { ImportedConfig } from "../../guid/import-config.ts";
import { AppError } from "../../shared/errors.ts";
import { systemReason } from "../../shared/system-reason.ts";
import type { Command, Invocation, Outcome } from "../command.ts";
import { defineCommand } from "../command.ts";
import { textFlag } from "../flags.ts";
import { formatItems } from "../format-text.ts";
import { pathOf } from "../guid-settings.ts";

/** A settings file is small; anything larger is something else. */
const FILE_CHARS_MAX = 1024 * 1024;
const NEW_FILE_MODE = 0o600;

const flags = {
  output: textFlag("output FILE", "write the configuration here; it must not exist yet", { short: "o", defaultText: "standard output" }),
};

export const guidImportConfigCommand: Command = defineCommand({
  name: "guid import-config",
  summary: "turn a config.py into a configuration file",
  description:
    "Reads the settings of a config.py without running it and writes them as a configuration file of Varve. Texts, lists of texts, whole numbers and environment variables are understood; every other line is named. A connection string that stands in the file is not copied: the new file refers to the environment.",
  args: [{ name: "FILE", help: "the config.py", required: true, variadic: false }],
  flags,
  examples: [{ command: "varve guid import-config config.py -o varve.yaml", text: "then look at it with varve config show" }],
  codes: ["E_INCOMPLETE", "E_USAGE"],
  run,
});

async function run(invocation: Invocation<typeof flags>): Promise<Outcome | undefined> {
  const { output, args, flags: values } = invocation;
  const file = pathOf(invocation, args[0] ?? "");
  const imported = importConfig(readText(file));
  const yaml = renderGuidConfig(imported.config);
  const into = values.output === undefined ? undefined : pathOf(invocation, values.output);
  if (into !== undefined) writeNew(into, yaml);
  tellRemarks(imported, file, invocation);
  const { problems, warnings } = imported;
  await output.result(
    () => ({ message_type: "result", kind: "guid_config", file: into ?? "", yaml, problems, warnings }),
    () => (into === undefined ? yaml.trimEnd() : `${into} written: ${formatItems(Object.keys(imported.config).length, "setting")}`),
  );
  if (problems.length === 0) return undefined;
  return {
    code: "E_INCOMPLETE",
    what: `${formatItems(problems.length, "line")} of ${file} could not be taken over`,
    why: output.json ? "the result names each" : "each is named above",
    hint: "add those settings to the new file by hand",
  };
}

function tellRemarks({ problems, warnings }: ImportedConfig, file: string, { output, terminal }: Invocation<typeof flags>): void {
  if (output.json) return;
  for (const { line, text } of warnings) terminal.message(`${terminal.style("warning", "warning:")} ${file}:${line}: ${text}`);
  for (const { line, text } of problems) terminal.message(`${terminal.style("warning", "problem:")} ${file}:${line}: ${text}`);
}

function readText(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new AppError({
      code: "E_USAGE",
      what: `cannot read ${file}`,
      why: systemReason(error, "it cannot be opened"),
      hint: "name the config.py",
      cause: error,
    });
  }
  if (text.length <= FILE_CHARS_MAX) return text;
  throw new AppError({ code: "E_USAGE", what: `${file} is larger than 1 MiB`, why: "no settings file is", hint: "name the config.py" });
}

/** It may come to hold secrets: nobody else may read it. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx", mode: NEW_FILE_MODE });
  } catch (error) {
    throw new AppError({
      code: "E_USAGE",
      what: `cannot write ${file}`,
      why: systemReason(error, "writing failed"),
      hint: "name a file that does not exist yet, with --output",
      cause: error,
    });
  }
}
