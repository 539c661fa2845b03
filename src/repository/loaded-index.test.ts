import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_TYPE } from "../format/entry.ts";
import { packKey } from "../format/object-keys.ts";
import { HEADER_BYTES } from "../format/sealed-object.ts";
import { toHex } from "../shared/bytes.ts";
import { ManualClock } from "../shared/clock.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import {
  finishPack,
  initMemory,
  memoryRepository,
  openIn,
  packWriter,
  publishCollection,
  storePack,
} from "../../test/support/memory-repository.ts";
import { writeIndexSegment } from "./index-segments.ts";
import { loadIndex, loadIndexForWriting, loadIndexOfPresent } from "./loaded-index.ts";
import type { OpenRepository } from "./repository.ts";

interface Stored {
  readonly repository: OpenRepository;
  readonly objects: Map<string, Uint8Array>;
  readonly key: string;
  readonly packId: string;
  readonly chunkId: Uint8Array;
  readonly body: Uint8Array;
}

/** A repository with one pack of one chunk, named by a segment or by nobody. */
async function onePack(indexed: boolean): Promise<Stored> {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, seededRandom(3).bytes(5000));
  if (indexed) await writeIndexSegment(repository.context, [pack]);
  const packId = toHex(pack.id);
  const body = objects.get(packKey(packId));
  assert.ok(body !== undefined);
  return { repository, objects, key: packKey(packId), packId, chunkId: ref.id, body };
}

test("loadIndexForWriting() uses an indexed pack that is there", async () => {
  const { repository, chunkId } = await onePack(true);
  const { index, packs, adopted } = await loadIndexForWriting(repository.context);
  const place = index.find(chunkId);
  assert.equal(place?.offset, 0);
  assert.ok(packs.get(place.pack) !== undefined);
  assert.deepEqual(adopted, []);
  assert.ok(index.free >= 100_000);
});

test("loadIndexForWriting() does not use an indexed pack that is missing, shorter or longer; readers still see it", async () => {
  const { repository, objects, key, chunkId, body } = await onePack(true);
  for (const broken of [undefined, body.subarray(0, body.length - 1), new Uint8Array([...body, 0])]) {
    if (broken === undefined) objects.delete(key);
    else objects.set(key, broken);
    const { index, packs, adopted } = await loadIndexForWriting(repository.context);
    assert.equal(index.find(chunkId), undefined);
    assert.equal(packs.size, 0);
    assert.deepEqual(adopted, []);
    assert.ok((await loadIndex(repository.context)).index.find(chunkId) !== undefined);
    assert.equal((await loadIndexOfPresent(repository.context)).index.find(chunkId), undefined);
  }
});

test("loadIndexForWriting() adopts a whole pack that no segment names", async () => {
  const { repository, packId, chunkId } = await onePack(false);
  const { index, packs, adopted } = await loadIndexForWriting(repository.context);
  assert.deepEqual(
    adopted.map(({ id }) => toHex(id)),
    [packId],
  );
  const place = index.find(chunkId);
  assert.ok(place !== undefined && packs.has(packId));
  assert.equal((await loadIndex(repository.context)).index.count, 0);
});

test("loadIndexForWriting() adopts a pack whose directory is longer than one read of its tail", async () => {
  const { repository } = await memoryRepository();
  const writer = await packWriter(repository.context);
  for (let at = 0; at < 3000; at += 1) {
    const plain = new Uint8Array(Uint32Array.of(at).buffer);
    writer.add(repository.hasher.id(CHUNK_TYPE.data, plain), CHUNK_TYPE.data, plain);
  }
  const pack = finishPack(writer);
  await repository.store.create(packKey(toHex(pack.indexed.id)), [pack.bytes]);
  const { index, adopted } = await loadIndexForWriting(repository.context);
  assert.equal(index.count, 3000);
  assert.deepEqual(adopted[0]?.directory.chunkLengths, pack.indexed.directory.chunkLengths);
});

test("loadIndexForWriting() leaves a truncated, a damaged and a foreign pack alone", async () => {
  const { repository, objects, key, body } = await onePack(false);
  const flipped = (at: number): Uint8Array => body.with(at, (body[at] ?? 0) ^ 1);
  const other = await onePack(false);
  const broken = {
    empty: new Uint8Array(0),
    "a header": body.subarray(0, HEADER_BYTES),
    "cut off": body.subarray(0, body.length - 100),
    "turned in the header": flipped(HEADER_BYTES - 1),
    "of another kind": flipped(6),
    "turned in the directory": flipped(body.length - 30),
    "turned in the trailer": flipped(body.length - 1),
    "of another repository": other.body,
  };
  for (const [what, bytes] of Object.entries(broken)) {
    objects.set(key, bytes);
    const { index, adopted } = await loadIndexForWriting(repository.context);
    assert.deepEqual({ what, chunks: index.count, adopted: adopted.length }, { what, chunks: 0, adopted: 0 });
  }
});

test("loadIndexForWriting() fails when a pack cannot be looked at: it may be sound", async () => {
  const { objects } = await onePack(false);
  const plan = scriptedFaults([{ operation: "read", prefix: "packs/", fault: { kind: "fail-before" } }]);
  const { context } = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
  await assert.rejects(loadIndexForWriting(context), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
});

test("loadIndexForWriting() uses no condemned pack, indexed or not, of whatever epoch", async () => {
  for (const indexed of [true, false]) {
    const { repository, packId, chunkId } = await onePack(indexed);
    await publishCollection(repository.context, { epoch: 1, step: "condemned" }, [packId]);
    await publishCollection(repository.context, { epoch: 1, step: "final" });
    await publishCollection(repository.context, { epoch: 2, step: "condemned" });
    const { index, adopted } = await loadIndexForWriting(repository.context);
    assert.equal(index.find(chunkId), undefined);
    assert.deepEqual(adopted, []);
  }
});

test("loadIndexForWriting() throws when a listing breaks: a part of the packs would be taken for all", async () => {
  const { objects } = await onePack(true);
  for (const prefix of ["packs/", "index/", "gc/"]) {
    const plan = scriptedFaults([{ operation: "list", prefix, fault: { kind: "break-list", afterObjects: 0, retryable: false } }]);
    const { context } = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
    await assert.rejects(loadIndexForWriting(context), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
  }
});

test("loadIndex() counts a pack once that several segments name", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const repository = await openIn(new MemoryStore(objects));
  const { pack } = await storePack(repository, CHUNK_TYPE.data, Uint8Array.of(1));
  await writeIndexSegment(repository.context, [pack]);
  await writeIndexSegment(repository.context, [pack]);
  const { index, packs } = await loadIndex(repository.context);
  assert.deepEqual([index.count, packs.size], [1, 1]);
});
