import { must } from "../shared/assert.ts";
import { mergeSamples, type MetricsSample } from "./metrics-sample.ts";

/** Samples that a log holds: an hour of seconds, about 2 MB. */
const SAMPLES_MAX = 3600;
/** Part of the usual interval below which a sample is joined to the one before: rates over so short a time are noise. */
const SHORT_PART = 0.5;

/**
 * The samples of a run of any length in bounded space: whenever they are `samplesMax`, each two that follow each other become one,
 * and the interval of those to come is twice as long.
 */
export class SampleList {
  readonly #samplesMax: number;
  readonly #samples: MetricsSample[] = [];
  #intervalMs: number;
  /** Samples from here on differ from what was last taken by `changes`. */
  #changedFrom = 0;

  constructor(intervalMs: number, samplesMax: number = SAMPLES_MAX) {
    this.#intervalMs = intervalMs;
    this.#samplesMax = samplesMax;
  }

  /** Time from one sample to the next. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  get all(): readonly MetricsSample[] {
    return this.#samples;
  }

  add(sample: MetricsSample): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.interval_seconds * 1000 < this.#intervalMs * SHORT_PART) {
      this.#samples[this.#samples.length - 1] = mergeSamples(last, sample);
      this.#changedFrom = Math.min(this.#changedFrom, this.#samples.length - 1);
      return;
    }
    this.#samples.push(sample);
    if (this.#samples.length >= this.#samplesMax) this.#thin();
  }

  #thin(): void {
    const kept = this.#samples.splice(0);
    for (let at = 0; at < kept.length; at += 2) {
      const first = must(kept[at], "an index below the length has a sample");
      const second = kept[at + 1];
      this.#samples.push(second === undefined ? first : mergeSamples(first, second));
    }
    this.#intervalMs *= 2;
    this.#changedFrom = 0;
  }

  /** The samples that are new or changed since `settle` was told of them, and the index of the first. */
  get changes(): { readonly from: number; readonly samples: readonly MetricsSample[] } {
    return { from: this.#changedFrom, samples: this.#samples.slice(this.#changedFrom) };
  }

  /** All samples up to now are taken care of; call it in the same turn as `changes`. */
  settle(): void {
    this.#changedFrom = this.#samples.length;
  }

  /** What `settle` was told of did not come to pass from this index on. */
  unsettle(from: number): void {
    this.#changedFrom = Math.min(this.#changedFrom, from);
  }
}
