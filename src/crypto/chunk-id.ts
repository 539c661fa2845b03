import type { ChunkType } from "../format/entry.ts";
import { createBlake3 } from "./blake3.ts";
import type { Blake3, Blake3Engine } from "./blake3.ts";

/** Up to here a copy behind the type byte costs less than a second call into the hasher (measured). */
const COPY_BYTES_MAX = 16 * 1024;

/** Computes chunk ids: BLAKE3, keyed with the repository's id key, over the chunk's type and its plain bytes. */
export class ChunkHasher {
  readonly #hasher: Blake3;
  readonly #small = new Uint8Array(1 + COPY_BYTES_MAX);
  readonly #type = new Uint8Array(1);

  private constructor(hasher: Blake3) {
    this.#hasher = hasher;
  }

  /** `idKey` has 32 bytes; `engine` is for tests. */
  static async create(idKey: Uint8Array, engine?: Blake3Engine): Promise<ChunkHasher> {
    return new ChunkHasher(await createBlake3(idKey, engine));
  }

  /** The id of a chunk, 32 bytes in an array of its own. `plain` may lie in shared or WASM memory. */
  id(type: ChunkType, plain: Uint8Array): Uint8Array<ArrayBuffer> {
    const hasher = this.#hasher;
    hasher.reset();
    if (plain.length <= COPY_BYTES_MAX) {
      this.#small[0] = type;
      this.#small.set(plain, 1);
      hasher.update(this.#small.subarray(0, 1 + plain.length));
    } else {
      this.#type[0] = type;
      hasher.update(this.#type);
      hasher.update(plain);
    }
    return hasher.digest();
  }
}

/** Computes the id of a stored object while it is built: BLAKE3 without a key, so that `b3sum` can verify it. Reusable. */
export class ObjectHasher {
  readonly #hasher: Blake3;

  private constructor(hasher: Blake3) {
    this.#hasher = hasher;
    hasher.reset();
  }

  static async create(engine?: Blake3Engine): Promise<ObjectHasher> {
    return new ObjectHasher(await createBlake3(undefined, engine));
  }

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  /** The id (32 bytes) of all bytes since the last digest; the next update starts a new object. */
  digest(): Uint8Array<ArrayBuffer> {
    const digest = this.#hasher.digest();
    this.#hasher.reset();
    return digest;
  }
}
