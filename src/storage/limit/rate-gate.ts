import type { Clock } from "../../shared/clock.ts";

/**
 * Holds a long-term rate of bytes per second. A call of any size passes at once when nothing is owed, and then owes the time its
 * bytes take; later calls wait until the debt is paid. Idle time is not saved up.
 */
export class RateGate {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  #freeAtMs = 0;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when `bytes` may be moved. */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const startMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = startMs + (bytes * 1000) / this.#bytesPerSecond;
    if (startMs > nowMs) await this.#clock.sleep(startMs - nowMs, signal);
  }
}
