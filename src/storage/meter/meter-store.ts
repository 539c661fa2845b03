import { totalLength } from "../../shared/bytes.ts";
import type { RequestGauge } from "../../telemetry/request-gauge.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import { isThrottled } from "./throttled.ts";

/** The five calls of a store that do work. */
export type StoreOperation = "create" | "read" | "stat" | "list" | "remove";

/** Exact counts of what a store was asked for. Plain numbers: can be posted between threads and added up. */
export interface StoreMeter {
  /** Calls that reached the store, each attempt counted; a listing is one. */
  readonly calls: Record<StoreOperation, number>;
  /** HTTP requests, or 0 for stores that make none: a listing makes one a page. */
  requests: number;
  /** Calls that failed. */
  errors: number;
  /** Repetitions made by the retry wrapper. */
  retries: number;
  /** Bytes handed to the store by `create`, again for each attempt. */
  bytesSent: number;
  /** Bytes of objects this meter saw `created`. */
  bytesCreated: number;
  bytesReceived: number;
  /** Objects that listings yielded. */
  objectsListed: number;
}

/** A meter at zero. */
export function newStoreMeter(): StoreMeter {
  return {
    calls: { create: 0, read: 0, stat: 0, list: 0, remove: 0 },
    requests: 0,
    errors: 0,
    retries: 0,
    bytesSent: 0,
    bytesCreated: 0,
    bytesReceived: 0,
    objectsListed: 0,
  };
}

/** Adds the counts of one meter to another. */
export function addStoreMeter(sum: StoreMeter, more: StoreMeter): void {
  for (const operation of Object.keys(sum.calls) as StoreOperation[]) sum.calls[operation] += more.calls[operation];
  sum.requests += more.requests;
  sum.errors += more.errors;
  sum.retries += more.retries;
  sum.bytesSent += more.bytesSent;
  sum.bytesCreated += more.bytesCreated;
  sum.bytesReceived += more.bytesReceived;
  sum.objectsListed += more.objectsListed;
}

/**
 * Counts into a meter, and into a gauge when there is one, what passes through; changes nothing. For the gauge a request is a call,
 * and one page of a listing.
 */
export class MeterStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly meter: StoreMeter;
  readonly #inner: ObjectStore;
  readonly #gauge: RequestGauge | undefined;

  constructor(inner: ObjectStore, meter: StoreMeter = newStoreMeter(), gauge?: RequestGauge) {
    this.capabilities = inner.capabilities;
    this.meter = meter;
    this.#inner = inner;
    this.#gauge = gauge;
  }

  async create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    const bytes = totalLength(parts);
    this.meter.bytesSent += bytes;
    const outcome = await this.#count("create", this.#inner.create(key, parts, options));
    if (outcome === "created") this.meter.bytesCreated += bytes;
    return outcome;
  }

  async read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    const bytes = await this.#count("read", this.#inner.read(key, range, options));
    this.meter.bytesReceived += bytes.length;
    return bytes;
  }

  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#count("stat", this.#inner.stat(key, options));
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<ObjectInfo> {
    this.meter.calls.list += 1;
    const objects = this.#inner.list(prefix, options)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#countErrors(objects.next());
        if (next.done === true) return;
        this.meter.objectsListed += 1;
        yield next.value;
      }
    } finally {
      await objects.return?.();
    }
  }

  remove(key: string, options?: CallOptions): Promise<void> {
    return this.#count("remove", this.#inner.remove(key, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #count<T>(operation: StoreOperation, call: Promise<T>): Promise<T> {
    this.meter.calls[operation] += 1;
    return this.#countErrors(call);
  }

  async #countErrors<T>(call: Promise<T>): Promise<T> {
    try {
      return await (this.#gauge === undefined ? call : this.#gauge.during(call, isThrottled));
    } catch (error) {
      this.meter.errors += 1;
      throw error;
    }
  }
}
