import assert from "node:assert/strict";
import { test } from "node:test";
import { blake3 } from "@napi-rs/blake-hash";
import { CHUNK_TYPE } from "../format/entry.ts";
import { toHex } from "../shared/bytes.ts";
import { seededRandom } from "../shared/random.ts";
import { createBlake3 } from "./blake3.ts";
import { ChunkHasher, ObjectHasher } from "./chunk-id.ts";

const idKey = new Uint8Array(32).fill(3);
const LENGTHS = [0, 1, 1023, 16_384, 16_385, 300_000];

test("ChunkHasher.id() is keyed BLAKE3 over type byte and content, for every length and with both engines", async () => {
  const reference = await createBlake3(idKey);
  const native = await ChunkHasher.create(idKey, "native");
  const wasm = await ChunkHasher.create(idKey, "wasm");
  for (const length of LENGTHS) {
    const plain = seededRandom(length).bytes(length);
    reference.reset();
    reference.update(Buffer.concat([Uint8Array.of(CHUNK_TYPE.tree), plain]));
    const expected = reference.digest();
    assert.deepEqual(native.id(CHUNK_TYPE.tree, plain), expected);
    assert.deepEqual(wasm.id(CHUNK_TYPE.tree, plain), expected);
  }
});

test("ChunkHasher.id() differs by type, content and key", async () => {
  const hasher = await ChunkHasher.create(idKey);
  const other = await ChunkHasher.create(new Uint8Array(32).fill(4));
  const ids = [
    hasher.id(CHUNK_TYPE.data, Uint8Array.of(1)),
    hasher.id(CHUNK_TYPE.tree, Uint8Array.of(1)),
    hasher.id(CHUNK_TYPE.data, Uint8Array.of(1, 1)),
    other.id(CHUNK_TYPE.data, Uint8Array.of(1)),
  ];
  assert.equal(new Set(ids.map(toHex)).size, ids.length);
});

test("ChunkHasher.id() gives ids that the next call leaves alone", async () => {
  const hasher = await ChunkHasher.create(idKey);
  const first = hasher.id(CHUNK_TYPE.data, Uint8Array.of(1));
  const before = toHex(first);
  hasher.id(CHUNK_TYPE.data, Uint8Array.of(2));
  assert.equal(toHex(first), before);
});

test("ObjectHasher.digest() is what b3sum prints, and starts the next object", async () => {
  for (const engine of ["native", "wasm"] as const) {
    const hasher = await ObjectHasher.create(engine);
    for (const length of LENGTHS) {
      const bytes = seededRandom(length).bytes(length);
      hasher.update(bytes.subarray(0, length >> 1));
      hasher.update(bytes.subarray(length >> 1));
      assert.equal(toHex(hasher.digest()), blake3(Buffer.from(bytes)).toString("hex"));
    }
  }
});
