import { COMMAND_GROUPS, loadAllCommands } from "../src/cli/command-list.ts";
import type { Command } from "../src/cli/command.ts";
import type { Flag } from "../src/cli/flags.ts";
import { GLOBAL_FLAGS } from "../src/cli/global-flags.ts";
import { ERROR_CODES } from "../src/shared/error-codes.ts";

const INTRODUCTION = `# Command line

<!-- Made by tools/generate-cli-docs.ts from the commands themselves; edit those. -->

\`varve COMMAND [flags]\`. Results go to standard output, progress and messages to standard error.
With \`--json\` standard output carries one event a line, see [events](events.md). Errors say what, why and what to do, and carry a
code, see [errors](errors.md).

**Where a value comes from.** A flag wins over its environment variable, that over the configuration file, that over the default.
\`varve config show\` prints each value with its origin. A value that is not valid is an error wherever it comes from; an empty
variable counts as not set. A switch takes 1, true, yes, on, 0, false, no or off. A list is one value a line (tags also by commas).

**Repositories.** A folder (\`./repo\`, \`file:/srv/repo\`), \`azure:CONTAINER:/PREFIX\`, \`az://ACCOUNT/CONTAINER/PREFIX\`, the plain
\`https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX\`, or \`@NAME\` from the configuration.

**Passwords** are never arguments. In this order: \`--recovery-key-file\`; \`--password-file\` or \`--password-command\`; \`VARVE_PASSWORD\`;
\`VARVE_PASSWORD_FILE\` or \`VARVE_PASSWORD_COMMAND\`; the configuration; \`VARVE_RECOVERY_KEY\`; a question, when a person is there.
A password command is a program with arguments; no shell is involved. A new password (\`key add\`, \`key passwd\`) comes from its flags
or \`VARVE_NEW_PASSWORD\`.

**Shares.** A source, and the target of \`restore\`, may be a tree of an Azure Files share: \`azfiles://ACCOUNT/SHARE/PATH\`, or the address that the portal
shows. Names stand in \`azfiles://\` as they are; \`?snapshot=TIME\` names a share snapshot to read. Credentials come from the environment alone, since
arguments can be seen by every process: \`VARVE_SOURCE_CONNECTION_STRING\`, \`VARVE_SOURCE_KEY\` or \`VARVE_SOURCE_SAS_TOKEN\`, each also as
\`..._FILE\`; with \`VARVE_SOURCE_ACCOUNT\` they are for that account only. Without one the Microsoft Entra identity of the machine is used, with backup
intent: it needs the role Storage File Data Privileged Reader (or Contributor, to restore). \`VARVE_SOURCE_ENDPOINT\` is another address of the
file service. A target takes \`VARVE_TARGET_...\` first, then the source's; \`AZURE_STORAGE_...\` comes last, unless it names another account.
A SAS needs list and read; create and delete for share snapshots; write to restore.

**Snapshots.** A full id, its first characters, \`latest\`, or \`latest~N\` for the one N before it; \`SNAPSHOT:PATH\` is a path inside.

**Progress.** A terminal shows a block that is redrawn; anything else, \`CI\` and \`TERM=dumb\` get a line a minute. \`SIGUSR2\` prints a
line at once. \`NO_COLOR\`, \`FORCE_COLOR\` and \`CLICOLOR_FORCE\` are honoured. The first Ctrl-C (or SIGTERM) stops in good order, the second at once.

## Configuration file

YAML; the first of \`--config\`, \`VARVE_CONFIG\`, \`./varve.yaml\`, \`$XDG_CONFIG_HOME/varve/config.yaml\` (\`~/.config/...\`),
\`/etc/varve/config.yaml\`. Paths count from the file's folder. Unknown keys are refused.

\`\`\`yaml
repository: "@home"            # used when no --repo is given
threads: 4                     # also: cache-dir, no-cache, catalog, no-progress, compression
repositories:
  home:
    location: /srv/backup
    password: { file: /etc/varve/password }      # or { command: [pass, show, backup] } or { env: NAME }
  cloud:
    location: az://account/backup
    password: { env: CLOUD_PASSWORD }
    environment:                                 # for this repository alone
      AZURE_STORAGE_KEY: { file: /etc/varve/azure-key }
jobs:
  nightly:                                       # varve backup nightly
    sources: [/home, /etc]
    repository: "@cloud"
    exclude: ["*.tmp", "/home/*/.cache"]
    exclude-caches: true
    tags: [nightly]
\`\`\`

A job knows the keys \`sources\`, \`repository\`, \`tags\`, and, as the flags of \`varve backup\`: \`host\`, \`exclude\`, \`exclude-file\`, \`include\`,
\`exclude-caches\`, \`exclude-if-present\`, \`one-file-system\`, \`exclude-larger-than\`, \`threads\`, \`compression\`.
`;

/** The text of docs/cli.md. */
export async function cliReference(): Promise<string> {
  const commands = await loadAllCommands();
  const globals = flagTable(Object.values(GLOBAL_FLAGS));
  const codes = [...new Map(Object.values(ERROR_CODES).map(({ exitCode }) => [exitCode, exitRow(exitCode)])).entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, row]) => row);
  const exits = ["## Exit codes", "", "| code | meaning |", "|---|---|", "| 0 | done |", ...codes, "| 143 | as 130, by SIGTERM |"].join(
    "\n",
  );
  const list = [
    "## Commands",
    "",
    ...commands.map((command) => `- [\`varve ${command.name}\`](#varve-${command.name.replaceAll(" ", "-")}): ${command.summary}`),
  ].join("\n");
  const groups = `Two-word commands: ${Object.entries(COMMAND_GROUPS)
    .map(([name, what]) => `\`${name}\` to ${what}`)
    .join("; ")}.`;
  return [INTRODUCTION, `## Global flags\n\n${globals}\n`, `${exits}\n`, `${list}\n\n${groups}\n`, ...commands.map(commandSection)].join(
    "\n",
  );
}

function exitRow(exitCode: number): string {
  const codes = Object.entries(ERROR_CODES).filter(([, facts]) => facts.exitCode === exitCode);
  const [only] = codes;
  const meaning = codes.length === 1 && only !== undefined ? only[1].meaning : (SHARED_EXIT_CODES[exitCode] ?? "");
  return `| ${exitCode} | ${meaning} (${codes.map(([code]) => code).join(", ")}) |`;
}

/** What exit codes mean that stand for several error codes. */
const SHARED_EXIT_CODES: Readonly<Record<number, string>> = {
  1: "failed",
  2: "the command line or the configuration is not valid",
  3: "finished, but some items are missing",
  12: "the repository does not open with the password, or none was given",
};

function commandSection(command: Command): string {
  const args = command.args.map((argument) => {
    const label = `${argument.name}${argument.variadic ? "..." : ""}`;
    return argument.required ? label : `[${label}]`;
  });
  const flags = Object.values(command.flags);
  const codes = command.codes.map((code) => `${ERROR_CODES[code].exitCode} (${code})`);
  return [
    `## varve ${command.name}`,
    "",
    `\`varve ${[command.name, ...args, ...(flags.length === 0 ? [] : ["[flags]"])].join(" ")}\``,
    "",
    command.description,
    "",
    ...command.args.map(
      (argument) => `- \`${argument.name}\`: ${argument.help}${argument.choices === undefined ? "" : ` (${argument.choices.join(", ")})`}`,
    ),
    ...(command.args.length === 0 ? [] : [""]),
    ...(flags.length === 0 ? [] : [flagTable(flags), ""]),
    "```sh",
    ...command.examples.map((example) => `${example.command}   # ${example.text}`),
    "```",
    "",
    `Exit codes: 0${codes.length === 0 ? "" : `, ${codes.join(", ")}`}; and those of any command.`,
    "",
  ].join("\n");
}

function flagTable(flags: readonly Flag<unknown>[]): string {
  const rows = flags.map((flag) => {
    const value = flag.placeholder === "" ? "" : ` ${flag.placeholder}`;
    const name = `${flag.short === "" ? "" : `-${flag.short}, `}--${flag.long}${value}`;
    const choices = flag.choices.length === 0 ? "" : `: ${flag.choices.map((choice) => `\`${choice}\``).join(", ")}`;
    const repeat = flag.repeatable ? "; may be repeated" : "";
    return `| \`${name}\` | ${flag.help}${choices}${repeat} | ${flag.defaultText || (flag.placeholder === "" ? "off" : "")} | ${flag.env.map((env) => `\`${env}\``).join(", ")} |`;
  });
  return ["| flag | meaning | default | environment |", "|---|---|---|---|", ...rows].join("\n");
}
