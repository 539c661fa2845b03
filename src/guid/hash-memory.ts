import { assert } from "../shared/assert.ts";
import { WASM_PAGE_BYTES, sharedWasmMemory } from "../shared/wasm.ts";
import type { WasmMemory } from "../shared/wasm.ts";

/** A stretch of the memory. */
export interface HashStretch {
  readonly at: number;
  readonly length: number;
}

/**
 * Memory that content is received into, hashed in and written from, by several threads and without a copy. The first page is the
 * hashing thread's own; buffers follow, each of which is touched, and so takes room, when it is asked for.
 */
export class HashMemory {
  readonly memory: WasmMemory<SharedArrayBuffer>;
  readonly #bufferBytes: number;
  readonly #buffersMax: number;
  #buffers = 0;

  constructor(bufferBytes: number, buffersMax: number) {
    this.#bufferBytes = bufferBytes;
    this.#buffersMax = buffersMax;
    this.memory = sharedWasmMemory(WASM_PAGE_BYTES + bufferBytes * buffersMax);
  }

  /** One more buffer; they are never given back. */
  newBuffer(): Buffer {
    assert(this.#buffers < this.#buffersMax, "no more buffers are asked for than there is memory");
    const at = WASM_PAGE_BYTES + this.#buffers * this.#bufferBytes;
    this.#buffers += 1;
    return Buffer.from(this.memory.buffer, at, this.#bufferBytes);
  }

  /** Where bytes of a buffer lie. */
  stretchOf(bytes: Uint8Array): HashStretch {
    assert(bytes.buffer === this.memory.buffer, "what is hashed lies in the memory of the hashing thread");
    return { at: bytes.byteOffset, length: bytes.length };
  }
}
