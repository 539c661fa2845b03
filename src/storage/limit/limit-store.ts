import { totalLength } from "../../shared/bytes.ts";
import type { Clock } from "../../shared/clock.ts";
import { Semaphore } from "../../shared/pool.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import { RateGate } from "./rate-gate.ts";

/** Bounds on the use of a store by this process; what is absent is not bounded. */
export interface StoreLimits {
  /** Calls in flight, listings not counted. */
  readonly callsMax?: number;
  readonly uploadBytesPerSecondMax?: number;
  readonly downloadBytesPerSecondMax?: number;
}

/** Bounds calls in flight and bytes per second. */
export class LimitStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #calls: Semaphore | undefined;
  readonly #upload: RateGate | undefined;
  readonly #download: RateGate | undefined;

  constructor(inner: ObjectStore, limits: StoreLimits, clock: Clock) {
    const { callsMax, uploadBytesPerSecondMax, downloadBytesPerSecondMax } = limits;
    this.#inner = inner;
    this.#calls = callsMax === undefined ? undefined : new Semaphore(callsMax);
    this.#upload = uploadBytesPerSecondMax === undefined ? undefined : new RateGate(clock, uploadBytesPerSecondMax);
    this.#download = downloadBytesPerSecondMax === undefined ? undefined : new RateGate(clock, downloadBytesPerSecondMax);
    const { concurrency } = inner.capabilities;
    this.capabilities = { ...inner.capabilities, concurrency: Math.min(concurrency, callsMax ?? concurrency) };
  }

  create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    return this.#inTurn(options, async () => {
      await this.#upload?.pass(totalLength(parts), options?.signal);
      return await this.#inner.create(key, parts, options);
    });
  }

  read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    return this.#inTurn(options, async () => {
      // What a whole object weighs is known only afterwards; its debt falls on the next call.
      await this.#download?.pass(range?.length ?? 0, options?.signal);
      const bytes = await this.#inner.read(key, range, options);
      if (range === undefined) await this.#download?.pass(bytes.length, options?.signal);
      return bytes;
    });
  }

  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#inTurn(options, () => this.#inner.stat(key, options));
  }

  /** Not counted: a listing is one request at a time, and one that held a place while its reader waits for another could lock up. */
  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectInfo> {
    return this.#inner.list(prefix, options);
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#inTurn(options, () => this.#inner.remove(key, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #inTurn<T>(options: CallOptions | undefined, call: () => Promise<T>): Promise<T> {
    const release = await this.#calls?.acquire();
    try {
      options?.signal?.throwIfAborted();
      return await call();
    } finally {
      release?.();
    }
  }
}
