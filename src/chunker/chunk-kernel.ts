import { assert } from "../shared/assert.ts";
import { gearTable } from "./gear-table.ts";
import { instantiateKernel, WINDOW_ADDRESS } from "./kernel-instance.ts";
import type { KernelFunctions, KernelInstance } from "./kernel-instance.ts";
import type { ChunkerParams } from "./params.ts";
import { checkChunkerParams, maskBits } from "./params.ts";

export interface ChunkKernelOptions {
  /** Length of the window; two of the longest chunks unless given, and never less than that. */
  readonly windowBytes?: number;
}

/**
 * Chunk boundaries and XOR hash of bytes that were read into `window`. All calls are synchronous and allocate nothing,
 * except those that return a bigint. One kernel serves one file at a time: `xorReset` begins the next.
 */
export class ChunkKernel {
  /** Memory of the kernel. Files are read straight into it, so that scanning costs no copy. */
  readonly window: Uint8Array<ArrayBuffer>;
  readonly #functions: KernelFunctions;

  private constructor(instance: KernelInstance, windowBytes: number) {
    this.#functions = instance.functions;
    this.window = instance.memory.subarray(WINDOW_ADDRESS, WINDOW_ADDRESS + windowBytes);
  }

  /** A kernel for one repository. `chunkKey` has 32 bytes. Throws E_CONFIG for lengths that cannot be. */
  static create(chunkKey: Uint8Array, params: ChunkerParams, options: ChunkKernelOptions = {}): ChunkKernel {
    checkChunkerParams(params);
    const { minBytes, targetBytes, maxBytes } = params;
    const windowBytes = options.windowBytes ?? 2 * maxBytes;
    assert(windowBytes >= 2 * maxBytes, "the window holds two of the longest chunks");
    const instance = instantiateKernel(windowBytes);
    instance.memory.set(gearTable(chunkKey));
    const { before, after } = maskBits(params);
    instance.functions.configure(minBytes, targetBytes, maxBytes, before, after);
    return new ChunkKernel(instance, windowBytes);
  }

  /**
   * End of the chunk that begins at `start` of the window, of which [start, end) is filled. `last` says that the file ends at `end`.
   * Returns 0 when only more bytes can tell; then move the rest to the front, read on and ask again. With `maxBytes` or more
   * filled, and with `last`, the answer is certain. Answers never depend on how the bytes arrived.
   */
  nextCut(start: number, end: number, last: boolean): number {
    assert(start >= 0 && start <= end && end <= this.window.length, "the chunk lies in the window");
    const cut = this.#functions.nextCut(WINDOW_ADDRESS + start, WINDOW_ADDRESS + end, last);
    return cut === 0 ? 0 : cut - WINDOW_ADDRESS;
  }

  /** Forgets the blocks added so far. */
  xorReset(): void {
    this.#functions.xorReset();
  }

  /**
   * Adds `length` bytes at `start` of the window, which are the file's bytes from block `firstBlock` (4 KiB each) on.
   * `length` is whole blocks unless the file ends there. Blocks may come in any order and holes be left out, but none may come twice.
   */
  xorUpdate(start: number, length: number, firstBlock: number): void {
    assert(start >= 0 && length >= 0 && start + length <= this.window.length, "the blocks lie in the window");
    assert(Number.isSafeInteger(firstBlock) && firstBlock >= 0, "blocks begin at multiples of 4 KiB");
    this.#functions.xorUpdate(WINDOW_ADDRESS + start, length, firstBlock);
  }

  /** What the blocks since `xorReset` contribute. XOR of the values of all parts of a file goes into `finishXorHash`. */
  xorAccumulator(): bigint {
    return BigInt.asUintN(64, this.#functions.xorAccumulator());
  }

  /** XOR hash of a file of `totalLength` bytes whose blocks were all added since `xorReset`. */
  xorDigest(totalLength: number): bigint {
    return BigInt.asUintN(64, this.#functions.xorDigest(totalLength));
  }
}
