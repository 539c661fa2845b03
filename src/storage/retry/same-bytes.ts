import { equalBytes, totalLength } from "../../shared/bytes.ts";

/** True when `whole` is the concatenation of `parts`; joins nothing. */
export function sameBytes(whole: Uint8Array, parts: readonly Uint8Array[]): boolean {
  if (whole.length !== totalLength(parts)) return false;
  let at = 0;
  for (const part of parts) {
    if (!equalBytes(whole.subarray(at, at + part.length), part)) return false;
    at += part.length;
  }
  return true;
}
