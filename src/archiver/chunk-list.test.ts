import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CHUNK_ID_BYTES } from "../format/entry.ts";
import { ChunkList } from "./chunk-list.ts";

const id = (number: number): Uint8Array => new Uint8Array(CHUNK_ID_BYTES).fill(number & 0xff);

test("ChunkList gives back what was pushed and not truncated, and is empty afterwards", () => {
  const step = fc.oneof(fc.record({ push: fc.nat(0xffff_ffff) }), fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const list = new ChunkList();
      const expected: number[] = [];
      for (const one of steps) {
        if ("push" in one) {
          list.push(id(one.push), one.push);
          expected.push(one.push);
        } else {
          const count = Math.floor(one.keep * expected.length);
          list.truncate(count);
          expected.length = count;
        }
        assert.equal(list.count, expected.length);
      }
      const { ids, lengths } = list.take();
      assert.deepEqual([...lengths], expected);
      assert.deepEqual(
        [...ids],
        expected.flatMap((length) => [...id(length)]),
      );
      assert.equal(list.count, 0);
    }),
  );
});

test("ChunkList grows past its first size and keeps everything", () => {
  const list = new ChunkList();
  for (let at = 0; at < 5000; at += 1) list.push(id(at), at);
  const { ids, lengths } = list.take();
  assert.ok(lengths.every((length, at) => length === at && ids[at * CHUNK_ID_BYTES] === (at & 0xff)));
  assert.equal(ids.length, 5000 * CHUNK_ID_BYTES);
});

test("ChunkList.take() gives arrays of their own: what is pushed later changes nothing in them", () => {
  const list = new ChunkList();
  list.push(id(1), 1);
  const { ids, lengths } = list.take();
  list.push(id(2), 2);
  assert.deepEqual([ids[0], lengths[0], ids.byteOffset, ids.buffer.byteLength], [1, 1, 0, CHUNK_ID_BYTES]);
});
