import { assert } from "../../shared/assert.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import { rangeBeyondEnd } from "../store-errors.ts";
import { ENTRY_HEADER_BYTES, openEntry, sealEntry } from "./cache-entry.ts";

export interface CacheOptions {
  /** Which objects are worth keeping: small, immutable, read often. Asked with the key alone. */
  readonly keeps: (key: string) => boolean;
  /** All entries together, on disk. */
  readonly cacheBytesMax: number;
  /** A larger object is not kept. */
  readonly objectBytesMax: number;
}

/**
 * Keeps copies of small immutable objects in a second store, usually a folder on this machine.
 *
 * - A copy is checked (length and checksum, bound to its key) the first time it is used by this process; a damaged one is dropped and
 *   read anew. Nothing that goes wrong with the cache fails a call.
 * - The first read of a range of a kept object fetches all of it.
 * - The least recently used entries go when the bytes are too many.
 * - An object that another process has removed may still be read. `stat` and `list` always ask the store.
 */
export class CacheStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #cache: ObjectStore;
  readonly #options: CacheOptions;
  /** Bytes of each entry, least recently used first. */
  readonly #entries: Map<string, number>;
  /** Payload length of the entries this process has checked or written. */
  readonly #checked = new Map<string, number>();
  #bytes = 0;

  private constructor(inner: ObjectStore, cache: ObjectStore, options: CacheOptions) {
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#cache = cache;
    this.#options = options;
    this.#entries = new Map();
  }

  /** Takes over what `cache` holds; it must be used for nothing else, and for one repository only. */
  static async open(inner: ObjectStore, cache: ObjectStore, options: CacheOptions): Promise<CacheStore> {
    const store = new CacheStore(inner, cache, options);
    try {
      for await (const { key, size } of cache.list("")) store.#note(key, size);
    } catch {
      // Unlisted entries are found when they are read; only the bound on bytes is wider until the next start.
    }
    await store.#evict();
    return store;
  }

  async create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    return await this.#inner.create(key, parts, options);
  }

  async read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    if (!this.#options.keeps(key)) return await this.#inner.read(key, range, options);
    options?.signal?.throwIfAborted();
    const cached = await this.#readCached(key, range).catch(() => undefined);
    if (cached !== undefined) return cached;
    const whole = await this.#inner.read(key, undefined, options);
    await this.#keep(key, whole);
    return range === undefined ? whole : cut(key, whole, range);
  }

  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#inner.stat(key, options);
  }

  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectInfo> {
    return this.#inner.list(prefix, options);
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    if (this.#options.keeps(key)) await this.#drop(key);
    await this.#inner.remove(key, options);
  }

  async close(): Promise<void> {
    await this.#cache.close();
    await this.#inner.close();
  }

  /** The bytes asked for from the cache; undefined when they are not there or not whole. */
  async #readCached(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const length = this.#checked.get(key);
    if (length !== undefined && range !== undefined && range.offset + range.length <= length) {
      this.#touch(key);
      return await this.#cache.read(key, { offset: ENTRY_HEADER_BYTES + range.offset, length: range.length });
    }
    const whole = await this.#readWhole(key);
    if (whole === undefined || range === undefined) return whole;
    return range.offset + range.length <= whole.length ? whole.subarray(range.offset, range.offset + range.length) : undefined;
  }

  async #readWhole(key: string): Promise<Uint8Array | undefined> {
    const entry = await this.#cache.read(key).catch(() => undefined);
    if (entry === undefined) {
      this.#forget(key);
      return undefined;
    }
    const payload = openEntry(key, entry);
    if (payload === undefined) {
      await this.#drop(key);
      return undefined;
    }
    this.#note(key, entry.length);
    this.#checked.set(key, payload.length);
    return payload;
  }

  async #keep(key: string, bytes: Uint8Array): Promise<void> {
    const { objectBytesMax, cacheBytesMax } = this.#options;
    const size = ENTRY_HEADER_BYTES + bytes.length;
    if (bytes.length > objectBytesMax || size > cacheBytesMax) return;
    try {
      const outcome = await this.#cache.create(key, sealEntry(key, bytes));
      this.#note(key, size);
      if (outcome === "created") this.#checked.set(key, bytes.length);
      await this.#evict();
    } catch {
      // A full or broken disk costs speed, not the call.
    }
  }

  async #evict(): Promise<void> {
    for (const key of this.#entries.keys()) {
      if (this.#bytes <= this.#options.cacheBytesMax) return;
      await this.#drop(key);
    }
  }

  async #drop(key: string): Promise<void> {
    this.#forget(key);
    await this.#cache.remove(key).catch(() => undefined);
  }

  #touch(key: string): void {
    const size = this.#entries.get(key);
    if (size !== undefined) this.#note(key, size);
  }

  #note(key: string, size: number): void {
    this.#bytes += size - (this.#entries.get(key) ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, size);
  }

  #forget(key: string): void {
    this.#bytes -= this.#entries.get(key) ?? 0;
    this.#entries.delete(key);
    this.#checked.delete(key);
    assert(this.#bytes >= 0, "the cache counts its bytes");
  }
}

function cut(key: string, whole: Uint8Array, range: ByteRange): Uint8Array {
  if (range.offset + range.length > whole.length) throw rangeBeyondEnd(key, range, whole.length);
  return whole.subarray(range.offset, range.offset + range.length);
}
