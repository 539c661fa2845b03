import type { ProgressCounters } from "./events.ts";
import type { MachineReading } from "./machine-probe.ts";
import type { CpuTimes } from "./proc/cpu-times.ts";
import type { DiskCounters } from "./proc/disk-counters.ts";
import type { NetworkCounters } from "./proc/network-counters.ts";
import type { RequestCounts } from "./request-gauge.ts";

/** How two samples become one when a log is thinned: the mean over time, the larger, or the newer (of what only grows). */
type MergeRule = "mean" | "max" | "newest";

/**
 * The figures of a sample, as they are called in the file. Rates are over the sample's interval; the processor's percentages are
 * of all cores, so 100 is the whole machine.
 */
export type Figure =
  | "cpu_system_percent"
  | "cpu_process_percent"
  | "memory_used_bytes"
  | "memory_available_bytes"
  | "rss_bytes"
  | "heap_used_bytes"
  | "disk_read_bytes_per_second"
  | "disk_written_bytes_per_second"
  | "disk_reads_per_second"
  | "disk_writes_per_second"
  | "network_received_bytes_per_second"
  | "network_sent_bytes_per_second"
  | "loopback_bytes_per_second"
  | "event_loop_delay_mean_ms"
  | "event_loop_delay_max_ms"
  | "bytes_per_second"
  | "files_per_second"
  | "stored_bytes_per_second"
  | "requests_per_second"
  | "requests_in_flight"
  | "throttled_per_second"
  | "bytes_done"
  | "files_done";

const MERGE_RULES: Readonly<Record<Figure, MergeRule>> = {
  cpu_system_percent: "mean",
  cpu_process_percent: "mean",
  memory_used_bytes: "max",
  memory_available_bytes: "mean",
  rss_bytes: "max",
  heap_used_bytes: "max",
  disk_read_bytes_per_second: "mean",
  disk_written_bytes_per_second: "mean",
  disk_reads_per_second: "mean",
  disk_writes_per_second: "mean",
  network_received_bytes_per_second: "mean",
  network_sent_bytes_per_second: "mean",
  loopback_bytes_per_second: "mean",
  event_loop_delay_mean_ms: "mean",
  event_loop_delay_max_ms: "max",
  bytes_per_second: "mean",
  files_per_second: "mean",
  stored_bytes_per_second: "mean",
  requests_per_second: "mean",
  requests_in_flight: "mean",
  throttled_per_second: "mean",
  bytes_done: "newest",
  files_done: "newest",
};

/** The names of all figures, in the order of the file. */
export const FIGURE_NAMES: readonly Figure[] = Object.keys(MERGE_RULES) as Figure[];

/** One line of the log. A figure that the system does not tell is absent. */
export interface MetricsSample extends Partial<Readonly<Record<Figure, number>>> {
  /** Since the start of the run, at the end of the interval. */
  readonly seconds: number;
  readonly interval_seconds: number;
  readonly phase: string;
}

/** Everything there is to measure, at one moment. */
export interface Moment {
  /** Monotonic. */
  readonly atMs: number;
  readonly machine: MachineReading;
  readonly requests: RequestCounts;
  readonly progress: Pick<ProgressCounters, "phase" | "bytesDone" | "filesDone" | "bytesStored">;
}

/** The sample of the time between two moments; `startMs` is the start of the run. */
export function sampleBetween(before: Moment, after: Moment, startMs: number): MetricsSample {
  const seconds = (after.atMs - before.atMs) / 1000;
  const figures = { ...machineFigures(before, after, seconds), ...workFigures(before, after, seconds) };
  const pairs = Object.entries(figures).map(([name, value]) => [name, rounded(value)] as const);
  return {
    seconds: rounded((after.atMs - startMs) / 1000),
    interval_seconds: rounded(seconds),
    phase: after.progress.phase,
    ...Object.fromEntries(pairs),
  };
}

type Figures = Partial<Record<Figure, number>>;

function machineFigures({ machine: before }: Moment, { machine: after }: Moment, seconds: number): Figures {
  const { memory, process: own } = after;
  return {
    ...(before.cpu !== undefined && after.cpu !== undefined && cpuFigures(before.cpu, after.cpu)),
    cpu_process_percent: percentOf(own.cpuSeconds - before.process.cpuSeconds, seconds * after.cores),
    ...(memory !== undefined && { memory_used_bytes: memory.total - memory.available, memory_available_bytes: memory.available }),
    rss_bytes: own.rssBytes,
    heap_used_bytes: own.heapUsedBytes,
    ...(before.disk !== undefined && after.disk !== undefined && diskFigures(before.disk, after.disk, seconds)),
    ...(before.network !== undefined && after.network !== undefined && networkFigures(before.network, after.network, seconds)),
    event_loop_delay_mean_ms: after.loopDelayMs.mean,
    event_loop_delay_max_ms: after.loopDelayMs.max,
  };
}

/** Nothing when the counters stand still or went back: then there is no share to speak of. */
function cpuFigures(before: CpuTimes, after: CpuTimes): Figures {
  return after.total > before.total ? { cpu_system_percent: percentOf(after.busy - before.busy, after.total - before.total) } : {};
}

function diskFigures(before: DiskCounters, after: DiskCounters, seconds: number): Figures {
  return {
    disk_read_bytes_per_second: ratePerSecond(before.readBytes, after.readBytes, seconds),
    disk_written_bytes_per_second: ratePerSecond(before.writtenBytes, after.writtenBytes, seconds),
    disk_reads_per_second: ratePerSecond(before.reads, after.reads, seconds),
    disk_writes_per_second: ratePerSecond(before.writes, after.writes, seconds),
  };
}

function networkFigures(before: NetworkCounters, after: NetworkCounters, seconds: number): Figures {
  return {
    network_received_bytes_per_second: ratePerSecond(before.received, after.received, seconds),
    network_sent_bytes_per_second: ratePerSecond(before.sent, after.sent, seconds),
    loopback_bytes_per_second: ratePerSecond(before.loopback, after.loopback, seconds),
  };
}

function workFigures(before: Moment, after: Moment, seconds: number): Figures {
  const [from, to] = [before.progress, after.progress];
  return {
    bytes_per_second: ratePerSecond(from.bytesDone, to.bytesDone, seconds),
    files_per_second: ratePerSecond(from.filesDone, to.filesDone, seconds),
    stored_bytes_per_second: ratePerSecond(from.bytesStored, to.bytesStored, seconds),
    requests_per_second: ratePerSecond(before.requests.requests, after.requests.requests, seconds),
    requests_in_flight: after.requests.inFlight,
    throttled_per_second: ratePerSecond(before.requests.throttled, after.requests.throttled, seconds),
    bytes_done: to.bytesDone,
    files_done: to.filesDone,
  };
}

/** Counters of the kernel may start over or a disk may leave: then nothing moved rather than less than nothing. */
function ratePerSecond(from: number, to: number, seconds: number): number {
  return Math.max(0, to - from) / seconds;
}

/** The process's time and the wall clock are read one after the other: their quotient may be a little over the whole. */
function percentOf(part: number, whole: number): number {
  return Math.min(100, Math.max(0, (100 * part) / whole));
}

/** Three digits behind the point: more is noise and bytes. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** One sample for the time of two that follow each other. */
export function mergeSamples(first: MetricsSample, second: MetricsSample): MetricsSample {
  const interval = first.interval_seconds + second.interval_seconds;
  const merged: Partial<Record<Figure, number>> = {};
  for (const name of FIGURE_NAMES) {
    const value = mergedFigure(name, first, second);
    if (value !== undefined) merged[name] = rounded(value);
  }
  return { seconds: second.seconds, interval_seconds: rounded(interval), phase: second.phase, ...merged };
}

function mergedFigure(name: Figure, first: MetricsSample, second: MetricsSample): number | undefined {
  const [a, b] = [first[name], second[name]];
  if (a === undefined || b === undefined) return b ?? a;
  const rule = MERGE_RULES[name];
  if (rule === "newest") return b;
  if (rule === "max") return Math.max(a, b);
  const [left, right] = [first.interval_seconds, second.interval_seconds];
  return (a * left + b * right) / (left + right);
}
