import { type AppError, isAppError } from "../../shared/errors.ts";
import { DEFAULT_PATIENCE, givenUp, Patience, type PatienceBounds, type PatienceDeps, waitingFor } from "../../shared/patience.ts";

/** How many requests run at once, and how long a failing one is repeated. */
export interface PaceBounds extends PatienceBounds {
  /** Requests in flight: at the start, and at most. At least 1 always runs. */
  readonly requestsFirst: number;
  readonly requestsMax: number;
  /** Time after its first failure in which a request is repeated: while the service throttles, and for other failures. */
  readonly throttledMsMax: number;
  readonly brokenMsMax: number;
}

/** A share that throttles is waited for half an hour: it recovers as soon as its credits do. A network that is gone, ten minutes. */
export const DEFAULT_PACE: PaceBounds = {
  ...DEFAULT_PATIENCE,
  requestsFirst: 16,
  requestsMax: 64,
  throttledMsMax: 30 * 60_000,
  brokenMsMax: 10 * 60_000,
};

export interface PacerDeps extends PatienceDeps {
  readonly bounds?: Partial<PaceBounds>;
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
  readonly #patience: Patience;
  /** Answers that said the service is busy. */
  throttled = 0;

  constructor(deps: PacerDeps) {
    this.#deps = deps;
    this.#bounds = { ...DEFAULT_PACE, ...deps.bounds };
    this.#limit = this.#bounds.requestsFirst;
    this.#patience = new Patience(deps, this.#bounds);
  }

  /** Requests that may be in flight now. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  /** Runs one request, again and again while its failure is one that passes. Throws the last failure otherwise. */
  async run<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { clock } = this.#deps;
    const { throttledMsMax, brokenMsMax } = this.#bounds;
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
        this.#patience.failed(error);
        if (!isAppError(error) || !error.retryable) throw error;
        failures += 1;
        const nowMs = clock.monotonicMs();
        if (failures === 1) firstMs = nowMs;
        const throttled = isThrottled(error);
        const delayMs = this.#patience.delayMs(failures, error);
        const leftMs = firstMs + (throttled ? throttledMsMax : this.#patience.msMax(brokenMsMax)) - nowMs;
        if (delayMs > leftMs) throw givenUp(error, failures);
        if (throttled) this.#slowDown(nowMs + delayMs, cuts);
        this.#patience.remark(throttled ? `the share throttles; going on with ${this.limit} requests at once` : waitingFor(error));
        await clock.sleep(delayMs, signal);
      }
    }
  }

  async #once<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      const result = await send();
      this.#patience.answered();
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
}

function isThrottled(error: AppError): boolean {
  const { status } = error.data;
  return status === 503 || status === 429;
}
