import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isAppError } from "../../src/shared/errors.ts";

/** One way of damaging bytes: a bit turned, a byte overwritten, a 32-bit number replaced, the end cut off, bytes added. */
export type Damage =
  | { readonly kind: "bit" | "byte" | "number"; readonly at: number; readonly value: number }
  | { readonly kind: "cut" | "grow"; readonly at: number; readonly value: number };

export const anyDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom("bit", "byte", "number", "cut", "grow"),
  at: fc.nat(),
  value: fc.oneof(fc.nat(0xffff_ffff), fc.nat(300)),
});

/** A damaged copy. */
export function damage(bytes: Uint8Array, { kind, at, value }: Damage): Uint8Array {
  const place = bytes.length === 0 ? 0 : at % bytes.length;
  if (kind === "cut") return bytes.slice(0, place);
  if (kind === "grow") return new Uint8Array(Buffer.concat([bytes, new Uint8Array(1 + (value % 9)).fill(value)]));
  const copy = bytes.slice();
  if (kind === "bit") copy[place] = (copy[place] ?? 0) ^ (1 << (value & 7));
  if (kind === "byte") copy[place] = value & 0xff;
  if (kind === "number" && copy.length >= 4) new DataView(copy.buffer).setUint32(Math.min(place, copy.length - 4), value, true);
  return copy;
}

/** Runs `decode`; anything thrown but E_CORRUPT (and E_REPO_VERSION, for a damaged version number) fails the test. */
export function decodesOrRefuses<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (isAppError(error, "E_CORRUPT", "E_REPO_VERSION")) return undefined;
    throw error;
  }
}

/** Checks that `decode` throws E_CORRUPT. */
export function refuses(decode: () => unknown, why: RegExp): void {
  assert.throws(decode, (error) => isAppError(error, "E_CORRUPT") && why.test(error.why));
}
