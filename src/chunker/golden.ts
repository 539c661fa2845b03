import { createHash } from "node:crypto";

// Fixed inputs and answers, the same as in definition.md. A kernel that changes one of them finds no old chunk again.

/** SHA-256 of the 64-bit little-endian numbers 0, 1, 2, ... end to end. */
export function goldenContent(length: number): Uint8Array {
  const content = new Uint8Array(Math.ceil(length / 32) * 32);
  const counter = new DataView(new ArrayBuffer(8));
  for (let at = 0; at < content.length; at += 32) {
    counter.setBigUint64(0, BigInt(at / 32), true);
    content.set(createHash("sha256").update(counter).digest(), at);
  }
  return content.subarray(0, length);
}

/** The bytes 0, 1, 2, ... 31. */
export const GOLDEN_KEY: Uint8Array = Uint8Array.from({ length: 32 }, (_, index) => index);
