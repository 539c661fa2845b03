import { isAppError } from "../../shared/errors.ts";
import type { ByteRange, CallOptions, CreateOutcome, ObjectInfo, ObjectStore, ReadOptions, StoreCapabilities } from "../object-store.ts";
import { Repeater } from "./repeater.ts";
import type { RetryDeps } from "./repeater.ts";
import { sameBytes } from "./same-bytes.ts";

/**
 * Repeats calls that failed with a retryable error, with growing pauses and jitter. Errors that will not go away pass at once.
 *
 * `create` is reconciled: an attempt may take effect and lose its answer, and the repetition then finds the object. So `exists`
 * after a failed attempt is checked against the bytes, and is `created` when they are the caller's.
 */
export class RetryStore implements ObjectStore {
  readonly capabilities: StoreCapabilities;
  readonly #inner: ObjectStore;
  readonly #repeater: Repeater;

  constructor(inner: ObjectStore, deps: RetryDeps) {
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#repeater = new Repeater(deps);
  }

  async create(key: string, parts: readonly Uint8Array[], options?: CallOptions): Promise<CreateOutcome> {
    let attempts = 0;
    const outcome = await this.#repeater.run(options?.signal, () => {
      attempts += 1;
      return this.#inner.create(key, parts, options);
    });
    if (outcome === "created" || attempts === 1) return outcome;
    return (await this.#holds(key, parts, options)) ? "created" : "exists";
  }

  read(key: string, range?: ByteRange, options?: ReadOptions): Promise<Uint8Array> {
    return this.#repeater.run(options?.signal, () => this.#inner.read(key, range, options));
  }

  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined> {
    return this.#repeater.run(options?.signal, () => this.#inner.stat(key, options));
  }

  /**
   * A listing that breaks starts over, and what was yielded before is passed over. It keeps the keys for that: 8 bytes each,
   * as callers keep the strings anyway.
   */
  async *list(prefix: string, options?: CallOptions): AsyncGenerator<ObjectInfo> {
    const yielded: string[] = [];
    const pauses = this.#repeater.pauses(options?.signal);
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
    return this.#repeater.run(options?.signal, () => this.#inner.remove(key, options));
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
}
