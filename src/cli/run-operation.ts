import type { Invocation } from "./command.ts";
import { CliReporter } from "./cli-reporter.ts";
import type { SystemMetrics } from "../telemetry/system-metrics.ts";
import type { FlagSet } from "./flags.ts";
import { Progress } from "./progress.ts";
import type { ProgressWords } from "./progress-text.ts";
import type { OperationWorld } from "./services.ts";

/** How a long operation shows itself. */
export interface OperationOptions {
  readonly phase: string;
  readonly words: ProgressWords;
  readonly metrics?: SystemMetrics | undefined;
  /** True when it writes a line for each item to stdout: on a screen those are the progress, and a live block would tear them. */
  readonly writesLines?: boolean;
}

/** Runs a long operation with progress shown and problems listed; whatever happens, the screen is left clean. */
export async function runOperation<S>(
  invocation: Pick<Invocation<FlagSet>, "context" | "global" | "output" | "terminal" | "signal">,
  options: OperationOptions,
  work: (world: OperationWorld) => Promise<S>,
): Promise<S> {
  const { context, global, output, terminal, signal } = invocation;
  const reporter = new CliReporter(options.phase, { output, terminal, verbose: global.verbose, quiet: global.quiet });
  options.metrics?.follow(reporter.counters);
  const progress = new Progress(reporter.counters, {
    context,
    output,
    terminal,
    words: options.words,
    visible: !global.quiet && !global.noProgress && !(options.writesLines === true && context.stdout.isTTY),
  });
  try {
    return await work({ reporter, clock: context.clock, random: context.random, signal });
  } finally {
    progress.stop();
    reporter.finish();
  }
}
