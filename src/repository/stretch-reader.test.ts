import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHUNK_TYPE } from "../format/entry.ts";
import { packKey } from "../format/object-keys.ts";
import { FRAME_BYTES } from "../format/sealed-object.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { finishPack, memoryRepository, packWriter } from "../../test/support/memory-repository.ts";
import { RecordingStore } from "../../test/support/recording-store.ts";
import { neededFrames, type PackFrames, ReadBuffers, StretchReader } from "./stretch-reader.ts";

const FRAMES = 14;
const RAW_LENGTH = (FRAMES - 1) * FRAME_BYTES + 100;
const RAW = seededRandom(5).bytes(RAW_LENGTH);

const { repository, objects } = await memoryRepository();

/** One pack with `RAW` as its stream; every other frame compresses. */
async function longPack(): Promise<{ readonly pack: PackFrames; readonly key: string }> {
  for (let at = 0; at + FRAME_BYTES < RAW_LENGTH; at += 2 * FRAME_BYTES) RAW.fill(7, at, at + FRAME_BYTES / 2);
  const writer = await packWriter(repository.context, { packBytes: 64 << 20, level: 1 });
  for (let at = 0; at < RAW_LENGTH; at += 3_000_000) {
    const plain = RAW.subarray(at, at + 3_000_000);
    writer.add(repository.hasher.id(CHUNK_TYPE.data, plain), CHUNK_TYPE.data, plain);
  }
  const { indexed, bytes } = finishPack(writer);
  const key = packKey(toHex(indexed.id));
  await repository.store.create(key, [bytes]);
  return { pack: { ...indexed, ...indexed.directory }, key };
}

const { pack, key } = await longPack();

function reader(store: Pick<ObjectStore, "read">, needed: Uint8Array): StretchReader {
  const { keys, repositoryId } = repository.context;
  return new StretchReader({ store, keys, repositoryId }, pack, { needed, buffers: new ReadBuffers() });
}

const anyStretches: fc.Arbitrary<readonly { offset: number; length: number }[]> = fc
  .array(
    fc.record({
      offset: fc.nat(RAW_LENGTH - 1),
      length: fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 1, max: 3 * FRAME_BYTES })),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((stretches) =>
    stretches.map(({ offset, length }) => ({ offset, length: Math.min(length, RAW_LENGTH - offset) })).sort((a, b) => a.offset - b.offset),
  );

test("StretchReader.raw() gives any ascending stretches, each frame fetched at most once", async () => {
  const property = fc.asyncProperty(anyStretches, async (stretches) => {
    const store = new RecordingStore(new MemoryStore(objects));
    const needed = neededFrames(
      pack,
      stretches.map(({ offset }) => offset),
      stretches.map(({ length }) => length),
    );
    const stretch = reader(store, needed);
    let end = 0;
    for (const { offset, length } of stretches) {
      // A reader goes forward: what lies before the frame of the last call cannot be asked for again.
      const from = Math.max(offset, Math.floor(Math.max(0, end - 1) / FRAME_BYTES) * FRAME_BYTES);
      const until = Math.max(offset + length, from);
      if (until > from) assert.ok(equalBytes(await stretch.raw(from, until - from), RAW.subarray(from, until)));
      end = Math.max(end, until);
    }
    assert.ok(stretch.bytesFetched <= pack.objectLength);
  });
  await fc.assert(property, { numRuns: 40 });
});

test("StretchReader fetches nothing of far frames that nobody needs", async () => {
  const store = new RecordingStore(new MemoryStore(objects));
  const needed = neededFrames(pack, [0, RAW_LENGTH - 10], [10, 10]);
  const stretch = reader(store, needed);
  assert.ok(equalBytes(await stretch.raw(0, 10), RAW.subarray(0, 10)));
  assert.ok(equalBytes(await stretch.raw(RAW_LENGTH - 10, 10), RAW.subarray(RAW_LENGTH - 10)));
  assert.ok(stretch.bytesFetched < 2 * FRAME_BYTES);
});

test("StretchReader reads on after a damaged frame and asks the store once for a stretch that fails", async () => {
  const body = objects.get(key);
  assert.ok(body !== undefined);
  const damaged = body.slice();
  const second = pack.frameSealedLengths[0] ?? 0;
  damaged[second + 200] = (damaged[second + 200] ?? 0) ^ 4;
  const whole = new Uint8Array(pack.frameSealedLengths.length).fill(1);
  const stretch = reader(new MemoryStore(new Map([[key, damaged]])), whole);
  await assert.rejects(
    async () => await stretch.raw(FRAME_BYTES, 10),
    (error) => isAppError(error, "E_CORRUPT"),
  );
  assert.ok(equalBytes(await stretch.raw(2 * FRAME_BYTES, 10), RAW.subarray(2 * FRAME_BYTES, 2 * FRAME_BYTES + 10)));

  const store = new RecordingStore(new MemoryStore());
  const gone = reader(store, neededFrames(pack, [0], [10]));
  for (let round = 0; round < 3; round += 1)
    await assert.rejects(
      async () => await gone.raw(0, 10),
      (error) => isAppError(error, "E_OBJECT_NOT_FOUND"),
    );
  assert.equal(store.calls.length, 1);
});

test("neededFrames() marks the frames that chunks touch, and no others", () => {
  const marks = neededFrames(pack, [0, 3 * FRAME_BYTES - 1, 5 * FRAME_BYTES], [1, 2, FRAME_BYTES]);
  assert.deepEqual(
    [...marks.entries()].filter(([, mark]) => mark === 1).map(([number]) => number),
    [0, 2, 3, 5],
  );
});
