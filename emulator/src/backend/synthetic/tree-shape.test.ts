import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSpec } from "./spec.ts";
import { TreeShape } from "./tree-shape.ts";

const shape = (text: string): TreeShape => new TreeShape(parseSpec(text));

test("TreeShape gives all directories together exactly the files of the spec", () => {
  fc.assert(
    fc.property(fc.nat({ max: 5000 }), fc.nat({ max: 300 }), fc.nat({ max: 99 }), (files, dirs, seed) => {
      const flat = dirs === 0 ? 0 : Math.floor(files / 3);
      const tree = shape(`files=${files},dirs=${dirs},seed=${seed},flat=${flat}`);
      let sum = 0;
      for (let dir = 0; dir <= dirs; dir += 1) {
        assert.ok(tree.fileCount(dir) >= 0);
        sum += tree.fileCount(dir);
      }
      assert.equal(sum, files);
    }),
  );
});

test("TreeShape knows every directory as the child of exactly one other", () => {
  fc.assert(
    fc.property(fc.nat({ max: 400 }), fc.integer({ min: 2, max: 20 }), (dirs, fanout) => {
      const tree = shape(`files=0,dirs=${dirs},fanout=${fanout}`);
      const reached = new Set([0]);
      for (const dir of reached) {
        for (let ordinal = 0; ordinal < tree.childCount(dir); ordinal += 1) {
          const child = tree.firstChild(dir) + ordinal;
          assert.ok(!reached.has(child));
          assert.deepEqual([tree.parentOf(child), tree.ordinalOf(child)], [dir, ordinal]);
          reached.add(child);
        }
      }
      assert.equal(reached.size, dirs + 1);
    }),
  );
});

test("TreeShape has empty directories, full ones and the flat heap", () => {
  const tree = shape("files=112000,dirs=999,flat=100000");
  const counts = Array.from({ length: 1000 }, (_, dir) => tree.fileCount(dir));
  assert.ok((counts[1] ?? 0) >= 100_000);
  assert.ok(counts.filter((count) => count === 0).length > 150);
  assert.ok(counts.some((count) => count > 60 && count < 1000));
});

test("TreeShape answers for trees of a hundred million files from single directories", () => {
  const tree = shape("files=100M,dirs=8M");
  assert.ok(tree.fileCount(8_000_000) >= 0);
  assert.equal(tree.trail(8_000_000).at(-1), 8_000_000);
  assert.ok(tree.trail(8_000_000).length <= 9);
  assert.ok(!tree.has(8_000_001));
});
