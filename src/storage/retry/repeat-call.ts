import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";

/** How long and how often a call is repeated. */
export interface RetryBounds {
  /** Calls in all, the first included. */
  readonly attemptsMax: number;
  /** Time after the first failure in which another attempt may start. */
  readonly elapsedMsMax: number;
  /** Pause before the second attempt; doubles each time. */
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
  /** Longest pause a server may ask for. */
  readonly retryAfterMsMax: number;
}

/** Rides out a restart of the service or a lost network for about ten minutes, then gives up. */
export const DEFAULT_RETRY_BOUNDS: RetryBounds = {
  attemptsMax: 24,
  elapsedMsMax: 10 * 60_000,
  delayMsFirst: 250,
  delayMsMax: 30_000,
  retryAfterMsMax: 120_000,
};

export interface RetryDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly bounds?: Partial<RetryBounds>;
  /** Told before each repetition. */
  readonly onRetry?: (error: AppError) => void;
}

/** Repeats a call while it fails with a retryable error and the bounds allow. */
export async function repeatCall<T>(deps: RetryDeps, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  const pause = pausesOf(deps, signal);
  for (;;) {
    try {
      return await call();
    } catch (error) {
      await pause(error);
    }
  }
}

/** A function that waits before the next attempt, or throws the error when there is to be none. */
export function pausesOf(deps: RetryDeps, signal: AbortSignal | undefined): (error: unknown) => Promise<void> {
  const { clock, onRetry, random } = deps;
  const bounds = { ...DEFAULT_RETRY_BOUNDS, ...deps.bounds };
  let failures = 0;
  let firstMs = 0;
  return async (error) => {
    if (!isAppError(error) || !error.retryable) throw error;
    failures += 1;
    if (failures === 1) firstMs = clock.monotonicMs();
    const delayMs = delayMsOf(failures, error, { bounds, random });
    const spentMs = clock.monotonicMs() - firstMs + delayMs;
    if (failures >= bounds.attemptsMax || spentMs > bounds.elapsedMsMax) throw givenUp(error, failures);
    onRetry?.(error);
    await clock.sleep(delayMs, signal);
  };
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
