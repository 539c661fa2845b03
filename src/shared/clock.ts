/** Time as the program sees it. Injected everywhere, so that tests and simulations own it. */
export interface Clock {
  /** Wall clock, nanoseconds since 1970. */
  nowNs(): bigint;
  /** A clock that only moves forward, milliseconds with fractions. */
  monotonicMs(): number;
  /** Resolves after `durationMs`, rejects with the signal's reason when aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowNs: () => BigInt(Date.now()) * 1_000_000n,
  monotonicMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, durationMs);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};

/** A clock for tests: time moves only by `sleep` and `advance`, and sleeping returns at once. */
export class ManualClock implements Clock {
  #ns: bigint;

  constructor(startNs: bigint = 1_700_000_000_000_000_000n) {
    this.#ns = startNs;
  }

  nowNs(): bigint {
    return this.#ns;
  }

  monotonicMs(): number {
    return Number(this.#ns / 1000n) / 1000;
  }

  advance(durationMs: number): void {
    this.#ns += BigInt(Math.round(durationMs * 1e6));
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.advance(durationMs);
  }
}
