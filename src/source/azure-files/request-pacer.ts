import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";

/** How many requests run at once, and how long a failing one is repeated. */
export interface PaceBounds {
  /** Requests in flight: at the start, and at most. At least 1 always runs. */
  readonly requestsFirst: number;
  readonly requestsMax: number;
  /** Time after its first failure in which a request is repeated: while the service throttles, and for other failures. */
  readonly throttledMsMax: number;
  readonly brokenMsMax: number;
  /** The same for failures without an answer while nothing was ever answered, for whoever comes first. */
  readonly unansweredMsMax: number;
  /** Pause before the second attempt; doubles each time. */
  readonly delayMsFirst: number;
  readonly delayMsMax: number;
  /** Longest pause a server may ask for. */
  readonly retryAfterMsMax: number;
  /** Times between two remarks about waiting. */
  readonly remarkMsMin: number;
}

/** A share that throttles is waited for half an hour: it recovers as soon as its credits do. A network that is gone, ten minutes. */
export const DEFAULT_PACE: PaceBounds = {
  requestsFirst: 16,
  requestsMax: 64,
  throttledMsMax: 30 * 60_000,
  brokenMsMax: 10 * 60_000,
  unansweredMsMax: 10_000,
  delayMsFirst: 250,
  delayMsMax: 30_000,
  retryAfterMsMax: 120_000,
  remarkMsMin: 15_000,
};

export interface PacerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly bounds?: Partial<PaceBounds>;
  /** True for whoever comes first: nothing has proved yet that there is such a place, and a slip of the pen is likelier than an outage. */
  readonly isFirst?: boolean;
  /** Told now and then while requests wait for a service that throttles or does not answer. */
  readonly onWait?: (remark: string) => void;
}

/**
 * Runs requests, as many at once as the service bears: one more after each round that went well, half as many when it says that
 * it is busy, none at all until the time it asks for has passed. Repeats what may succeed later. Requests are served in order.
 */
export class RequestPacer {
  readonly #deps: PacerDeps;
  readonly #bounds: PaceBounds;
  #limit: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** No request starts before this moment. */
  #pausedUntilMs = 0;
  /** How often the limit was halved. */
  #cuts = 0;
  #lastRemarkMs: number | undefined;
  #answered: boolean;
  /** Answers that said the service is busy. */
  throttled = 0;

  constructor(deps: PacerDeps) {
    this.#deps = deps;
    this.#bounds = { ...DEFAULT_PACE, ...deps.bounds };
    this.#limit = this.#bounds.requestsFirst;
    this.#answered = deps.isFirst !== true;
  }

  /** Requests that may be in flight now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Runs one request, again and again while its failure is one that passes. Throws the last failure otherwise. */
  async run<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { clock } = this.#deps;
    let failures = 0;
    let firstMs = 0;
    for (;;) {
      let cuts = this.#cuts;
      const counted = (): Promise<T> => {
        cuts = this.#cuts;
        return send();
      };
      try {
        return await this.#once(counted, signal);
      } catch (error) {
        this.#answered ||= isAppError(error) && "status" in error.data;
        if (!isAppError(error) || !error.retryable) throw error;
        failures += 1;
        const nowMs = clock.monotonicMs();
        if (failures === 1) firstMs = nowMs;
        const throttled = isThrottled(error);
        const delayMs = this.#delayMs(failures, error);
        const leftMs = firstMs + this.#patienceMs(throttled) - nowMs;
        if (delayMs > leftMs) throw givenUp(error, failures);
        if (throttled) this.#slowDown(nowMs + delayMs, cuts);
        this.#remark(error, throttled);
        await clock.sleep(delayMs, signal);
      }
    }
  }

  #patienceMs(throttled: boolean): number {
    const { throttledMsMax, brokenMsMax, unansweredMsMax } = this.#bounds;
    if (throttled) return throttledMsMax;
    return this.#answered ? brokenMsMax : unansweredMsMax;
  }

  async #once<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      const result = await send();
      this.#answered = true;
      this.#limit = Math.min(this.#bounds.requestsMax, this.#limit + 1 / this.#limit);
      return result;
    } finally {
      this.#running -= 1;
      this.#serve();
    }
  }

  async #enter(signal?: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    signal?.throwIfAborted();
    if (this.#running >= this.limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      for (let leftMs = this.#pauseMs(); leftMs > 0; leftMs = this.#pauseMs()) await clock.sleep(leftMs, signal);
      signal?.throwIfAborted();
    } catch (error) {
      this.#running -= 1;
      this.#serve();
      throw error;
    }
  }

  #pauseMs(): number {
    return this.#pausedUntilMs - this.#deps.clock.monotonicMs();
  }

  #serve(): void {
    while (this.#running < this.limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }

  /** Halves once for all requests that were in flight together: what they say, they say of the same moment. `cuts` is from their start. */
  #slowDown(untilMs: number, cuts: number): void {
    this.throttled += 1;
    if (cuts === this.#cuts) {
      this.#limit = Math.max(1, this.#limit / 2);
      this.#cuts += 1;
    }
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  #delayMs(failures: number, error: AppError): number {
    const { delayMsFirst, delayMsMax, retryAfterMsMax } = this.#bounds;
    const full = Math.min(delayMsMax, delayMsFirst * 2 ** (failures - 1));
    // Half fixed, half random: many requests that failed together come back apart, and none comes back at once.
    const ownMs = full * (0.5 + this.#deps.random.fraction() / 2);
    const askedMs = error.data["retryAfterMs"];
    return typeof askedMs === "number" ? Math.max(ownMs, Math.min(askedMs, retryAfterMsMax)) : ownMs;
  }

  #remark(error: AppError, throttled: boolean): void {
    const { clock, onWait } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (onWait === undefined || (this.#lastRemarkMs !== undefined && nowMs - this.#lastRemarkMs < this.#bounds.remarkMsMin)) return;
    this.#lastRemarkMs = nowMs;
    onWait(throttled ? `the share throttles; going on with ${this.limit} requests at once` : `${error.what}: ${error.why}; trying again`);
  }
}

function isThrottled(error: AppError): boolean {
  const { status } = error.data;
  return status === 503 || status === 429;
}

/** The last error, with the number of attempts. No longer retryable: whoever sees it need not try again at once. */
function givenUp(error: AppError, attempts: number): AppError {
  const { code, what, why, hint, data } = error;
  return new AppError({ code, what, why: `${why}; tried ${attempts} times`, hint, cause: error, data: { ...data, attempts } });
}
