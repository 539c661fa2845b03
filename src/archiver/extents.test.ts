import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Extent } from "../format/entry.ts";
import { alignedExtents, BLOCK_BYTES, extentBytes, firstBytes } from "./extents.ts";

const extent = (offset: number, length: number): Extent => ({ offset, length });

/** Ascending extents of a file, and its size. */
const sparse = fc
  .array(fc.tuple(fc.nat(3 * BLOCK_BYTES), fc.integer({ min: 1, max: 3 * BLOCK_BYTES })), { maxLength: 6 })
  .chain((steps) => {
    let end = 0;
    const extents = steps.map(([hole, length]) => {
      const offset = end + hole;
      end = offset + length;
      return extent(offset, length);
    });
    return fc.record({ extents: fc.constant(extents), size: fc.integer({ min: end, max: end + 2 * BLOCK_BYTES }) });
  });

function covers(extents: readonly Extent[], byte: number): boolean {
  return extents.some(({ offset, length }) => byte >= offset && byte < offset + length);
}

test("alignedExtents() covers every data byte with whole, ascending, separate blocks inside the file", () => {
  fc.assert(
    fc.property(sparse, ({ extents, size }) => {
      const aligned = alignedExtents(extents, size);
      let end = -1;
      for (const { offset, length } of aligned) {
        assert.ok(offset > end && length > 0 && offset % BLOCK_BYTES === 0);
        end = offset + length;
        assert.ok(end % BLOCK_BYTES === 0 || end === size);
      }
      assert.ok(end <= size);
      for (const { offset, length } of extents) for (const byte of [offset, offset + length - 1]) assert.ok(covers(aligned, byte));
      const blocks = new Set(
        extents.flatMap(({ offset, length }) => [Math.floor(offset / BLOCK_BYTES), Math.floor((offset + length - 1) / BLOCK_BYTES)]),
      );
      for (const { offset, length } of aligned)
        assert.ok(
          blocks.has(offset / BLOCK_BYTES) && blocks.has(Math.floor((offset + length - 1) / BLOCK_BYTES)),
          "nothing is widened by more than its block",
        );
    }),
  );
});

test("alignedExtents() merges neighbours that share or touch a block and keeps holes of a block apart", () => {
  const file = 10 * BLOCK_BYTES;
  assert.deepEqual(alignedExtents([extent(0, 1), extent(4095, 1), extent(4096, 1)], file), [extent(0, 8192)]);
  assert.deepEqual(alignedExtents([extent(0, 4096), extent(8192, 1)], file), [extent(0, 4096), extent(8192, 4096)]);
  assert.deepEqual(alignedExtents([extent(8190, 5)], file), [extent(4096, 8192)]);
});

test("alignedExtents() cuts at the size of the file, and drops what lies behind it", () => {
  assert.deepEqual(alignedExtents([extent(4096, 100)], 4200), [extent(4096, 104)]);
  assert.deepEqual(alignedExtents([extent(0, 10), extent(8192, 10)], 5000), [extent(0, 4096)]);
  assert.deepEqual(alignedExtents([], 5000), []);
});

test("firstBytes() keeps as many bytes as asked, in the first extents", () => {
  fc.assert(
    fc.property(sparse, fc.double({ min: 0, max: 1, noNaN: true }), ({ extents }, share) => {
      const bytes = Math.floor(extentBytes(extents) * share);
      const first = firstBytes(extents, bytes);
      assert.equal(extentBytes(first), bytes);
      assert.ok(first.every(({ offset, length }, at) => offset === extents[at]?.offset && length > 0 && length <= extents[at].length));
      assert.ok(first.slice(0, -1).every(({ length }, at) => length === extents[at]?.length));
    }),
  );
});
