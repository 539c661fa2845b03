import type { Extent } from "../format/entry.ts";

/** The block of the XOR hash: extents are widened to it, so that hashing a sparse file sees whole blocks. */
export const BLOCK_BYTES = 4096;

/**
 * Data extents widened to whole blocks, merged where they touch, cut at the size of the file.
 * Widening only adds zeros that a hole would have read as anyway.
 */
export function alignedExtents(extents: readonly Extent[], size: number): readonly Extent[] {
  const aligned: { offset: number; length: number }[] = [];
  for (const extent of extents) {
    const offset = Math.floor(extent.offset / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.min(size, Math.ceil((extent.offset + extent.length) / BLOCK_BYTES) * BLOCK_BYTES);
    const last = aligned.at(-1);
    if (last !== undefined && offset <= last.offset + last.length) last.length = Math.max(last.length, end - last.offset);
    else if (end > offset) aligned.push({ offset, length: end - offset });
  }
  return aligned;
}

/** The first extents, together as long as `bytes`: what is left of a file that ends early. */
export function firstBytes(extents: readonly Extent[], bytes: number): readonly Extent[] {
  const first: Extent[] = [];
  let left = bytes;
  for (const { offset, length } of extents) {
    if (left === 0) break;
    first.push({ offset, length: Math.min(length, left) });
    left -= Math.min(length, left);
  }
  return first;
}

/** Content bytes of all extents together. */
export function extentBytes(extents: readonly Extent[]): number {
  let bytes = 0;
  for (const extent of extents) bytes += extent.length;
  return bytes;
}
