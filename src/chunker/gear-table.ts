import { hkdfSync } from "node:crypto";
import { assert } from "../shared/assert.ts";

/** Names the derivation; another table layout needs another name. */
const INFO = "varve gear table v1";

export const GEAR_TABLE_BYTES: number = 256 * 8;

/**
 * The keyed Gear table: 256 little-endian 64-bit words, HKDF-SHA-256 of the chunk key with empty salt.
 * Without the key nobody can tell where a known file would be cut.
 */
export function gearTable(chunkKey: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(chunkKey.length === 32, "the chunk key has 32 bytes");
  return new Uint8Array(hkdfSync("sha256", chunkKey, new Uint8Array(0), INFO, GEAR_TABLE_BYTES));
}
