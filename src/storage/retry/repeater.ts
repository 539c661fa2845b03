import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";

/** How long and how often a call is repeated. */
export interface RetryBounds {
  /** Calls in all, the first included. */
  readonly attemptsMax: number;
  /** Time after the first failure in which another attempt may start. */
  readonly elapsedMsMax: number;
  /** The same while nothing was ever answered, for whoever comes first. */
  readonly unansweredMsMax: number;
  /** Pause before the second attempt; doubles each time. */
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
  /** Longest pause a server may ask for. */
  readonly retryAfterMsMax: number;
  /** Time between two remarks about waiting. */
  readonly remarkMsMin: number;
}

/** Rides out a restart of the service or a lost network for about ten minutes, then gives up. */
export const DEFAULT_RETRY_BOUNDS: RetryBounds = {
  attemptsMax: 24,
  elapsedMsMax: 10 * 60_000,
  unansweredMsMax: 10_000,
  delayMsFirst: 250,
  delayMsMax: 30_000,
  retryAfterMsMax: 120_000,
  remarkMsMin: 15_000,
};

export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly bounds?: Partial<RetryBounds>;
  /**
   * True for whoever comes first: nothing has proved yet that there is such a place. As long as nothing was ever answered, failures
   * without an answer are waited for only `unansweredMsMax`: a slip of the pen is far more likely than an outage.
   */
  readonly isFirst?: boolean;
  /** Told before each repetition. */
  readonly onRetry?: (error: AppError) => void;
  /** Told at once, and then now and then, while calls wait. */
  readonly onWait?: (remark: string) => void;
}

/** Repeats calls of one store while they fail with a retryable error and the bounds allow. */
export class Repeater {
  readonly #deps: RetryDeps;
  readonly #bounds: RetryBounds;
  #answered: boolean;
  #lastRemarkMs: number | undefined;

  constructor(deps: RetryDeps) {
    this.#deps = deps;
    this.#bounds = { ...DEFAULT_RETRY_BOUNDS, ...deps.bounds };
    this.#answered = deps.isFirst !== true;
  }

  async run<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const pause = this.pauses(signal);
    for (;;) {
      try {
        const result = await call();
        this.#answered = true;
        return result;
      } catch (error) {
        await pause(error);
      }
    }
  }

  /** For one call: a function that waits before the next attempt, or throws the error when there is to be none. */
  pauses(signal: AbortSignal | undefined): (error: unknown) => Promise<void> {
    const { clock, onRetry, random } = this.#deps;
    const bounds = this.#bounds;
    let failures = 0;
    let firstMs = 0;
    return async (error) => {
      this.#answered ||= isAppError(error) && "status" in error.data;
      if (!isAppError(error) || !error.retryable) throw error;
      failures += 1;
      if (failures === 1) firstMs = clock.monotonicMs();
      const delayMs = delayMsOf(failures, error, { bounds, random });
      const spentMs = clock.monotonicMs() - firstMs + delayMs;
      const msMax = this.#answered ? bounds.elapsedMsMax : bounds.unansweredMsMax;
      if (failures >= bounds.attemptsMax || spentMs > msMax) throw givenUp(error, failures);
      onRetry?.(error);
      this.#remark(error);
      await clock.sleep(delayMs, signal);
    };
  }

  #remark({ what, why }: AppError): void {
    const { clock, onWait } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (onWait === undefined || (this.#lastRemarkMs !== undefined && nowMs - this.#lastRemarkMs < this.#bounds.remarkMsMin)) return;
    this.#lastRemarkMs = nowMs;
    onWait(`${what}: ${why}; trying again`);
  }
}

function delayMsOf(failures: number, error: AppError, by: { readonly bounds: RetryBounds; readonly random: Random }): number {
  const { delayMsFirst, delayMsMax, retryAfterMsMax } = by.bounds;
  const full = Math.min(delayMsMax, delayMsFirst * 2 ** (failures - 1));
  // Half fixed, half random: many workers that failed together come back apart, and none comes back at once.
  const ownMs = full * (0.5 + by.random.fraction() / 2);
  const askedMs = error.data["retryAfterMs"];
  return typeof askedMs === "number" ? Math.max(ownMs, Math.min(askedMs, retryAfterMsMax)) : ownMs;
}

/** The last error, with the number of attempts. No longer retryable: whoever sees it need not try again at once. */
function givenUp(error: AppError, attempts: number): AppError {
  return new AppError({
    code: error.code,
    what: error.what,
    why: error.why === "" ? `tried ${attempts} times` : `${error.why}; tried ${attempts} times`,
    hint: error.hint,
    cause: error,
    data: { ...error.data, attempts },
  });
}
