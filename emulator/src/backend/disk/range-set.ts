import type { ByteRange } from "../backend.ts";

/** The service's unit of bookkeeping: ranges begin and end at multiples of it, but for the end of the file. */
export const UNIT_BYTES = 512;

/** Ascending ranges grown to whole units, cut to the window and joined where they touch. */
export function normalise(ranges: readonly ByteRange[], window: ByteRange): readonly ByteRange[] {
  const joined: { offset: number; length: number }[] = [];
  const windowEnd = window.offset + window.length;
  for (const { offset, length } of ranges) {
    const start = Math.max(offset - (offset % UNIT_BYTES), window.offset);
    const end = Math.min(Math.ceil((offset + length) / UNIT_BYTES) * UNIT_BYTES, windowEnd);
    if (start >= end) continue;
    const last = joined.at(-1);
    if (last !== undefined && start <= last.offset + last.length) last.length = Math.max(last.length, end - last.offset);
    else joined.push({ offset: start, length: end - start });
  }
  return joined;
}

/** What of `ranges` is in none of `without`; both are normalised. */
export function subtract(ranges: readonly ByteRange[], without: readonly ByteRange[]): readonly ByteRange[] {
  const rest: ByteRange[] = [];
  let next = 0;
  for (const range of ranges) {
    let at = range.offset;
    const end = range.offset + range.length;
    while (next < without.length && endOf(without[next]) <= at) next += 1;
    for (let index = next; index < without.length && at < end; index += 1) {
      const hole = without[index];
      if (hole === undefined || hole.offset >= end) break;
      if (hole.offset > at) rest.push({ offset: at, length: hole.offset - at });
      at = Math.max(at, hole.offset + hole.length);
    }
    if (at < end) rest.push({ offset: at, length: end - at });
  }
  return rest;
}

/** What clearing a range means for a file of this size: a hole of whole units, and edges (shorter than a unit each) that become zeros. */
export function splitClear(
  { offset, length }: ByteRange,
  size: number,
): { readonly hole: ByteRange | undefined; readonly edges: readonly ByteRange[] } {
  const end = offset + length;
  // The last unit of a file is whole although the file ends in it.
  const unitsEnd = end >= size ? Math.ceil(end / UNIT_BYTES) * UNIT_BYTES : end - (end % UNIT_BYTES);
  const unitsStart = Math.ceil(offset / UNIT_BYTES) * UNIT_BYTES;
  if (unitsEnd <= unitsStart) return { hole: undefined, edges: chop({ offset, length }) };
  const edges = [
    { offset, length: unitsStart - offset },
    { offset: unitsEnd, length: end - unitsEnd },
  ];
  return { hole: { offset: unitsStart, length: unitsEnd - unitsStart }, edges: edges.filter((edge) => edge.length > 0) };
}

/** A range without a whole unit can still lie in two. */
function chop({ offset, length }: ByteRange): readonly ByteRange[] {
  const first = Math.min(length, UNIT_BYTES - (offset % UNIT_BYTES));
  const parts = [
    { offset, length: first },
    { offset: offset + first, length: length - first },
  ];
  return parts.filter((part) => part.length > 0);
}

function endOf(range: ByteRange | undefined): number {
  return range === undefined ? Number.POSITIVE_INFINITY : range.offset + range.length;
}
