import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, zstdCompressSync } from "node:zlib";
import { seededRandom } from "../shared/random.ts";
import { contentSizeOf } from "./zstd-frame.ts";

function frameOf(raw: Uint8Array, checksum: boolean): Uint8Array {
  const params = { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0 };
  return new Uint8Array(zstdCompressSync(raw, { params, pledgedSrcSize: raw.length }));
}

test("contentSizeOf() tells the size of frames of every kind of block, with and without a checksum", () => {
  for (const length of [0, 1, 255, 256, 65_791, 65_792, 300_000, 1 << 20])
    for (const raw of [new Uint8Array(length), seededRandom(length).bytes(length), Buffer.alloc(length, "some words, again and again ")])
      for (const checksum of [false, true]) assert.equal(contentSizeOf(frameOf(raw, checksum)), length);
});

test("contentSizeOf() is undefined for anything but one whole frame", () => {
  for (const checksum of [false, true]) {
    const frame = frameOf(Buffer.alloc(300_000, "some words, again and again "), checksum);
    for (let length = 0; length < frame.length; length += 1) assert.equal(contentSizeOf(frame.subarray(0, length)), undefined, `${length}`);
    assert.equal(contentSizeOf(Buffer.concat([frame, Buffer.alloc(1)])), undefined);
    assert.equal(contentSizeOf(Buffer.concat([frame, frame])), undefined);
  }
});
