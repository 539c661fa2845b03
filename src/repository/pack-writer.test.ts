import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHUNK_TYPE, type ChunkType } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { packKey } from "../format/object-keys.ts";
import { FRAME_BYTES, OBJECT_KIND } from "../format/sealed-object.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { seededRandom } from "../shared/random.ts";
import { finishPack, memoryRepository, openIn, packWriter } from "../../test/support/memory-repository.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { ChunkIndex } from "./chunk-index.ts";
import { FrameReader } from "./frame-reader.ts";
import type { FinishedPack } from "./pack-writer.ts";
import { neededFrames, ReadBuffers, StretchReader } from "./stretch-reader.ts";

/** Content of one chunk: `salt` makes it its own, `text` makes it compress. */
interface ChunkPlan {
  readonly type: ChunkType;
  readonly length: number;
  readonly text: boolean;
  readonly salt: number;
}

const anyChunkPlan: fc.Arbitrary<ChunkPlan> = fc.record({
  type: fc.constantFrom(...Object.values(CHUNK_TYPE)),
  length: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 5000 }) },
    { weight: 3, arbitrary: fc.integer({ min: 5000, max: FRAME_BYTES }) },
    { weight: 1, arbitrary: fc.constantFrom(FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 2 * FRAME_BYTES) },
    { weight: 1, arbitrary: fc.integer({ min: FRAME_BYTES, max: 3 * FRAME_BYTES }) },
  ),
  text: fc.boolean(),
  salt: fc.nat(3),
});

function contentOf({ length, text, salt }: ChunkPlan): Uint8Array {
  return text ? new Uint8Array(length).fill(32 + salt) : seededRandom(salt).bytes(length);
}

test("PackWriter lays chunks so that both readers give each one back, whatever their lengths", async () => {
  const { repository } = await memoryRepository();
  const { context, hasher } = repository;
  const property = fc.asyncProperty(
    fc.array(anyChunkPlan, { minLength: 1, maxLength: 12 }),
    fc.constantFrom(0, 2),
    async (plans, level) => {
      const store = new MemoryStore();
      const index = ChunkIndex.withRoomFor(100);
      const writer = await packWriter(context, { index, level, packBytes: 2 * FRAME_BYTES });
      const packs = new Map<number, IndexedPack>();
      const take = async (pack: FinishedPack | undefined): Promise<void> => {
        if (pack === undefined) return;
        await store.create(packKey(toHex(pack.indexed.id)), [pack.bytes]);
        assert.equal(pack.bytes.length, pack.indexed.objectLength);
        packs.set(pack.number, pack.indexed);
        pack.release();
      };
      const chunks = plans.map((plan) => ({ type: plan.type, plain: contentOf(plan), id: hasher.id(plan.type, contentOf(plan)) }));
      const seen = new Set<string>();
      for (const { id, type, plain } of chunks) {
        assert.equal(writer.add(id, type, plain), !seen.has(toHex(id)), "exactly the first of equal chunks is new");
        seen.add(toHex(id));
        if (writer.full) await take(writer.finish());
      }
      await take(writer.finish());
      const frames = new FrameReader({ ...context, store }, hasher);
      for (const { id, type, plain } of chunks) {
        const place = index.find(id);
        const pack = packs.get(place?.pack ?? -1);
        assert.ok(place !== undefined && pack !== undefined);
        assert.ok(equalBytes(await frames.chunk(type, { id, length: plain.length }, { pack, place }), plain));
        const facts = { ...pack, ...pack.directory };
        const needed = neededFrames(facts, [place.offset], [plain.length]);
        const stretch = new StretchReader({ ...context, store }, facts, { needed, buffers: new ReadBuffers() });
        assert.ok(equalBytes(await stretch.raw(place.offset, plain.length), plain));
      }
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

test("PackWriter names a pack by the hash of its bytes and lists its chunks in order", async () => {
  const { repository } = await memoryRepository();
  const writer = await packWriter(repository.context);
  const plains = [Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3, 3, 3)];
  const ids = plains.map((plain) => repository.hasher.id(CHUNK_TYPE.data, plain));
  for (const [at, plain] of plains.entries()) writer.add(ids[at] as Uint8Array, CHUNK_TYPE.data, plain);
  const { indexed, bytes } = finishPack(writer);
  repository.context.objectHasher.update(bytes);
  assert.deepEqual(indexed.id, repository.context.objectHasher.digest());
  assert.deepEqual(indexed.directory.chunkIds, new Uint8Array(Buffer.concat(ids)));
  assert.deepEqual([...indexed.directory.chunkLengths], [1, 2, 3]);
  assert.equal(indexed.kind, OBJECT_KIND.dataPack);
});

test("PackWriter.finish() gives nothing when every chunk was known, and goes on with the same pack", async () => {
  const { repository } = await memoryRepository();
  const index = ChunkIndex.withRoomFor(10);
  const [first, second] = [await packWriter(repository.context, { index }), await packWriter(repository.context, { index })];
  const id = repository.hasher.id(CHUNK_TYPE.data, Uint8Array.of(1));
  assert.equal(first.add(id, CHUNK_TYPE.data, Uint8Array.of(1)), true);
  assert.equal(second.add(id, CHUNK_TYPE.data, Uint8Array.of(1)), false);
  assert.equal(second.finish(), undefined);
  const other = repository.hasher.id(CHUNK_TYPE.data, Uint8Array.of(2));
  second.add(other, CHUNK_TYPE.data, Uint8Array.of(2));
  assert.equal(finishPack(second).number, index.find(other)?.pack);
  assert.equal(second.finish(), undefined);
});

test("PackWriter gives equal content another salt and so other bytes in every pack", async () => {
  const { repository } = await memoryRepository();
  const packs: FinishedPack[] = [];
  for (let round = 0; round < 2; round += 1) {
    const writer = await packWriter(repository.context);
    writer.add(repository.hasher.id(CHUNK_TYPE.data, Uint8Array.of(1)), CHUNK_TYPE.data, Uint8Array.of(1));
    packs.push(finishPack(writer));
  }
  assert.notDeepEqual(packs[0]?.bytes, packs[1]?.bytes);
});

test("PackWriter keeps a pack whole when its owner does not look at `full` for long", async () => {
  const { repository, objects } = await memoryRepository();
  const index = ChunkIndex.withRoomFor(100);
  const writer = await packWriter(repository.context, { index, packBytes: 1000, chunkBytesMax: 1000 });
  const plains = Array.from({ length: 12 }, (_, at) => seededRandom(at).bytes(2 * FRAME_BYTES));
  const ids = plains.map((plain) => repository.hasher.id(CHUNK_TYPE.tree, plain));
  for (const [at, plain] of plains.entries()) writer.add(ids[at] as Uint8Array, CHUNK_TYPE.tree, plain);
  assert.equal(writer.full, true);
  const { bytes, indexed } = finishPack(writer);
  await repository.store.create(packKey(toHex(indexed.id)), [bytes]);
  const reader = await openIn(new MemoryStore(objects));
  const frames = new FrameReader(reader.context, reader.hasher);
  for (const [at, plain] of plains.entries()) {
    const place = index.find(ids[at] as Uint8Array);
    assert.ok(place !== undefined);
    const ref = { id: ids[at] as Uint8Array, length: plain.length };
    assert.ok(equalBytes(await frames.chunk(CHUNK_TYPE.tree, ref, { pack: indexed, place }), plain));
  }
});

test("PackWriter.add() refuses a chunk without bytes, which no reader could place", async () => {
  const { repository } = await memoryRepository();
  const writer = await packWriter(repository.context);
  assert.throws(() => writer.add(new Uint8Array(32), CHUNK_TYPE.data, new Uint8Array(0)), /a chunk has bytes/);
});
