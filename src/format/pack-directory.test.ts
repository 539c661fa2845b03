import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyPackDirectory } from "../../test/support/arbitrary-pack.ts";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { decodePackDirectory, encodePackDirectory, FRAME_FLAG, sealedFrameBytes } from "./pack-directory.ts";
import type { PackDirectory } from "./pack-directory.ts";
import { FRAME_BYTES, TAG_BYTES } from "./sealed-object.ts";

const sample: PackDirectory = {
  rawLength: FRAME_BYTES + 10,
  frameSealedLengths: Uint32Array.of(500, 10 + TAG_BYTES),
  frameFlags: Uint8Array.of(FRAME_FLAG.compressed, FRAME_FLAG.raw),
  chunkIds: new Uint8Array(64).fill(7),
  chunkTypes: Uint8Array.of(1, 2),
  chunkLengths: Uint32Array.of(FRAME_BYTES, 10),
};

test("decodePackDirectory() gives back exactly what encodePackDirectory() wrote", () => {
  fc.assert(fc.property(anyPackDirectory, (directory) => assert.deepEqual(decodePackDirectory(encodePackDirectory(directory)), directory)));
});

test("decodePackDirectory() reads columns that are not aligned", () => {
  const bytes = encodePackDirectory(sample);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual(decodePackDirectory(shifted.subarray(1)), sample);
});

test("decodePackDirectory() throws E_CORRUPT or gives a sound directory when the bytes are damaged", () => {
  fc.assert(
    fc.property(anyPackDirectory, anyDamage, (directory, how) => {
      const bytes = damage(encodePackDirectory(directory), how);
      const decoded = decodesOrRefuses(() => decodePackDirectory(bytes));
      if (decoded !== undefined) assert.deepEqual(encodePackDirectory(decoded), bytes);
    }),
    { numRuns: 2000 },
  );
});

test("encodePackDirectory() refuses a directory that contradicts itself", () => {
  const wrong: Partial<PackDirectory>[] = [
    { rawLength: FRAME_BYTES + 11 },
    { chunkLengths: Uint32Array.of(FRAME_BYTES, 11) },
    { chunkIds: new Uint8Array(63) },
    { chunkTypes: Uint8Array.of(1, 4) },
    { chunkTypes: Uint8Array.of(1, 0) },
    { frameFlags: Uint8Array.of(1, 1) },
    { frameFlags: Uint8Array.of(2, 0) },
    { frameSealedLengths: Uint32Array.of(TAG_BYTES, 10 + TAG_BYTES) },
    { frameSealedLengths: Uint32Array.of(FRAME_BYTES + TAG_BYTES, 10 + TAG_BYTES) },
  ];
  for (const change of wrong) assert.throws(() => encodePackDirectory({ ...sample, ...change }), /invariant broken/);
});

test("decodePackDirectory() allocates nothing for counts that its bytes cannot hold", () => {
  const bytes = encodePackDirectory(sample);
  for (const at of [0, 4]) {
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint32(at, 0xffff_ffff, true);
    refuses(() => decodePackDirectory(copy), /more items|too early/);
  }
});

test("sealedFrameBytes() is the sum of the frames' lengths", () => {
  assert.equal(sealedFrameBytes(sample), 526);
});
