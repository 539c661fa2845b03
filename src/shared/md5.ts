import { createHash, hash } from "node:crypto";

/** Length of an MD5, bytes. */
export const MD5_BYTES = 16;

/** MD5 of some bytes: the checksum that blob services keep. It guards against accidents, not against people. */
export function md5Of(bytes: Uint8Array): Uint8Array {
  return hash("md5", bytes, "buffer");
}

/** MD5 of content that arrives in pieces. */
export class Md5 {
  readonly #hash: ReturnType<typeof createHash> = createHash("md5");

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends it; call once. */
  digest(): Uint8Array {
    return this.#hash.digest();
  }
}
