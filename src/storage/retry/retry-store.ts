import type { Clock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import { sameBytes } from "./same-bytes.ts";

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

/**
 * Repeats calls that failed with a retryable error, with growing pauses and jitter. Errors that will not go away pass at once.
 *
 * `create` is reconciled: an attempt may take effect and lose its answer, and the repetition then finds the object. So `exists`
 * after a failed attempt is checked against the bytes, and is `created` when they are the caller's.
 */
export class RetryStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #deps: RetryDeps;
  readonly #bounds: RetryBounds;

  constructor(inner: ObjectStore, deps: RetryDeps) {
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#deps = deps;
    this.#bounds = { ...DEFAULT_RETRY_BOUNDS, ...deps.bounds };
  }

  async create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    let attempts = 0;
    const outcome = await this.#repeat(options, () => {
      attempts += 1;
      return this.#inner.create(key, parts, options);
    });
    if (outcome === "created" || attempts === 1) return outcome;
    return (await this.#holds(key, parts, options)) ? "created" : "exists";
  }

  read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    return this.#repeat(options, () => this.#inner.read(key, range, options));
  }

  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#repeat(options, () => this.#inner.stat(key, options));
  }

  /**
   * A listing that breaks starts over, and what was yielded before is passed over. It keeps the keys for that: 8 bytes each,
   * as callers keep the strings anyway.
   */
  async *list(prefix: string, options?: CallOptions): AsyncGenerator<ObjectInfo> {
    const yielded: string[] = [];
    const pauses = this.#pauses(options);
    for (;;) {
      const skip = new Set(yielded);
      try {
        for await (const info of this.#inner.list(prefix, options)) {
          if (skip.has(info.key)) continue;
          yielded.push(info.key);
          yield info;
        }
        return;
      } catch (error) {
        await pauses(error);
      }
    }
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#repeat(options, () => this.#inner.remove(key, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /**
   * True when the object holds exactly the parts. With credentials that may create but not read nobody can tell: then `exists`
   * stands, which promises least.
   */
  async #holds(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<boolean> {
    try {
      return sameBytes(await this.read(key, undefined, options), parts);
    } catch (error) {
      if (isAppError(error, "E_STORE_DENIED", "E_OBJECT_NOT_FOUND")) return false;
      throw error;
    }
  }

  async #repeat<T>(options: CallOptions | undefined, call: () => Promise<T>): Promise<T> {
    const pauses = this.#pauses(options);
    for (;;) {
      try {
        return await call();
      } catch (error) {
        await pauses(error);
      }
    }
  }

  /** A function that waits before the next attempt, or throws the error when there is to be none. */
  #pauses(options: CallOptions | undefined): (error: unknown) => Promise<void> {
    const { clock, onRetry } = this.#deps;
    const bounds = this.#bounds;
    let failures = 0;
    let firstMs = 0;
    return async (error) => {
      if (!isAppError(error) || !error.retryable) throw error;
      failures += 1;
      if (failures === 1) firstMs = clock.monotonicMs();
      const delayMs = this.#delayMs(failures, error);
      const spentMs = clock.monotonicMs() - firstMs + delayMs;
      if (failures >= bounds.attemptsMax || spentMs > bounds.elapsedMsMax) throw givenUp(error, failures);
      onRetry?.(error);
      await clock.sleep(delayMs, options?.signal);
    };
  }

  #delayMs(failures: number, error: AppError): number {
    const { delayMsFirst, delayMsMax, retryAfterMsMax } = this.#bounds;
    const full = Math.min(delayMsMax, delayMsFirst * 2 ** (failures - 1));
    // Half fixed, half random: many workers that failed together come back apart, and none comes back at once.
    const ownMs = full * (0.5 + this.#deps.random.fraction() / 2);
    const askedMs = error.data["retryAfterMs"];
    return typeof askedMs === "number" ? Math.max(ownMs, Math.min(askedMs, retryAfterMsMax)) : ownMs;
  }
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
