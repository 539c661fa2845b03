/**
 * A signed number of 64 bits that changes with any of the facts: what the catalog compares. Two 32-bit hashes with different constants,
 * mixed with each other; no defence against somebody who wants two texts to be equal, as ETags are the service's own.
 */
export function factHash(text: string): bigint {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return BigInt.asIntN(64, (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0));
}
