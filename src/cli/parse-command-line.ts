import { Argument, Command as Program, CommanderError, Option } from "commander";
import { ERROR_CODES } from "../shared/error-codes.ts";
import { AppError } from "../shared/errors.ts";
import type { Command } from "./command.ts";
import { COMMAND_GROUPS, COMMAND_LOADERS, loadAllCommands } from "./command-list.ts";
import type { Flag, FlagSet } from "./flags.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";

/** What a command line asks for. */
export type CommandLine =
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly args: readonly string[];
      readonly given: ReadonlyMap<string, readonly string[]>;
    }
  /** Help was asked for: this is it. */
  | { readonly kind: "help"; readonly text: string };

/**
 * Understands a command line; nothing is done yet, neither configuration nor environment are looked at.
 * Throws E_USAGE.
 */
export async function parseCommandLine(argv: readonly string[], version: string): Promise<CommandLine> {
  const name = commandName(argv);
  const load = COMMAND_LOADERS[name];
  const wantsHelp = argv[0] === "help" || argv.length === 0;
  const commands = load === undefined || wantsHelp ? await loadAllCommands() : [await load()];
  let parsed: CommandLine | undefined;
  const written: string[] = [];
  const program = buildProgram(commands, version, (found) => (parsed = found));
  configure(program, (text) => written.push(text));
  try {
    await program.parseAsync(argv.length === 0 ? ["help"] : [...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error, name);
  }
  return parsed ?? { kind: "help", text: written.join("").trimEnd() };
}

/** The command's name in `argv`, one word or two; only to know which file to load, so a wrong guess costs nothing but time. */
function commandName(argv: readonly string[]): string {
  const valued = new Set(
    Object.values(GLOBAL_FLAGS).flatMap((flag) => (flag.placeholder === "" ? [] : [`--${flag.long}`, `-${flag.short}`])),
  );
  const words: string[] = [];
  for (let at = 0; at < argv.length && words.length < 2; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") break;
    if (valued.has(word)) at += 1;
    else if (!word.startsWith("-")) words.push(word);
  }
  const [first = "", second = ""] = words;
  return Object.hasOwn(COMMAND_GROUPS, first) ? `${first} ${second}` : first;
}

function buildProgram(commands: readonly Command[], version: string, found: (line: CommandLine) => void): Program {
  const program = new Program("varve")
    .description("Backup of file trees and Azure Files shares, into a folder or Azure Blob Storage.")
    .enablePositionalOptions()
    .version(`varve ${version}`, "-V, --version", "print the version")
    .addHelpText(
      "after",
      `\nA flag can be set by an environment variable too: --cache-dir is VARVE_CACHE_DIR.\nExamples:\n${TOP_EXAMPLES}`,
    );
  addFlags(program, GLOBAL_FLAGS);
  const groups = new Map<string, Program>();
  for (const command of commands) {
    const [first = "", second] = command.name.split(" ");
    const parent = second === undefined ? program : (groups.get(first) ?? program.command(first).description(COMMAND_GROUPS[first] ?? ""));
    if (second !== undefined) groups.set(first, parent);
    addCommand(parent, command, { program, found });
  }
  return program;
}

const TOP_EXAMPLES = `  varve init ./repo
  varve backup ~/docs --repo ./repo
  varve snapshots --repo ./repo
  varve restore latest --repo ./repo --to /tmp/restored`;

function addCommand(
  parent: Program,
  command: Command,
  root: { readonly program: Program; readonly found: (line: CommandLine) => void },
): void {
  const entry = parent
    .command(command.name.split(" ").at(-1) ?? "")
    .summary(command.summary)
    .description(command.description);
  for (const spec of command.args) {
    const label = `${spec.name}${spec.variadic ? "..." : ""}`;
    const argument = new Argument(spec.required ? `<${label}>` : `[${label}]`, spec.help);
    entry.addArgument(spec.choices === undefined ? argument : argument.choices([...spec.choices]));
  }
  addFlags(entry, command.flags, { heading: "Options:" });
  const taken = new Set(Object.values(command.flags).map((flag) => flag.short));
  addFlags(entry, GLOBAL_FLAGS, { heading: "Global options:", taken });
  entry.addHelpText("after", () => afterHelp(command));
  entry.action(() => {
    const given = new Map([...texts(root.program), ...texts(entry)]);
    root.found({ kind: "run", command, args: entry.args, given });
  });
}

/** Adds flags; a short letter that the command uses for itself is left to it. */
function addFlags(
  target: Program,
  flags: FlagSet,
  options: { readonly heading?: string; readonly taken?: ReadonlySet<string> } = {},
): void {
  const { heading, taken = new Set() } = options;
  for (const flag of Object.values(flags)) {
    const short = flag.short === "" || taken.has(flag.short) ? "" : `-${flag.short}, `;
    const value = flag.placeholder === "" ? "" : ` <${flag.placeholder}>`;
    const option = new Option(`${short}--${flag.long}${value}`, helpText(flag));
    // Commander would take --no-cache as the opposite of --cache; here it is a flag of its own.
    option.negate = false;
    if (heading !== undefined) option.helpGroup(heading);
    if (value !== "") option.argParser((text: string, before: unknown) => [...(Array.isArray(before) ? (before as string[]) : []), text]);
    target.addOption(option);
  }
}

function helpText(flag: Flag<unknown>): string {
  const notes = [
    flag.choices.length === 0 ? "" : flag.choices.join(" | "),
    flag.defaultText === "" ? "" : `default: ${flag.defaultText}`,
    flag.repeatable ? "may be repeated" : "",
    flag.env.length > 1 ? `environment: ${flag.env[0] ?? ""}` : "",
  ].filter((note) => note !== "");
  return notes.length === 0 ? flag.help : `${flag.help} (${notes.join("; ")})`;
}

/** What was given for each flag, by long name. */
function texts(program: Program): [string, readonly string[]][] {
  return program.options.flatMap((option): [string, readonly string[]][] => {
    const key = option.attributeName();
    const value: unknown = program.getOptionValue(key);
    if (program.getOptionValueSource(key) !== "cli" || option.long === undefined || value === undefined) return [];
    const long = option.long.slice(2);
    return [[long, Array.isArray(value) ? value.map(String) : ["true"]]];
  });
}

function afterHelp(command: Command): string {
  const examples = command.examples.map((example) => `  ${example.command}\n      ${example.text}`).join("\n");
  const codes = [...new Map(command.codes.map((code) => [ERROR_CODES[code].exitCode, ERROR_CODES[code].meaning]))];
  const exits = [[0, "done"] as const, ...codes].map(([exit, meaning]) => `  ${String(exit).padStart(3)}  ${meaning}`).join("\n");
  return `${examples === "" ? "" : `\nExamples:\n${examples}\n`}\nExit codes (all: docs/errors.md):\n${exits}`;
}

function configure(program: Program, write: (text: string) => void): void {
  program
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined, getOutHelpWidth: () => 110, getErrHelpWidth: () => 110 });
  program.commands.forEach((child) => {
    child.copyInheritedSettings(program);
    configure(child, write);
  });
}

/** Commander's own words, taken apart: its first line says what, its suggestion is the hint. */
function usageError(error: CommanderError, name: string): AppError {
  const subject = subjectOf(name);
  if (error.code === "commander.help")
    return new AppError({
      code: "E_USAGE",
      what: `'${subject}' needs one more word`,
      why: COMMAND_GROUPS[subject] ?? "",
      hint: `see: varve ${subject} --help`,
    });
  const choice = /argument value '(.*)' is invalid for argument '(.+)'\. Allowed choices are (.+)\./s.exec(error.message);
  if (choice !== null) {
    const [, value = "", argument = "", choices = ""] = choice;
    return new AppError({
      code: "E_USAGE",
      what: `${argument} cannot be '${value}'`,
      why: `expected ${choices}`,
      hint: usageHint(error, subject),
    });
  }
  const [what = ""] = error.message.replace(/^error: /, "").split("\n");
  const why = Object.hasOwn(COMMAND_LOADERS, name) ? `this is not how '${name}' is used` : "varve has no command of this name";
  return new AppError({ code: "E_USAGE", what: what.replace(/\.$/, ""), why, hint: usageHint(error, subject) });
}

function usageHint(error: CommanderError, subject: string): string {
  // The letter that means the repository everywhere else is the likely reason.
  if (subject === "ls" && error.code === "commander.excessArguments")
    return "to name the repository here, write --repo: -r lists folders recursively";
  const near = /\(Did you mean (.+)\?\)/.exec(error.message)?.[1];
  const help = subject === "" ? "varve --help" : `varve ${subject} --help`;
  return near === undefined ? `see: ${help}` : `did you mean ${near}? See: ${help}`;
}

/** The command or group that `name` belongs to; empty when it is neither. */
function subjectOf(name: string): string {
  const [group = ""] = name.split(" ");
  if (Object.hasOwn(COMMAND_LOADERS, name)) return name;
  return Object.hasOwn(COMMAND_GROUPS, group) ? group : "";
}
