import { systemReason } from "../shared/system-reason.ts";
import type { Clock } from "../shared/clock.ts";
import { newCounters, type ProgressCounters } from "./events.ts";
import { machineProbe, type MachineFacts, type MachineProbe } from "./machine-probe.ts";
import { LOG_START, logRefused, MetricsFile, openLogFile, type LogHandle } from "./metrics-file.ts";
import { sampleBetween, type Moment } from "./metrics-sample.ts";
import { FigureRanges, summaryOf, type RunEnding } from "./metrics-summary.ts";
import { RequestGauge } from "./request-gauge.ts";
import { SampleList } from "./sample-list.ts";

const SAMPLE_MS = 1000;
/** Ticks may come a little early: a sample is due when this part of the interval has passed. */
const DUE_PART = 0.75;
const FORMAT_VERSION = 1;
const OPEN_END = "\n]}\n";

/** What a run is asked to do, for the header of its log. Never a secret: a place is given in words. */
export type MetricsSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What a metrics log is started with. */
export interface MetricsOptions {
  /** Absolute. Replaced when it is a metrics log already; anything else that is there is left alone, with E_USAGE. */
  readonly file: string;
  /** As it is typed: `varve backup`. */
  readonly command: string;
  /** What is worked on, for the title of a plot: `/srv/data to container backup`. */
  readonly subject: string;
  readonly settings: MetricsSettings;
  readonly version: string;
  readonly host: string;
  readonly clock: Clock;
  /** Calls `tick` every `periodMs` without keeping the process alive; returns what stops it. */
  every(periodMs: number, tick: () => void): () => void;
  /** Told once when the log cannot be written any more; the run goes on. */
  warn(message: string): void;
}

/** A running log. Nothing here throws but the start: measuring never fails the run. */
export interface SystemMetrics {
  /** Calls to the store are counted here, by whichever thread makes them. */
  readonly requests: RequestGauge;
  /** The counters to sample from now on; before, bytes and files stand at zero. */
  follow(counters: ProgressCounters): void;
  /** Takes a last sample, writes the summary and closes the file. A second call does nothing. */
  stop(ending: RunEnding): Promise<void>;
}

/**
 * Starts measuring once a second into a file that is a whole JSON document after every second.
 * @throws AppError E_USAGE when the file cannot be written
 */
export async function startSystemMetrics(options: MetricsOptions): Promise<SystemMetrics> {
  return await startLog(await openLogFile(options.file), machineProbe(), options);
}

/** The log over any handle and probe; both are closed in the end. */
export async function startLog(handle: LogHandle, probe: MachineProbe, options: MetricsOptions): Promise<SystemMetrics> {
  const file = new MetricsFile(handle, headOf(options, probe.facts()));
  try {
    await file.start(OPEN_END);
  } catch (error) {
    probe.close();
    await file.close().catch(() => undefined);
    throw logRefused(options.file, systemReason(error, "writing failed"), error);
  }
  return new MetricsLog(file, probe, options);
}

function headOf({ command, subject, settings, version, host, clock }: MetricsOptions, machine: MachineFacts): string {
  const header = {
    program: `varve ${version}`,
    command,
    subject,
    started: new Date(Number(clock.nowNs() / 1_000_000n)).toISOString(),
    machine: {
      host,
      system: machine.system,
      runtime: machine.runtime,
      cpu: machine.cpu,
      cores: machine.cores,
      memory_bytes: machine.memoryBytes,
      memory_limit_bytes: machine.memoryLimitBytes,
    },
    settings,
  };
  return `${LOG_START},"version":${FORMAT_VERSION},"header":${JSON.stringify(header)},"samples":[`;
}

class MetricsLog implements SystemMetrics {
  readonly requests: RequestGauge = new RequestGauge();
  readonly #file: MetricsFile;
  readonly #probe: MachineProbe;
  readonly #options: MetricsOptions;
  readonly #samples = new SampleList(SAMPLE_MS);
  readonly #ranges = new FigureRanges();
  #counters: ProgressCounters = newCounters("start");
  readonly #first: Moment;
  #last: Moment;
  #tickedMs: number;
  #stopTicking: (() => void) | undefined;
  /** The write that is going on. */
  #saving: Promise<void> | undefined;
  #warned = false;

  constructor(file: MetricsFile, probe: MachineProbe, options: MetricsOptions) {
    this.#file = file;
    this.#probe = probe;
    this.#options = options;
    this.#first = this.#last = this.#moment(0);
    this.#tickedMs = this.#last.atMs;
    this.#stopTicking = options.every(SAMPLE_MS, () => this.#tick());
  }

  follow(counters: ProgressCounters): void {
    this.#counters = counters;
  }

  async stop(ending: RunEnding): Promise<void> {
    if (this.#stopTicking === undefined) return;
    this.#stopTicking();
    this.#stopTicking = undefined;
    this.#sample(0);
    this.#probe.close();
    const summary = summaryOf(
      ending,
      { first: this.#first, last: this.#last, counters: this.#counters },
      this.#ranges.summarize(this.#samples.all),
    );
    await this.#saving;
    await this.#save(`\n],"summary":${JSON.stringify(summary)}}\n`);
    await this.#file.close().catch(() => undefined);
  }

  #moment(lateMs: number): Moment {
    const { phase, bytesDone, filesDone, bytesStored } = this.#counters;
    const machine = this.#probe.read();
    // The monitor may be read before it had its turn: that this tick is late is known all the same.
    const loopDelayMs = { ...machine.loopDelayMs, max: Math.max(machine.loopDelayMs.max, lateMs) };
    return {
      atMs: this.#options.clock.monotonicMs(),
      machine: { ...machine, loopDelayMs },
      requests: this.requests.counts,
      progress: { phase, bytesDone, filesDone, bytesStored },
    };
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const lateMs = Math.max(0, nowMs - this.#tickedMs - SAMPLE_MS);
    this.#tickedMs = nowMs;
    if (nowMs - this.#last.atMs < this.#samples.intervalMs - SAMPLE_MS * (1 - DUE_PART)) return;
    this.#sample(lateMs);
    this.#saving ??= this.#saveAll();
  }

  /** Writes until nothing new came while it was writing. */
  async #saveAll(): Promise<void> {
    let saved: boolean;
    do saved = await this.#save(OPEN_END);
    while (saved && this.#samples.changes.samples.length > 0);
    this.#saving = undefined;
  }

  #sample(lateMs: number): void {
    const before = this.#last;
    this.#last = this.#moment(lateMs);
    if (this.#last.atMs <= before.atMs) return;
    const sample = sampleBetween(before, this.#last, this.#first.atMs);
    this.#ranges.add(sample);
    this.#samples.add(sample);
  }

  /** Writes what is new; true when that succeeded. A log that cannot be written is told once, and tried again each time. */
  async #save(tail: string): Promise<boolean> {
    const { from, samples } = this.#samples.changes;
    this.#samples.settle();
    try {
      await this.#file.replace(
        from,
        samples.map((sample) => JSON.stringify(sample)),
        tail,
      );
      return true;
    } catch (error) {
      this.#samples.unsettle(from);
      this.#warnOnce(systemReason(error, "writing failed"));
      return false;
    }
  }

  #warnOnce(why: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.warn(`the metrics log ${this.#options.file} cannot be written: ${why}; the run goes on, seconds may be missing from it`);
  }
}
