import { loadConfig } from "../config/load.ts";
import type { ConfigPath, LoadedConfig } from "../config/config.ts";
import { toHex } from "../shared/bytes.ts";
import { exitCodeOf } from "../shared/error-codes.ts";
import { AppError, toAppError } from "../shared/errors.ts";
import type { Outcome } from "./command.ts";
import type { CliContext, SignalName } from "./context.ts";
import { BrokenPipe } from "./context.ts";
import { errorText, debugText } from "./error-text.ts";
import type { Flag } from "./flags.ts";
import { GLOBAL_FLAGS } from "./global-flags.ts";
import { Output } from "./output.ts";
import type { CommandLine } from "./parse-command-line.ts";
import { parseCommandLine } from "./parse-command-line.ts";
import { resolveFlags } from "./resolve-flags.ts";
import { Terminal } from "./terminal.ts";

const RUN_ID_BYTES = 8;
const SIGTERM_EXIT_CODE = 143;

/** Runs one command line and resolves with the exit code of the process. Never rejects. */
export async function runCli(context: CliContext): Promise<number> {
  const terminal = new Terminal(context);
  const output = new Output(context, { json: isSwitchedOn(GLOBAL_FLAGS.json, context), runId: toHex(context.random.bytes(RUN_ID_BYTES)) });
  const interruption = new Interruption(context, { terminal, output });
  const ending: Ending = { context, terminal, output, interruption };
  try {
    const outcome = await runCommand(ending);
    if (outcome !== undefined) reportOutcome(outcome, ending);
    await output.finish();
    return outcome === undefined ? 0 : exitCodeOf(outcome.code);
  } catch (error) {
    return await fail(error, ending);
  } finally {
    interruption.forget();
    terminal.clear();
  }
}

/** The two ways to tell something. */
interface Voices {
  readonly terminal: Terminal;
  readonly output: Output;
}

interface Ending extends Voices {
  readonly context: CliContext;
  readonly interruption: Interruption;
}

/** What `--json` and `--debug` say must be known even when the rest of the command line is not understood. */
function isSwitchedOn(flag: Flag<boolean>, context: CliContext): boolean {
  const end = context.argv.indexOf("--");
  const words = end < 0 ? context.argv : context.argv.slice(0, end);
  const twin = flag.parse([context.env[flag.env[0] ?? ""] ?? ""]);
  return words.includes(`--${flag.long}`) || ("value" in twin && twin.value);
}

async function runCommand(ending: Ending): Promise<Outcome | undefined> {
  const { context, terminal, output, interruption } = ending;
  const line = await parseCommandLine(context.argv, context.version);
  if (line.kind === "help") {
    await output.bytes(`${line.text}\n`);
    return undefined;
  }
  const settled = await settle(line, context);
  const invocation = { context, terminal, output, signal: interruption.signal, args: line.args, ...settled };
  const work = line.command.run(invocation);
  return line.command.endsInOrder === true ? work : Promise.race([work, interruption.aborted()]);
}

/** Weighs command line, environment and configuration. */
async function settle(line: Extract<CommandLine, { kind: "run" }>, context: CliContext) {
  const { given, command, args } = line;
  const { env, cwd, machine } = context;
  const named = given.get("config")?.at(-1);
  const loaded: LoadedConfig = await loadConfig(named, { env, cwd, home: machine.home });
  const section = command.section?.(args, loaded, context);
  const sections: readonly ConfigPath[] = section === undefined ? [[]] : [section, []];
  const sources = { given, env, loaded, sections };
  const global = resolveFlags(GLOBAL_FLAGS, sources);
  return { loaded, global: global.values, globalOrigins: global.origins, flags: resolveFlags(command.flags, sources).values };
}

function reportOutcome(outcome: Outcome, ending: Ending): void {
  const error = new AppError(outcome);
  writeExitError(error, exitCodeOf(outcome.code), ending);
  if (outcome.silent !== true && !ending.output.json) ending.terminal.message(errorText(error, ending.terminal));
}

async function fail(thrown: unknown, ending: Ending): Promise<number> {
  if (thrown instanceof BrokenPipe) return 0;
  const { terminal, output, interruption, context } = ending;
  // Whatever an interrupted operation stumbles over, the interruption is the cause.
  const error = interruption.signal.aborted ? toAppError(interruption.signal.reason) : toAppError(thrown);
  const exitCode = interruption.by === "SIGTERM" ? SIGTERM_EXIT_CODE : exitCodeOf(error.code);
  terminal.clear();
  writeExitError(error, exitCode, ending);
  if (!output.json) terminal.message(errorText(error, terminal));
  if (isSwitchedOn(GLOBAL_FLAGS.debug, context)) terminal.message(debugText(thrown));
  await output.finish().catch((failure: unknown) => {
    // What was shown already need not be shown again.
    if (failure !== thrown) terminal.message(errorText(toAppError(failure), terminal));
  });
  return exitCode;
}

function writeExitError(error: AppError, exitCode: number, ending: Ending): void {
  const { code, what, why, hint, data } = error;
  ending.output.event({ message_type: "exit_error", code, exit_code: exitCode, message: what, why, hint, data });
}

/** The first SIGINT or SIGTERM asks the work to stop, the second ends the process. */
class Interruption {
  readonly #controller = new AbortController();
  readonly #undo: (() => void)[];
  by: SignalName | undefined;

  constructor(context: CliContext, voices: Voices) {
    const names = ["SIGINT", "SIGTERM"] as const;
    this.#undo = names.map((name) => context.onSignal(name, () => this.#arrived(name, context, voices)));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rejects once interrupted; never resolves. */
  aborted(): Promise<never> {
    return new Promise((_, reject) => {
      const stop = (): void => reject(this.signal.reason as Error);
      if (this.signal.aborted) stop();
      else this.signal.addEventListener("abort", stop, { once: true });
    });
  }

  forget(): void {
    for (const undo of this.#undo) undo();
  }

  #arrived(name: "SIGINT" | "SIGTERM", context: CliContext, { terminal, output }: Voices): void {
    if (this.by !== undefined) {
      context.exitNow(this.by === "SIGTERM" ? SIGTERM_EXIT_CODE : exitCodeOf("E_ABORTED"));
      return;
    }
    this.by = name;
    output.event({ message_type: "warning", message: `${name} was received: stopping` });
    if (!output.json) terminal.message("stopping; once more to leave at once");
    this.#controller.abort(
      new AppError({
        code: "E_ABORTED",
        what: "interrupted",
        why: `${name} was received`,
        hint: "run the same command again: it goes on where this one stopped",
      }),
    );
  }
}
