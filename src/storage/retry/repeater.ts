import { type AppError, isAppError } from "../../shared/errors.ts";
import { DEFAULT_PATIENCE, givenUp, Patience, type PatienceBounds, type PatienceDeps, waitingFor } from "../../shared/patience.ts";

/** How long and how often a call is repeated. */
export interface RetryBounds extends PatienceBounds {
  /** Calls in all, the first included. */
  readonly attemptsMax: number;
  /** Time after the first failure in which another attempt may start. */
  readonly elapsedMsMax: number;
}

/** Rides out a restart of the service or a lost network for about ten minutes, then gives up. */
export const DEFAULT_RETRY_BOUNDS: RetryBounds = { ...DEFAULT_PATIENCE, attemptsMax: 24, elapsedMsMax: 10 * 60_000 };

export interface RetryDeps extends PatienceDeps {
  readonly bounds?: Partial<RetryBounds>;
  /** Told before each repetition. */
  readonly onRetry?: (error: AppError) => void;
}

/** Repeats calls of one store while they fail with a retryable error and the bounds allow. */
export class Repeater {
  readonly #deps: RetryDeps;
  readonly #bounds: RetryBounds;
  readonly #patience: Patience;

  constructor(deps: RetryDeps) {
    this.#deps = deps;
    this.#bounds = { ...DEFAULT_RETRY_BOUNDS, ...deps.bounds };
    this.#patience = new Patience(deps, this.#bounds);
  }

  async run<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const pause = this.pauses(signal);
    for (;;) {
      try {
        const result = await call();
        this.#patience.answered();
        return result;
      } catch (error) {
        await pause(error);
      }
    }
  }

  /** For one call: a function that waits before the next attempt, or throws the error when there is to be none. */
  pauses(signal: AbortSignal | undefined): (error: unknown) => Promise<void> {
    const { clock, onRetry } = this.#deps;
    const { attemptsMax, elapsedMsMax } = this.#bounds;
    let failures = 0;
    let firstMs = 0;
    return async (error) => {
      this.#patience.failed(error);
      if (!isAppError(error) || !error.retryable) throw error;
      failures += 1;
      if (failures === 1) firstMs = clock.monotonicMs();
      const delayMs = this.#patience.delayMs(failures, error);
      const spentMs = clock.monotonicMs() - firstMs + delayMs;
      if (failures >= attemptsMax || spentMs > this.#patience.msMax(elapsedMsMax)) throw givenUp(error, failures);
      onRetry?.(error);
      this.#patience.remark(waitingFor(error));
      await clock.sleep(delayMs, signal);
    };
  }
}
