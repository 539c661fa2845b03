/** One object as a listing or a stat reports it. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** A stretch of an object, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  /** Memory that the result may be put into when it has room: the result then is a part of it. Saves page faults and garbage. */
  readonly into?: Uint8Array;
}

/** `created`: this call made the object. `exists`: an object with that key was there before and is untouched. */
export type CreateOutcome = "created" | "exists";

/** What a store can do and likes; constant over its life. */
export interface StoreCapabilities {
  /** For messages: `folder /srv/repo`, `container backup of account x`. Never a secret. */
  readonly description: string;
  /** Calls worth having in flight at once, in one process. */
  readonly concurrency: number;
  /** Largest object one `create` takes, bytes. */
  readonly objectBytesMax: number;
  /** True when reading a range costs little more than its bytes (a folder), false when each call is a round trip. */
  readonly cheapRanges: boolean;
}

/**
 * The storage contract. Objects are immutable: created once, read often, maybe removed; never overwritten.
 *
 * Keys are `/`-separated segments of `[a-z0-9._-]` (at most 200 characters in all; no segment is empty, `.` or `..`).
 * Every implementation and every wrapper passes `test/support/object-store-suite.ts`.
 *
 * Guarantees asked of every implementation:
 * - `create` is atomic and durable when it resolves: readers see nothing or all of it, and it survives a crash of the machine.
 *   Of many concurrent creators of one key exactly one gets `created`, all others `exists`.
 * - `read`, `stat` and `list` see every object whose `create` resolved before they were called.
 * - `list` yields each object under the prefix exactly once, in no particular order; objects that come or go while it runs may
 *   or may not appear. An error in the middle is thrown, never swallowed: a listing that ends is complete.
 * - Calls may run concurrently without bound on the caller's side; `remove` of a missing object succeeds.
 *
 * Errors are `AppError`s: E_OBJECT_NOT_FOUND, E_STORE_UNAVAILABLE (retryable), E_STORE_DENIED, E_STORE_CONTAINER, E_STORE_FULL,
 * E_STORE. A `create` that failed may still have taken effect: the `retry` wrapper reconciles by reading back.
 */
export interface ObjectStore {
  readonly capabilities: StoreCapabilities;
  /** Creates `key` with the concatenation of `parts`, unless it exists. Parts are not touched by the caller until it settles. */
  create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome>;
  /** Reads the object, or exactly `range` of it; a range beyond the end is E_CORRUPT (the object is shorter than expected). */
  read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array>;
  /** Facts about the object, or undefined when there is none. */
  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>;
  /** All objects whose key starts with `prefix` (a whole number of segments, ending in `/`, or empty for all). */
  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectInfo>;
  remove(key: string, options?: CallOptions): Promise<void>;
  /** Gives back connections and handles; no call may follow. */
  close(): Promise<void>;
}
