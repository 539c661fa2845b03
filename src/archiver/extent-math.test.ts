import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Extent } from "../format/entry.ts";
import { blocksOf, difference, firstAfter, intersection, touches, union } from "./extent-math.ts";

const SIZE = 64;

const anyExtents: fc.Arbitrary<readonly Extent[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), { maxLength: 5 })
  .map((steps) => {
    let at = -1;
    return steps.map(([gap, length]) => {
      const offset = at + gap;
      at = offset + length;
      return { offset, length };
    });
  });

/** Which bytes are in it. */
function bits(extents: readonly Extent[]): string {
  return Array.from({ length: SIZE * 2 }, (_, at) =>
    extents.some(({ offset, length }) => at >= offset && at < offset + length) ? "1" : "0",
  ).join("");
}

function combine(a: string, b: string, keep: (x: boolean, y: boolean) => boolean): string {
  return a
    .split("")
    .map((bit, at) => (keep(bit === "1", b[at] === "1") ? "1" : "0"))
    .join("");
}

test("union(), intersection() and difference() are what they are for sets of bytes", () => {
  fc.assert(
    fc.property(anyExtents, anyExtents, (a, b) => {
      assert.equal(
        bits(union(a, b)),
        combine(bits(a), bits(b), (x, y) => x || y),
      );
      assert.equal(
        bits(intersection(a, b)),
        combine(bits(a), bits(b), (x, y) => x && y),
      );
      assert.equal(
        bits(difference(a, b)),
        combine(bits(a), bits(b), (x, y) => x && !y),
      );
    }),
  );
});

test("firstAfter() and touches() find what lies there", () => {
  fc.assert(
    fc.property(anyExtents, fc.nat(SIZE), fc.integer({ min: 1, max: 20 }), (extents, position, length) => {
      assert.equal(firstAfter(extents, position), extents.filter(({ offset, length }) => offset + length <= position).length);
      assert.equal(
        touches(extents, position, length),
        bits(extents)
          .slice(position, position + length)
          .includes("1"),
      );
    }),
  );
});

test("blocksOf() widens to whole blocks, merges and ends with the file", () => {
  const extents = [
    { offset: 5000, length: 1 },
    { offset: 8192, length: 10 },
    { offset: 20_000, length: 9000 },
    { offset: 99_999, length: 5 },
  ];
  assert.deepEqual(blocksOf(extents, 25_000), [
    { offset: 4096, length: 8192 },
    { offset: 16_384, length: 8616 },
  ]);
});
