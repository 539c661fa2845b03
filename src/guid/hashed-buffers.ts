import type { Clock } from "../shared/clock.ts";
import { BufferPool } from "./buffer-pool.ts";
import type { LentBuffer } from "./buffer-pool.ts";
import type { ContentHash } from "./content-hash.ts";
import { ContentHasher } from "./content-hasher.ts";
import { HashMemory } from "./hash-memory.ts";

/** Buffers for the content of large files, and hashes over what lies in them. Neither memory nor thread is taken before it is needed. */
export class HashedBuffers implements AsyncDisposable {
  readonly #buffers: BufferPool;
  readonly #hasher: ContentHasher;

  constructor(bufferBytes: number, buffersMax: number, clock: Clock) {
    const memory = new HashMemory(bufferBytes, buffersMax);
    this.#buffers = new BufferPool(bufferBytes, buffersMax, () => memory.newBuffer());
    this.#hasher = new ContentHasher(memory, clock);
  }

  /** A buffer; see `BufferPool.take`. */
  take(bytes: number): Promise<LentBuffer> {
    return this.#buffers.take(bytes);
  }

  /** A hash over pieces of these buffers; see `ContentHasher.start`. */
  startHash(): ContentHash {
    return this.#hasher.start();
  }

  /** When nothing is being hashed any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hasher.close();
  }
}
