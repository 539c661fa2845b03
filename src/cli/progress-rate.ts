import type { ProgressCounters } from "../telemetry/events.ts";

/** Rates settle over this time: shorter jumps, longer lags behind a change of load. */
const SMOOTHING_MS = 10_000;
/** No estimate before this: the first seconds are start-up and small files. */
const ESTIMATE_AFTER_MS = 5_000;
/** Totals that have not grown for so long are taken as an estimate of the whole; a growing total says nothing. */
const STABLE_TOTAL_MS = 5_000;

interface Sample {
  readonly atMs: number;
  readonly bytesDone: number;
  readonly filesDone: number;
}

/** A speed smoothed over time, without a bias towards zero at the start. */
class SmoothRate {
  #sum = 0;
  #weight = 0;

  add(amount: number, durationMs: number): void {
    const share = 1 - Math.exp(-durationMs / SMOOTHING_MS);
    this.#sum += share * (amount / durationMs - this.#sum);
    this.#weight += share * (1 - this.#weight);
  }

  /** Units a millisecond. */
  get value(): number {
    return this.#weight === 0 ? 0 : this.#sum / this.#weight;
  }
}

/** Turns samples of the counters into speed, part done and time left. */
export class ProgressRate {
  readonly #startMs: number;
  readonly #bytes = new SmoothRate();
  readonly #files = new SmoothRate();
  #last: Sample;
  #totals = { bytes: 0, files: 0, sinceMs: 0 };
  #counters: ProgressCounters;
  #nowMs: number;

  constructor(startMs: number, counters: ProgressCounters) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
    this.#counters = { ...counters };
    this.#last = { atMs: startMs, bytesDone: counters.bytesDone, filesDone: counters.filesDone };
    this.#totals = { bytes: counters.bytes, files: counters.files, sinceMs: startMs };
  }

  sample(nowMs: number, counters: ProgressCounters): void {
    const durationMs = nowMs - this.#last.atMs;
    this.#nowMs = nowMs;
    this.#counters = { ...counters };
    if (counters.bytes !== this.#totals.bytes || counters.files !== this.#totals.files)
      this.#totals = { bytes: counters.bytes, files: counters.files, sinceMs: nowMs };
    if (durationMs <= 0) return;
    this.#bytes.add(Math.max(0, counters.bytesDone - this.#last.bytesDone), durationMs);
    this.#files.add(Math.max(0, counters.filesDone - this.#last.filesDone), durationMs);
    this.#last = { atMs: nowMs, bytesDone: counters.bytesDone, filesDone: counters.filesDone };
  }

  get elapsedMs(): number {
    return this.#nowMs - this.#startMs;
  }

  get bytesPerSecond(): number {
    return this.#bytes.value * 1000;
  }

  /** Part of the work that is done, 0 to 1; undefined while the total is not known. An estimated total never reads as finished. */
  get fractionDone(): number | undefined {
    const { bytes, bytesDone, files, filesDone, totalsKnown } = this.#counters;
    if (!totalsKnown && this.#nowMs - this.#totals.sinceMs < STABLE_TOTAL_MS) return undefined;
    if (bytes <= 0 && files <= 0) return undefined;
    const done = bytes > 0 ? bytesDone / bytes : filesDone / files;
    return Math.min(totalsKnown ? 1 : 0.99, Math.max(0, done));
  }

  /** The slower of the estimates by bytes and by items; undefined while there is no honest one. */
  get msLeft(): number | undefined {
    if (this.fractionDone === undefined || this.elapsedMs < ESTIMATE_AFTER_MS) return undefined;
    const { bytes, bytesDone, files, filesDone } = this.#counters;
    const left = Math.max(timeFor(bytes - bytesDone, this.#bytes.value), timeFor(files - filesDone, this.#files.value));
    return Number.isFinite(left) && left > 0 ? left : undefined;
  }
}

function timeFor(amount: number, rate: number): number {
  return amount <= 0 ? 0 : amount / rate;
}
