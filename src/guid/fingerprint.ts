import { hash } from "node:crypto";

/** Length of a fingerprint, bytes: two of ten million texts share one by chance with a probability of 10^-25. */
export const FINGERPRINT_BYTES = 16;

/** Heaps that texts are dealt into by their fingerprints. */
export const HEAPS = 256;

/** A short stand-in for a GUID or a path, so that millions are compared in little memory. Nobody can make two texts share one. */
export function fingerprint(text: string): Buffer {
  return hash("sha256", text, "buffer").subarray(0, FINGERPRINT_BYTES);
}

/** The heap of a fingerprint. */
export function heapOf(print: Uint8Array): number {
  return print[0] ?? 0;
}

/** A fingerprint as the key of a map. */
export function printKey(bytes: Buffer, at: number): string {
  return bytes.toString("latin1", at, at + FINGERPRINT_BYTES);
}
