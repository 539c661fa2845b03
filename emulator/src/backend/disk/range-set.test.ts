import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ByteRange } from "../backend.ts";
import { normalise, splitClear, subtract, UNIT_BYTES } from "./range-set.ts";

const SPACE = 16 * UNIT_BYTES;
const WINDOW = { offset: 0, length: SPACE };

const ranges = fc
  .array(fc.record({ offset: fc.nat(SPACE - 1), length: fc.integer({ min: 1, max: 2000 }) }), { maxLength: 6 })
  .map((list) => list.sort((a, b) => a.offset - b.offset));

function bytesOf(list: readonly ByteRange[]): ReadonlySet<number> {
  const bytes = new Set<number>();
  for (const { offset, length } of list) for (let at = offset; at < offset + length; at += 1) bytes.add(at);
  return bytes;
}

test("normalise() covers every unit that is touched, once, in order, inside the window", () => {
  fc.assert(
    fc.property(ranges, (list) => {
      const seen = normalise(list, WINDOW);
      const units = new Set([...bytesOf(list)].filter((at) => at < SPACE).map((at) => Math.floor(at / UNIT_BYTES)));
      assert.deepEqual(new Set([...bytesOf(seen)].map((at) => Math.floor(at / UNIT_BYTES))), units);
      for (const [index, { offset, length }] of seen.entries()) {
        assert.ok(offset % UNIT_BYTES === 0 && length % UNIT_BYTES === 0);
        const next = seen[index + 1];
        assert.ok(next === undefined || next.offset > offset + length, "ranges that touch are joined");
      }
    }),
  );
});

test("subtract() leaves what is in the first and not in the second", () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const [left, right] = [normalise(a, WINDOW), normalise(b, WINDOW)];
      const expected = [...bytesOf(left)].filter((at) => !bytesOf(right).has(at));
      assert.deepEqual([...bytesOf(subtract(left, right))], expected);
    }),
    { numRuns: 40 },
  );
});

test("splitClear() takes a range apart into a hole of whole units and edges shorter than one", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(2999), fc.integer({ min: 1, max: 3000 }), (size, start, wanted) => {
      const offset = start % size;
      const length = Math.min(wanted, size - offset);
      const { hole, edges } = splitClear({ offset, length }, size);
      assert.ok(edges.every((edge) => edge.length < UNIT_BYTES));
      assert.ok(hole === undefined || (hole.offset % UNIT_BYTES === 0 && hole.length % UNIT_BYTES === 0 && hole.length > 0));
      const covered = [...edges, ...(hole === undefined ? [] : [{ ...hole, length: Math.min(hole.length, size - hole.offset) }])];
      assert.deepEqual(
        [...bytesOf(covered)].sort((a, b) => a - b),
        [...bytesOf([{ offset, length }])],
      );
      assert.equal(
        covered.reduce((sum, one) => sum + one.length, 0),
        length,
        "nothing twice",
      );
    }),
  );
});
