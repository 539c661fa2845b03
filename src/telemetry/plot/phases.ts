import type { MetricsSample } from "../metrics-sample.ts";

/** A stretch of time in which the run did one thing. Seconds since its start. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The phases of a run, as far as samples tell: the one of a sample is taken for its whole interval. */
export function phasesOf(samples: readonly MetricsSample[]): readonly Phase[] {
  const phases: { name: string; from: number; to: number }[] = [];
  for (const { seconds, interval_seconds: interval, phase } of samples) {
    const last = phases.at(-1);
    if (last?.name === phase) last.to = seconds;
    else phases.push({ name: phase, from: last === undefined ? Math.max(0, seconds - interval) : last.to, to: seconds });
  }
  return phases;
}
