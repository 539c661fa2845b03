import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRepository, packWriter } from "../../test/support/memory-repository.ts";
import { ChunkHasher, ObjectHasher } from "../crypto/chunk-id.ts";
import { CHUNK_TYPE } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { HEADER_BYTES } from "../format/sealed-object.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { frameOffsets, ReadBuffers } from "../repository/stretch-reader.ts";
import { must } from "../shared/assert.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { CheckTaskResult } from "./check-protocol.ts";
import { verifyPack } from "./verify-pack.ts";

const MIB = 1 << 20;
const noise = (bytes: number, seed: number): Uint8Array => seededRandom(seed).bytes(bytes);

interface Made {
  readonly repository: OpenRepository;
  readonly pack: IndexedPack;
  readonly bytes: Uint8Array;
}

/** A pack of chunks of these lengths; the first id is of something else when `forged`. */
async function packOf(lengths: readonly number[], { level = 0, forged = false } = {}): Promise<Made> {
  const { repository } = await memoryRepository();
  const writer = await packWriter(repository.context, { level, packBytes: 64 * MIB });
  for (const [at, length] of lengths.entries()) {
    const plain = noise(length, at);
    writer.add(repository.hasher.id(CHUNK_TYPE.data, forged && at === 0 ? noise(9, 99) : plain), CHUNK_TYPE.data, plain);
  }
  const { bytes, indexed } = must(writer.finish(), "chunks were added");
  return { repository, pack: indexed, bytes: bytes.slice() };
}

/** Verifies the pack as the store has it. */
async function verified(
  { repository, pack, bytes }: Made,
  read?: ObjectStore["read"],
): Promise<CheckTaskResult & { readonly reads: number }> {
  let reads = 0;
  const store: Pick<ObjectStore, "read"> = {
    read: async (key, range) => {
      reads += 1;
      if (read !== undefined) return await read(key, range);
      const { offset, length } = range ?? { offset: 0, length: bytes.length };
      if (offset + length > bytes.length) throw new AppError({ code: "E_CORRUPT", what: "the object is too short" });
      return bytes.slice(offset, offset + length);
    },
  };
  const { keys, repositoryId } = repository.context;
  const hashers = { chunkHasher: await ChunkHasher.create(keys.idKey), objectHasher: await ObjectHasher.create() };
  const result = await verifyPack(pack, { store, keys, repositoryId, ...hashers, buffers: new ReadBuffers() });
  return { ...result, reads };
}

function flipped(made: Made, at: number): Made {
  const bytes = made.bytes.slice();
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ...made, bytes };
}

const LENGTHS = [500_000, 700_000, 10, 2_500_000, 300_000];

test("verifyPack() verifies every chunk of a sound pack and reads each byte once, whatever its size", async () => {
  for (const lengths of [[1], LENGTHS, Array.from({ length: 20 }, () => MIB), [17 * MIB + 1]]) {
    for (const level of [0, 1]) {
      const made = await packOf(lengths, { level });
      const { problem, badChunks, bytesRead, chunksVerified, reads } = await verified(made);
      assert.deepEqual(
        { problem, badChunks, bytesRead, chunksVerified },
        { problem: undefined, badChunks: [], bytesRead: made.bytes.length, chunksVerified: lengths.length },
      );
      assert.ok(reads <= 1 + made.bytes.length / (8 * MIB), `${reads} reads`);
    }
  }
});

test("verifyPack() loses exactly the chunks that touch a damaged frame", async () => {
  const made = await packOf(LENGTHS);
  const offsets = frameOffsets(made.pack.directory);
  // Frames of a mebibyte: chunks 0-1, 1-3, 3, 3-4.
  for (const [frame, bad] of [[0, 1], [1, 2, 3], [3], [3, 4]].entries()) {
    const { problem, badChunks, chunksVerified } = await verified(flipped(made, (offsets[frame] ?? 0) + 100));
    assert.deepEqual([problem?.problem, badChunks, chunksVerified], ["damaged", bad, LENGTHS.length - bad.length]);
  }
});

test("verifyPack() goes on behind several damaged frames", async () => {
  const made = await packOf(Array.from({ length: 30 }, () => MIB / 2));
  const offsets = frameOffsets(made.pack.directory);
  const damaged = flipped(flipped(made, (offsets[2] ?? 0) + 1), (offsets[11] ?? 0) + 1);
  assert.deepEqual((await verified(damaged)).badChunks, [4, 5, 22, 23]);
});

test("verifyPack() loses everything with the header, and nothing with the directory or the trailer", async () => {
  const made = await packOf([10, 20, 30]);
  const size = made.bytes.length;
  for (const [at, bad] of [
    [0, 3],
    [HEADER_BYTES - 1, 3],
    [size - 40, 0],
    [size - 1, 0],
  ] as const) {
    const { problem, badChunks } = await verified(flipped(made, at));
    assert.deepEqual([problem?.problem, badChunks.length], ["damaged", bad], `byte ${at}`);
  }
});

test("verifyPack() notices a chunk that is sealed well and is not what its id says", async () => {
  const { problem, badChunks, chunksVerified } = await verified(await packOf([10, 20], { forged: true }));
  assert.deepEqual([problem?.problem, badChunks, chunksVerified], ["wrong-content", [0], 1]);
});

test("verifyPack() notices that the index says something else than the pack's own directory", async () => {
  const made = await packOf([10, 20]);
  const { directory } = made.pack;
  const types = { ...made, pack: { ...made.pack, directory: { ...directory, chunkTypes: Uint8Array.of(1, 3) } } };
  assert.deepEqual((await verified(types)).badChunks, [1]);
  const shorter = {
    ...directory,
    chunkLengths: Uint32Array.of(10),
    chunkTypes: Uint8Array.of(1),
    chunkIds: directory.chunkIds.slice(0, 32),
  };
  const result = await verified({ ...made, pack: { ...made.pack, directory: shorter } });
  assert.deepEqual([result.problem?.problem, result.badChunks], ["wrong-content", []]);
});

test("verifyPack() reports a pack that is shorter than it should be, or gone since it was listed", async () => {
  const made = await packOf([10, 20]);
  const cut = await verified({ ...made, bytes: made.bytes.slice(0, -1) });
  assert.deepEqual([cut.problem?.problem, cut.badChunks], ["damaged", [0, 1]]);
  const gone = await verified(made, () => Promise.reject(new AppError({ code: "E_OBJECT_NOT_FOUND", what: "gone" })));
  assert.deepEqual([gone.problem, gone.badChunks], [{ problem: "missing", message: "gone" }, [0, 1]]);
});

test("verifyPack() keeps what it verified when a later read meets the end of the object", async () => {
  const made = await packOf(Array.from({ length: 20 }, () => MIB));
  const cut = await verified({ ...made, bytes: made.bytes.slice(0, 18 * MIB) });
  assert.deepEqual([cut.problem?.problem, cut.chunksVerified, cut.badChunks[0], cut.badChunks.length], ["damaged", 16, 16, 4]);
});

test("verifyPack() throws when the store does not answer", async () => {
  const made = await packOf([10]);
  const silent = verified(made, () => Promise.reject(new AppError({ code: "E_STORE_UNAVAILABLE", what: "no answer" })));
  await assert.rejects(silent, (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
});

test("verifyPack() leaves its hashers ready for the next pack, whatever it met", async () => {
  const [bad, good] = [await packOf([10]), await packOf([20])];
  const { keys, repositoryId } = good.repository.context;
  const shared = { objectHasher: await ObjectHasher.create(), buffers: new ReadBuffers(), repositoryId, keys };
  const read = (bytes: Uint8Array): Pick<ObjectStore, "read"> => ({
    read: async (_, range) => bytes.slice(range?.offset, (range?.offset ?? 0) + (range?.length ?? 0)),
  });
  const chunkHasher = await ChunkHasher.create(keys.idKey);
  assert.notEqual((await verifyPack(bad.pack, { ...shared, chunkHasher, store: read(flipped(bad, 0).bytes) })).problem, undefined);
  assert.equal((await verifyPack(good.pack, { ...shared, chunkHasher, store: read(good.bytes) })).problem, undefined);
});
