import type { Extent } from "../format/entry.ts";
import { BLOCK_BYTES } from "./extents.ts";

// Sets of bytes of one file, as extents that ascend and do not touch.

/** Extents widened to whole blocks of the XOR hash, cut at `size`, merged where they touch. Input ascends by offset and may overlap. */
export function blocksOf(extents: readonly Extent[], size: number): readonly Extent[] {
  const merged: { offset: number; length: number }[] = [];
  for (const extent of extents) {
    const offset = Math.floor(extent.offset / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.min(size, Math.ceil((extent.offset + extent.length) / BLOCK_BYTES) * BLOCK_BYTES);
    if (end <= offset || extent.length === 0) continue;
    const last = merged.at(-1);
    if (last !== undefined && offset <= last.offset + last.length) last.length = Math.max(last.length, end - last.offset);
    else merged.push({ offset, length: end - offset });
  }
  return merged;
}

/** Everything that is in one of both. */
export function union(a: readonly Extent[], b: readonly Extent[]): readonly Extent[] {
  const all = [...a, ...b].sort((x, y) => x.offset - y.offset);
  const merged: { offset: number; length: number }[] = [];
  for (const { offset, length } of all) {
    const last = merged.at(-1);
    if (last !== undefined && offset <= last.offset + last.length) last.length = Math.max(last.length, offset + length - last.offset);
    else if (length > 0) merged.push({ offset, length });
  }
  return merged;
}

/** What is in both. */
export function intersection(a: readonly Extent[], b: readonly Extent[]): readonly Extent[] {
  const both: Extent[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [x, y] = [a[i] as Extent, b[j] as Extent];
    const offset = Math.max(x.offset, y.offset);
    const end = Math.min(x.offset + x.length, y.offset + y.length);
    if (end > offset) both.push({ offset, length: end - offset });
    if (x.offset + x.length < y.offset + y.length) i += 1;
    else j += 1;
  }
  return both;
}

/** What is in `a` and not in `b`. */
export function difference(a: readonly Extent[], b: readonly Extent[]): readonly Extent[] {
  const left: Extent[] = [];
  let j = 0;
  for (const { offset, length } of a) {
    let at = offset;
    const end = offset + length;
    while (j < b.length && endOf(b[j]) <= at) j += 1;
    for (let k = j; k < b.length && (b[k] as Extent).offset < end; k += 1) {
      const cut = b[k] as Extent;
      if (cut.offset > at) left.push({ offset: at, length: cut.offset - at });
      at = Math.max(at, endOf(cut));
    }
    if (at < end) left.push({ offset: at, length: end - at });
  }
  return left;
}

/** The first extent that ends after `position`, by its place in the list. */
export function firstAfter(extents: readonly Extent[], position: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(extents[middle]) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** True when some byte of [offset, offset + length) is in one of them. */
export function touches(extents: readonly Extent[], offset: number, length: number): boolean {
  const next = extents[firstAfter(extents, offset)];
  return next !== undefined && next.offset < offset + length;
}

function endOf(extent: Extent | undefined): number {
  return extent === undefined ? 0 : extent.offset + extent.length;
}
