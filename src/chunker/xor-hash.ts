import { instantiateKernel, WINDOW_ADDRESS } from "./kernel-instance.ts";
import type { KernelFunctions } from "./kernel-instance.ts";

/** Bytes of a file that are hashed as one block. */
export const XOR_BLOCK_BYTES = 4096;

/** Bytes gathered before they are hashed: four blocks are hashed side by side, and calls cost little beside 64 KiB. */
const windowBytes = 65_536;

/** Computes the XOR hash of bytes that arrive in order, in pieces of any length. For files read by a worker use `ChunkKernel`. */
export class XorHasher {
  readonly #functions: KernelFunctions;
  readonly #window: Uint8Array<ArrayBuffer>;
  #filled = 0;
  #hashed = 0;

  constructor() {
    const { functions, memory } = instantiateKernel(windowBytes);
    this.#functions = functions;
    this.#window = memory.subarray(WINDOW_ADDRESS);
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const length = Math.min(bytes.length - at, windowBytes - this.#filled);
      this.#window.set(bytes.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled === windowBytes) this.#flush();
    }
  }

  /** The hash of everything since the start or the last call; the hasher begins anew. */
  digest(): bigint {
    this.#flush();
    const digest = BigInt.asUintN(64, this.#functions.xorDigest(this.#hashed));
    this.#functions.xorReset();
    this.#hashed = 0;
    return digest;
  }

  #flush(): void {
    this.#functions.xorUpdate(WINDOW_ADDRESS, this.#filled, this.#hashed / XOR_BLOCK_BYTES);
    this.#hashed += this.#filled;
    this.#filled = 0;
  }
}

/** XOR hash of a whole stream. */
export async function xorHashOfStream(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<bigint> {
  const hasher = new XorHasher();
  for await (const piece of stream) hasher.update(piece);
  return hasher.digest();
}

/** Seals the XOR of all blocks' contributions with the file's length in bytes. For files whose parts were hashed apart. */
export function finishXorHash(accumulator: bigint, totalLength: number): bigint {
  return tagXorHash(accumulator, BigInt(totalLength));
}

/** What `finishXorHash` was given: the XOR of all blocks' contributions. For a file of which only some blocks changed. */
export function openXorHash(hash: bigint, totalLength: number): bigint {
  return unmix(hash) ^ mix(BigInt.asUintN(64, BigInt(totalLength) + 0x9e3779b97f4a7c15n));
}

/** Binds a 64-bit value to a number (a block's place, a file's length), so that values cannot change places unnoticed. */
export function tagXorHash(value: bigint, number: bigint): bigint {
  return mix(value ^ mix(BigInt.asUintN(64, number + 0x9e3779b97f4a7c15n)));
}

/** A bijection of 64-bit values in which every input bit reaches every output bit. */
function mix(value: bigint): bigint {
  let x = BigInt.asUintN(64, (value ^ (value >> 30n)) * 0xbf58476d1ce4e5b9n);
  x = BigInt.asUintN(64, (x ^ (x >> 27n)) * 0x94d049bb133111ebn);
  return x ^ (x >> 31n);
}

/** Takes `mix` back: each of its steps is a bijection. */
function unmix(value: bigint): bigint {
  let x = value ^ (value >> 31n) ^ (value >> 62n);
  x = BigInt.asUintN(64, x * 0x319642b2d24d8ec3n);
  x ^= (x >> 27n) ^ (x >> 54n);
  x = BigInt.asUintN(64, x * 0x96de1b173f119089n);
  return x ^ (x >> 30n) ^ (x >> 60n);
}
