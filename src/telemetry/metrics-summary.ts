import type { ProgressCounters } from "./events.ts";
import { FIGURE_NAMES, type Figure, type MetricsSample, type Moment } from "./metrics-sample.ts";

/** How a run ended. */
export type RunEnding = "done" | "incomplete" | "interrupted" | "failed";

/** A figure over the whole run. */
export interface FigureSummary {
  readonly min: number;
  /** Over time. */
  readonly mean: number;
  readonly max: number;
  /** Of the samples that are kept. */
  readonly p95: number;
}

/** What stands at the end of a log. */
export interface MetricsSummary {
  readonly ending: RunEnding;
  readonly duration_seconds: number;
  readonly files_done: number;
  readonly bytes_done: number;
  readonly stored_bytes: number;
  readonly issues: number;
  readonly requests: number;
  readonly throttled: number;
  readonly requests_failed: number;
  /** Of the process, user and system, since the log was started. */
  readonly cpu_seconds: number;
  readonly rss_bytes_peak: number;
  readonly disk_read_bytes?: number | undefined;
  readonly disk_written_bytes?: number | undefined;
  readonly network_received_bytes?: number | undefined;
  readonly network_sent_bytes?: number | undefined;
  readonly loopback_bytes?: number | undefined;
  readonly figures: Readonly<Partial<Record<Figure, FigureSummary>>>;
}

/** Rates over less are noise: they count for the mean, not as extremes. */
const EXTREME_SECONDS_MIN = 0.5;
/** Figures that only grow: their course says nothing that the totals do not say. */
const TOTALS: readonly Figure[] = ["bytes_done", "files_done"];

interface Range {
  min: number | undefined;
  max: number | undefined;
  sum: number;
  seconds: number;
}

/** Follows the figures of all samples, whether or not they are kept. */
export class FigureRanges {
  readonly #ranges = new Map<Figure, Range>();

  add(sample: MetricsSample): void {
    const seconds = sample.interval_seconds;
    for (const name of FIGURE_NAMES) {
      const value = sample[name];
      if (value === undefined || TOTALS.includes(name)) continue;
      const range = this.#ranges.get(name) ?? { min: undefined, max: undefined, sum: 0, seconds: 0 };
      this.#ranges.set(name, range);
      range.sum += value * seconds;
      range.seconds += seconds;
      if (seconds < EXTREME_SECONDS_MIN) continue;
      range.min = Math.min(range.min ?? value, value);
      range.max = Math.max(range.max ?? value, value);
    }
  }

  /** The summaries; `kept` are the samples whose order gives the percentile. */
  summarize(kept: readonly MetricsSample[]): Partial<Record<Figure, FigureSummary>> {
    const summaries: Partial<Record<Figure, FigureSummary>> = {};
    for (const [name, { min, max, sum, seconds }] of this.#ranges) {
      // A run of less than the shortest time has nothing but its mean.
      const mean = Math.round((sum / seconds) * 1000) / 1000;
      summaries[name] = { min: min ?? mean, mean, max: max ?? mean, p95: percentile(kept, name) ?? mean };
    }
    return summaries;
  }
}

/** The smallest value that 95 of 100 samples do not exceed. */
function percentile(samples: readonly MetricsSample[], name: Figure): number | undefined {
  const values = samples.flatMap((sample) => sample[name] ?? []).sort((a, b) => a - b);
  return values[Math.max(0, Math.ceil(values.length * 0.95) - 1)];
}

/** The end of the log of a run from `first` to `last`. */
export function summaryOf(
  ending: RunEnding,
  run: { readonly first: Moment; readonly last: Moment; readonly counters: Pick<ProgressCounters, "issues"> },
  figures: MetricsSummary["figures"],
): MetricsSummary {
  const { first, last } = run;
  const [from, to] = [first.machine, last.machine];
  return {
    ending,
    duration_seconds: Math.round(last.atMs - first.atMs) / 1000,
    files_done: last.progress.filesDone,
    bytes_done: last.progress.bytesDone,
    stored_bytes: last.progress.bytesStored,
    issues: run.counters.issues,
    requests: last.requests.requests,
    throttled: last.requests.throttled,
    requests_failed: last.requests.failed,
    cpu_seconds: Math.round((to.process.cpuSeconds - from.process.cpuSeconds) * 1000) / 1000,
    rss_bytes_peak: to.process.rssBytesPeak,
    disk_read_bytes: grown(from.disk?.readBytes, to.disk?.readBytes),
    disk_written_bytes: grown(from.disk?.writtenBytes, to.disk?.writtenBytes),
    network_received_bytes: grown(from.network?.received, to.network?.received),
    network_sent_bytes: grown(from.network?.sent, to.network?.sent),
    loopback_bytes: grown(from.network?.loopback, to.network?.loopback),
    figures,
  };
}

function grown(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}
