import { AppError } from "../shared/errors.ts";

/** Chunk lengths of a repository, bytes. Fixed when it is made: other lengths, other cuts, no deduplication against what is there. */
export interface ChunkerParams {
  /** No chunk is shorter, but for the last of a file. */
  readonly minBytes: number;
  /** Where cuts turn from rare to frequent: most chunks end around here. */
  readonly targetBytes: number;
  /** No chunk is longer. */
  readonly maxBytes: number;
}

/** How the content of files is cut in new repositories. */
export const DATA_CHUNKER_PARAMS: ChunkerParams = Object.freeze({
  minBytes: 512 * 1024,
  targetBytes: 2 * 1024 * 1024,
  maxBytes: 8 * 1024 * 1024,
});

/** The window holds two of the longest chunks and is addressed with 32 bits. */
const chunkBytesLimit = 512 * 1024 * 1024;

/** How far the cut condition moves away from one in `targetBytes` on either side of the target, bits. */
const NORMALISATION_BITS = 2;

/** Throws E_CONFIG unless the lengths are whole, positive and in order. */
export function checkChunkerParams(params: ChunkerParams): void {
  const { minBytes, targetBytes, maxBytes } = params;
  const whole = [minBytes, targetBytes, maxBytes].every((value) => Number.isSafeInteger(value) && value > 0);
  if (whole && minBytes <= targetBytes && targetBytes <= maxBytes && maxBytes <= chunkBytesLimit) return;
  throw new AppError({
    code: "E_CONFIG",
    what: `chunk lengths ${minBytes}, ${targetBytes}, ${maxBytes} are not usable`,
    why: "minimum, target and maximum must be whole bytes, in this order, at most 512 MiB",
    hint: "leave them out to use 512 KiB, 2 MiB and 8 MiB",
  });
}

/** How many top bits of the Gear hash must be zero at a cut: before the target, and from the target on. */
export function maskBits(params: ChunkerParams): { readonly before: number; readonly after: number } {
  const bits = 31 - Math.clz32(params.targetBytes);
  return { before: bits + NORMALISATION_BITS, after: Math.max(0, bits - NORMALISATION_BITS) };
}
