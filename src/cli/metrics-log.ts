import { expandPath } from "../config/load.ts";
import { isAppError } from "../shared/errors.ts";
import type { RunEnding } from "../telemetry/metrics-summary.ts";
import type { MetricsSettings, SystemMetrics } from "../telemetry/system-metrics.ts";
import type { Invocation, Outcome } from "./command.ts";
import type { Flag, FlagSet } from "./flags.ts";
import { textFlag } from "./flags.ts";

/** Measures machine and process during an operation. */
export const metricsLogFlag: Flag<string | undefined> = textFlag(
  "metrics-log FILE",
  "write CPU, memory, disk and throughput of each second to this JSON file",
);

/** What the log says about the run. */
export interface LoggedRun {
  /** Value of `--metrics-log`; undefined measures nothing and loads nothing. */
  readonly file: string | undefined;
  /** True when nobody asked for this file: when it cannot be written, the run goes on without a log. */
  readonly byDefault?: boolean;
  readonly command: string;
  readonly subject: string;
  readonly settings: MetricsSettings;
}

type World = Pick<Invocation<FlagSet>, "context" | "output" | "terminal" | "signal">;

/**
 * Runs `work` with a metrics log, which is handed to `runOperation` for its counters and to the store for its requests. The log
 * is started first: a file that was asked for and cannot be written is E_USAGE before anything else happens. It is finished however
 * `work` ends.
 */
export async function withMetricsLog(
  world: World,
  run: LoggedRun | undefined,
  work: (metrics: SystemMetrics | undefined) => Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  if (run?.file === undefined) return await work(undefined);
  const metrics = await start(world, run, run.file);
  if (metrics === undefined) return await work(undefined);
  let ending: RunEnding = "failed";
  try {
    const outcome = await work(metrics);
    ending = outcome === undefined ? "done" : "incomplete";
    return outcome;
  } catch (error) {
    if (world.signal.aborted || isAppError(error, "E_ABORTED")) ending = "interrupted";
    throw error;
  } finally {
    await metrics.stop(ending);
  }
}

async function start(world: World, run: LoggedRun, file: string): Promise<SystemMetrics | undefined> {
  const { context } = world;
  const { startSystemMetrics } = await import("../telemetry/system-metrics.ts");
  try {
    return await startSystemMetrics({
      file: expandPath(file, context.cwd, context.machine.home),
      command: run.command,
      subject: run.subject,
      settings: run.settings,
      version: context.version,
      host: context.machine.host,
      clock: context.clock,
      every: (periodMs, tick) => context.every(periodMs, tick),
      warn: (message) => warn(world, message),
    });
  } catch (error) {
    if (run.byDefault !== true || !isAppError(error, "E_USAGE")) throw error;
    warn(world, `${error.what}: ${error.why}; nothing is measured`);
    return undefined;
  }
}

/** The repository as a log shows it: as the settings name it, without secrets, and without asking anything for one. */
export async function repositoryInWords({ context, global }: Pick<Invocation<FlagSet>, "context" | "global">): Promise<string> {
  const { repo = "" } = global;
  return repo === "" || repo.startsWith("@") ? repo : await context.services.repositories.describe({ location: repo, env: context.env });
}

/** `/srv/data and 2 more`: for a title. */
export function pathsInWords([first = "", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function warn({ output, terminal }: World, message: string): void {
  output.event({ message_type: "warning", message });
  if (!output.json) terminal.message(`${terminal.style("warning", "warning:")} ${message}`);
}
