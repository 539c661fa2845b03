import { concatBytes, totalLength } from "../../shared/bytes.ts";
import { assertListPrefix, assertObjectKey } from "../object-key.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, StoreCapabilities } from "../object-store.ts";
import { objectNotFound, objectTooLarge, rangeBeyondEnd } from "../store-errors.ts";

const capabilities: StoreCapabilities = {
  description: "memory",
  concurrency: 16,
  objectBytesMax: 2 ** 30,
  cheapRanges: true,
};

/**
 * Objects in a map: for tests and simulations. Deterministic: no timers, and each call takes effect before it returns its promise.
 * Bytes are copied both ways, so that nobody can change an object through an array they kept.
 */
export class MemoryStore implements ObjectStore {
  readonly capabilities: StoreCapabilities = capabilities;
  readonly #objects: Map<string, Uint8Array>;

  /** Stores made over one map share their objects, as two processes share a container. */
  constructor(objects: Map<string, Uint8Array> = new Map()) {
    this.#objects = objects;
  }

  async create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    const size = totalLength(parts);
    if (size > capabilities.objectBytesMax) throw objectTooLarge(key, size, capabilities.objectBytesMax);
    if (this.#objects.has(key)) return "exists";
    this.#objects.set(key, concatBytes(parts).slice());
    return "created";
  }

  async read(key: string, range?: ByteRange, options?: CallOptions): Promise<Uint8Array> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    const bytes = this.#objects.get(key);
    if (bytes === undefined) throw objectNotFound(key, capabilities.description);
    if (range === undefined) return bytes.slice();
    if (range.offset + range.length > bytes.length) throw rangeBeyondEnd(key, range, bytes.length);
    return bytes.slice(range.offset, range.offset + range.length);
  }

  async stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    const bytes = this.#objects.get(key);
    return bytes === undefined ? undefined : { key, size: bytes.length };
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<ObjectInfo> {
    assertListPrefix(prefix);
    const found: ObjectInfo[] = [];
    for (const [key, bytes] of this.#objects) if (key.startsWith(prefix)) found.push({ key, size: bytes.length });
    for (const info of found) {
      options?.signal?.throwIfAborted();
      yield info;
    }
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    assertObjectKey(key);
    options?.signal?.throwIfAborted();
    this.#objects.delete(key);
  }

  async close(): Promise<void> {}
}
