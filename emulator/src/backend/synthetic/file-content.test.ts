import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ByteRange } from "../backend.ts";
import { changesSince, contentOf } from "./file-content.ts";
import type { FileState, WrittenWindow } from "./file-history.ts";

const SECTOR = 512;

function fileOf(sectors: number, windows: readonly WrittenWindow[]): FileState {
  const times = { born: 0, written: 0, changed: 0 };
  return { place: { dir: 0, slot: 0 }, base: 1, contentKey: 99, incarnation: 0, renamed: 0, size: sectors * SECTOR, windows, ...times };
}

async function bytesOf(state: FileState): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of contentOf(state, { offset: 0, length: state.size })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const window = (generation: number, first: number, count: number): WrittenWindow => ({
  generation,
  offset: first * SECTOR,
  length: count * SECTOR,
});

const sectors = (bytes: Buffer): readonly string[] =>
  Array.from({ length: bytes.length / SECTOR }, (_, index) => bytes.toString("hex", index * SECTOR, (index + 1) * SECTOR));

test("contentOf() shows the last of several writes of a sector", async () => {
  const once = sectors(await bytesOf(fileOf(6, [window(1, 0, 4)])));
  const twice = sectors(await bytesOf(fileOf(6, [window(1, 0, 4), window(2, 2, 3)])));
  assert.deepEqual(twice.slice(0, 2), once.slice(0, 2));
  for (const index of [2, 3, 4]) assert.notEqual(twice[index], once[index]);
  assert.equal(twice[5], once[5]);
  const later = sectors(await bytesOf(fileOf(6, [window(1, 0, 4), window(3, 2, 3)])));
  assert.notEqual(later[2], twice[2]);
});

test("contentOf() repeats itself within sectors and nowhere else", async () => {
  const all = sectors(await bytesOf(fileOf(200, [])));
  assert.equal(new Set(all).size, 200);
  for (const one of all) assert.equal(one.slice(0, SECTOR), one.slice(SECTOR));
});

test("changesSince() counts what was written after a generation, not in it", () => {
  const state = fileOf(20, [window(1, 0, 2), window(2, 5, 2), window(3, 10, 2)]);
  const whole = { offset: 0, length: state.size };
  const starts = (generation: number): readonly number[] =>
    changesSince(state, generation, whole).written.map(({ offset }) => offset / SECTOR);
  assert.deepEqual([0, 1, 2, 3].map(starts), [[0, 5, 10], [5, 10], [10], []]);
});

test("changesSince() joins, sorts and cuts to the window and to the file", () => {
  const state = fileOf(20, [window(1, 4, 4), window(2, 2, 3), window(3, 8, 2), window(3, 15, 5)]);
  const found = changesSince(state, 0, { offset: 3 * SECTOR + 1, length: 14 * SECTOR }).written;
  assert.deepEqual(found, [
    { offset: 3 * SECTOR + 1, length: 7 * SECTOR - 1 },
    { offset: 15 * SECTOR, length: 2 * SECTOR + 1 },
  ]);
});

test("changesSince() covers exactly the bytes of the windows, whatever they are", () => {
  const windows = fc.array(
    fc.record({ generation: fc.integer({ min: 1, max: 4 }), first: fc.nat({ max: 25 }), count: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(windows, fc.nat({ max: 4 }), (list, since) => {
      const sorted = list
        .toSorted((a, b) => a.generation - b.generation)
        .map(({ generation, first, count }) => window(generation, first, count));
      const state = fileOf(30, sorted);
      const marks = (ranges: readonly ByteRange[]): string =>
        Array.from({ length: 30 }, (_, sector) =>
          ranges.some(({ offset, length }) => offset <= sector * SECTOR && sector * SECTOR < offset + length) ? "x" : ".",
        ).join("");
      const { written } = changesSince(state, since, { offset: 0, length: state.size });
      assert.equal(marks(written), marks(sorted.filter(({ generation }) => generation > since)));
      assert.ok(
        written.every((one, index) => index === 0 || one.offset > (written[index - 1]?.offset ?? 0) + (written[index - 1]?.length ?? 0)),
      );
    }),
  );
});
