import type { Clock } from "../shared/clock.ts";
import type { ProgressCounters } from "./events.ts";
import type { RequestGauge } from "./request-gauge.ts";

/** What a run is asked to do, for the header of its log. Never a secret: a place is given in words. */
export type MetricsSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** How a run ended. */
export type RunEnding = "done" | "incomplete" | "interrupted" | "failed";

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
