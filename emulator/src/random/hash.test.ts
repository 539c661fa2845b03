import assert from "node:assert/strict";
import { test } from "node:test";
import { below, fraction, hash32, normal } from "./hash.ts";

test("hash32() gives the same bits for ever", () => {
  assert.deepEqual([hash32(), hash32(0), hash32(1, 2, 3), hash32(2 ** 40 + 5)], [2462723854, 387082432, 3906383291, 4151650050]);
});

test("hash32() tells order, count and high bits of its numbers apart", () => {
  const all = [hash32(1, 2), hash32(2, 1), hash32(1), hash32(1, 2, 0), hash32(1 + 2 ** 32, 2), hash32(1 + 2 ** 33, 2)];
  assert.equal(new Set(all).size, all.length);
});

test("fraction() spreads evenly", () => {
  const counts = new Array<number>(16).fill(0);
  for (let index = 0; index < 16_000; index += 1) {
    const slot = Math.floor(fraction(7, index) * 16);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(count > 850 && count < 1150, String(counts));
});

test("below() stays below its bound and reaches both ends", () => {
  const seen = new Set(Array.from({ length: 200 }, (_, index) => below(3, 1, index)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2],
  );
});

test("normal() has the mean and spread of the standard normal distribution", () => {
  const values = Array.from({ length: 20_000 }, (_, index) => normal(9, index));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03, String(mean));
  assert.ok(Math.abs(variance - 1) < 0.05, String(variance));
});
