import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { patternBytes } from "../../test/support/object-store-suite.ts";
import { md5Of } from "../shared/md5.ts";
import { HashMemory } from "./hash-memory.ts";
import { MD5_LANES, Md5Lanes, newMd5State } from "./md5-lanes.ts";

const BUFFER_BYTES = 64 * 1024;

/** Hashes contents side by side, each in pieces of some blocks. */
function hashed(contents: readonly Uint8Array[], pieceBlocks: readonly number[]): string[] {
  const memory = new HashMemory(BUFFER_BYTES, MD5_LANES);
  const lanes = new Md5Lanes(memory.memory);
  const work = contents.map((content, index) => ({
    left: content,
    pieceBytes: 64 * (pieceBlocks[index] ?? 1),
    state: newMd5State(),
    buffer: memory.newBuffer(),
  }));
  for (let busy = work; busy.length > 0; busy = busy.filter(({ left }) => left.length > 0)) {
    const pieces = busy.map((one) => {
      const piece = one.left.subarray(0, one.pieceBytes);
      one.left = one.left.subarray(piece.length);
      one.buffer.set(piece);
      return { state: one.state, ...memory.stretchOf(one.buffer.subarray(0, piece.length)) };
    });
    lanes.update(pieces);
  }
  return work.map(({ state }) => Buffer.from(lanes.digest(state)).toString("hex"));
}

test("Md5Lanes gives the test values of RFC 1321", () => {
  const texts = ["", "a", "abc", "message digest"];
  const contents = texts.map((text) => Buffer.from(text));
  assert.deepEqual(hashed(contents, []), [
    "d41d8cd98f00b204e9800998ecf8427e",
    "0cc175b9c0f1b6a831c399e269772661",
    "900150983cd24fb0d6963f7d28e17f72",
    "f96b697d7cb7938d525a2f31aaf161d0",
  ]);
  assert.deepEqual(hashed([Buffer.from("1234567890".repeat(8))], []), ["57edf4a22be3c955ac49da2e2107b67a"]);
});

test("Md5Lanes agrees with the library for any lengths, pieces and number of contents", () => {
  const content = fc.record({ length: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 3 * BUFFER_BYTES })), seed: fc.nat() });
  const blocks = fc.integer({ min: 1, max: BUFFER_BYTES / 64 });
  fc.assert(
    fc.property(fc.array(fc.tuple(content, blocks), { minLength: 1, maxLength: MD5_LANES }), (cases) => {
      const contents = cases.map(([{ length, seed }]) => patternBytes(length, seed % 1000));
      const expected = contents.map((bytes) => Buffer.from(md5Of(bytes)).toString("hex"));
      assert.deepEqual(
        hashed(
          contents,
          cases.map(([, pieceBlocks]) => pieceBlocks),
        ),
        expected,
      );
    }),
    { numRuns: 60 },
  );
});

test("Md5Lanes takes nothing after a piece that ended within a block", () => {
  const memory = new HashMemory(BUFFER_BYTES, 1);
  const lanes = new Md5Lanes(memory.memory);
  const piece = { state: newMd5State(), ...memory.stretchOf(memory.newBuffer().subarray(0, 65)) };
  lanes.update([piece]);
  assert.throws(() => lanes.update([piece]), /only the last piece/);
});
