import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_TYPE, type ChunkRef } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { packKey } from "../format/object-keys.ts";
import { FRAME_BYTES, HEADER_BYTES } from "../format/sealed-object.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { RecordingStore } from "../../test/support/recording-store.ts";
import { memoryRepository, openIn, storePack } from "../../test/support/memory-repository.ts";
import { FrameReader } from "./frame-reader.ts";

const LENGTH = 2 * FRAME_BYTES + 5;
const PLAIN = seededRandom(1).bytes(LENGTH);
const START = { pack: 0, offset: 0 };

interface OnePack {
  readonly reader: FrameReader;
  readonly store: RecordingStore;
  readonly objects: Map<string, Uint8Array>;
  readonly pack: IndexedPack;
  readonly ref: ChunkRef;
  readonly body: Uint8Array;
}

/** A repository whose only pack holds one chunk of three frames, seen through a recording store. */
async function onePack(): Promise<OnePack> {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, PLAIN);
  const store = new RecordingStore(new MemoryStore(objects));
  const { context, hasher } = await openIn(store);
  const body = objects.get(packKey(toHex(pack.id)));
  assert.ok(body !== undefined);
  store.calls.length = 0;
  return { reader: new FrameReader(context, hasher), store, objects, pack, ref, body };
}

test("FrameReader.chunk() reads the header and each frame once, and again from its cache", async () => {
  const { reader, store, pack, ref } = await onePack();
  for (let round = 0; round < 3; round += 1) assert.ok(equalBytes(await reader.chunk(CHUNK_TYPE.data, ref, { pack, place: START }), PLAIN));
  assert.equal(store.calls.filter(({ operation, done }) => operation === "read" && done).length, 1 + 3);
  assert.ok(reader.bytesFetched >= LENGTH);
});

test("FrameReader.chunk() refuses content that is not the chunk, be it of another type or at another place", async () => {
  const { reader, pack, ref } = await onePack();
  const corrupt = (error: unknown): boolean => isAppError(error, "E_CORRUPT") && error.data["pack"] === toHex(pack.id);
  await assert.rejects(reader.chunk(CHUNK_TYPE.tree, ref, { pack, place: START }), corrupt);
  await assert.rejects(reader.chunk(CHUNK_TYPE.data, { ...ref, length: 10 }, { pack, place: START }), corrupt);
  await assert.rejects(reader.chunk(CHUNK_TYPE.data, { ...ref, length: 10 }, { pack, place: { pack: 0, offset: LENGTH - 3 } }), corrupt);
});

test("FrameReader.chunk() refuses a frame with a turned bit, and reads again once the object is sound", async () => {
  const { reader, objects, pack, ref, body } = await onePack();
  const key = packKey(toHex(pack.id));
  const damaged = body.slice();
  damaged[HEADER_BYTES + FRAME_BYTES] = (damaged[HEADER_BYTES + FRAME_BYTES] ?? 0) ^ 1;
  objects.set(key, damaged);
  await assert.rejects(reader.chunk(CHUNK_TYPE.data, ref, { pack, place: START }), (error) => isAppError(error, "E_CORRUPT"));
  objects.set(key, body);
  assert.ok(equalBytes(await reader.chunk(CHUNK_TYPE.data, ref, { pack, place: START }), PLAIN));
});

test("FrameReader.chunk() names the object when the pack is gone", async () => {
  const { reader, objects, pack, ref } = await onePack();
  objects.delete(packKey(toHex(pack.id)));
  await assert.rejects(
    reader.chunk(CHUNK_TYPE.data, ref, { pack, place: START }),
    (error) => isAppError(error, "E_OBJECT_NOT_FOUND") && error.data["key"] === packKey(toHex(pack.id)),
  );
});
