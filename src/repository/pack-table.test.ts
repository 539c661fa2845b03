import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexedPack } from "../format/index-segment.ts";
import { FRAME_BYTES, HEADER_BYTES, OBJECT_KIND } from "../format/sealed-object.ts";
import { toHex } from "../shared/bytes.ts";
import { ChunkIndex } from "./chunk-index.ts";
import { enterPack, framesOf, PackTable } from "./pack-table.ts";

function idOf(value: number): Uint8Array {
  return new Uint8Array(32).fill(value);
}

/** A pack of chunks of these lengths, each frame 1000 sealed bytes longer than the one before. */
function packOf(id: number, chunks: readonly (readonly [number, number])[]): IndexedPack {
  const rawLength = chunks.reduce((sum, [, length]) => sum + length, 0);
  const frames = Math.ceil(rawLength / FRAME_BYTES);
  const directory = {
    rawLength,
    frameSealedLengths: Uint32Array.from({ length: frames }, (_, at) => 1000 * (at + 1)),
    frameFlags: new Uint8Array(frames),
    chunkIds: new Uint8Array(Buffer.concat(chunks.map(([chunk]) => idOf(chunk)))),
    chunkTypes: new Uint8Array(chunks.length).fill(1),
    chunkLengths: Uint32Array.from(chunks, ([, length]) => length),
  };
  return { id: idOf(id), kind: OBJECT_KIND.dataPack, objectLength: 1, directory };
}

test("enterPack() lists chunks where they lie; one that is known keeps its first place", () => {
  const into = { index: ChunkIndex.withRoomFor(10), packs: new PackTable() };
  const first = enterPack(
    packOf(1, [
      [10, 100],
      [11, 50],
    ]),
    into,
  );
  const second = enterPack(
    packOf(2, [
      [11, 50],
      [12, 7],
      [10, 100],
      [13, 1],
    ]),
    into,
  );
  assert.deepEqual(into.index.find(idOf(10)), { pack: first, offset: 0 });
  assert.deepEqual(into.index.find(idOf(11)), { pack: first, offset: 100 });
  assert.deepEqual(into.index.find(idOf(12)), { pack: second, offset: 50 });
  assert.deepEqual(into.index.find(idOf(13)), { pack: second, offset: 157 });
  assert.equal(into.packs.size, 2);
  assert.equal(into.packs.get(second)?.id[0], 2);
  assert.deepEqual([into.packs.has(toHex(idOf(1))), into.packs.has(toHex(idOf(3)))], [true, false]);
  assert.deepEqual(
    [...into.packs.entries()].map(([number]) => number),
    [first, second],
  );
});

test("PackTable keeps frames and nothing else of the memory a segment was decoded into", () => {
  const segment = new ArrayBuffer(1 << 20);
  const { directory, ...pack } = packOf(1, [[1, 2 * FRAME_BYTES]]);
  const packs = new PackTable();
  const frames = { frameSealedLengths: new Uint32Array(segment, 64, 2), frameFlags: new Uint8Array(segment, 72, 2) };
  packs.set(0, { ...pack, id: new Uint8Array(segment, 0, 32), directory: { ...directory, ...frames } });
  const kept = packs.get(0);
  assert.deepEqual(Object.keys(kept?.directory ?? {}).toSorted(), ["frameFlags", "frameSealedLengths", "rawLength"]);
  for (const column of [kept?.id, kept?.directory.frameSealedLengths, kept?.directory.frameFlags])
    assert.ok((column?.buffer.byteLength ?? 0) < 64);
});

test("framesOf() covers a chunk with the frames it touches and no more", () => {
  const pack = packOf(1, [[1, 4 * FRAME_BYTES]]);
  const at = (offset: number, length: number): unknown => framesOf(pack, { pack: 0, offset }, length);
  assert.deepEqual(at(0, 1), { first: 0, last: 0, offset: HEADER_BYTES, length: 1000 });
  assert.deepEqual(at(FRAME_BYTES - 1, 1), { first: 0, last: 0, offset: HEADER_BYTES, length: 1000 });
  assert.deepEqual(at(FRAME_BYTES - 1, 2), { first: 0, last: 1, offset: HEADER_BYTES, length: 3000 });
  assert.deepEqual(at(FRAME_BYTES, FRAME_BYTES), { first: 1, last: 1, offset: HEADER_BYTES + 1000, length: 2000 });
  assert.deepEqual(at(FRAME_BYTES + 1, 2 * FRAME_BYTES), { first: 1, last: 3, offset: HEADER_BYTES + 1000, length: 9000 });
});
