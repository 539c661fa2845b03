import type { ConfigPath, LoadedConfig } from "../config/config.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import type { CliContext } from "./context.ts";
import type { FlagSet, FlagValues } from "./flags.ts";
import type { GlobalValues } from "./global-flags.ts";
import type { Output } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** A positional argument. */
export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly choices?: readonly string[];
}

/** What a command works with: its own values, the world, and help with the common steps. */
export interface Invocation<F extends FlagSet> {
  readonly context: CliContext;
  readonly args: readonly string[];
  readonly flags: FlagValues<F>;
  readonly global: GlobalValues;
  /** Where each global value came from. */
  readonly globalOrigins: Readonly<Record<keyof GlobalValues, string>>;
  readonly loaded: LoadedConfig;
  readonly output: Output;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** How a command that did its work ends when not all is well; the exit code follows from `code`. */
export interface Outcome {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why?: string;
  readonly hint?: string;
  /** True when the results say it all, as with `diff`; then nothing is printed for people. */
  readonly silent?: boolean;
}

/** Everything about one command, in one place: parsing, help, completion and the reference page come from it. */
export interface CommandSpec<F extends FlagSet> {
  /** One word, or two for administration: `key list`. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly args: readonly ArgumentSpec[];
  readonly flags: F;
  readonly examples: readonly { readonly command: string; readonly text: string }[];
  /** Codes that this command in particular may end with; those of any command are understood. */
  readonly codes: readonly ErrorCode[];
  /** True when the work itself ends in good order at an interruption; all others are simply left. */
  readonly endsInOrder?: boolean;
  /** Section of the configuration whose keys supply flags before the top of the file does. */
  section?(args: readonly string[], loaded: LoadedConfig, context: CliContext): ConfigPath | undefined;
  run(invocation: Invocation<F>): Promise<Outcome | undefined>;
}

export type Command = CommandSpec<FlagSet>;

/** Types a command's flags while it is written; outside all commands look alike. */
export function defineCommand<const F extends FlagSet>(spec: CommandSpec<F>): Command {
  return spec;
}
