import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_TYPE, type ChunkRef, type DirectoryFacts, type Entry } from "../format/entry.ts";
import { decodePage, encodeDirectory } from "../format/page.ts";
import { indexKey, packKey } from "../format/object-keys.ts";
import { toHex } from "../shared/bytes.ts";
import { ManualClock } from "../shared/clock.ts";
import { type AppError, isAppError } from "../shared/errors.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { finishPack, memoryRepository, openIn, packWriter, storePack } from "../../test/support/memory-repository.ts";
import { RecordingStore } from "../../test/support/recording-store.ts";
import { flatTree, readBack, sameFlat, thinBackup, type Tree } from "../../test/support/thin-backup.ts";
import { writeIndexSegment } from "./index-segments.ts";
import { loadIndexForWriting } from "./loaded-index.ts";
import type { OpenRepository } from "./repository.ts";

const CONTENT = new TextEncoder().encode("content of one chunk");

/** How often the index was read through a recording store. */
function indexLoads(store: RecordingStore): number {
  return store.calls.filter(({ operation, key, done }) => operation === "list" && key === "index/" && !done).length;
}

function isMissing(error: unknown): boolean {
  return isAppError(error, "E_OBJECT_NOT_FOUND");
}

test("OpenRepository.chunk() loads the index once for any number of chunks", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  await writeIndexSegment(repository.context, [pack]);
  const store = new RecordingStore(new MemoryStore(objects));
  const reader = await openIn(store);
  for (const chunk of await Promise.all([1, 2, 3].map(() => reader.chunk(CHUNK_TYPE.data, ref)))) assert.deepEqual(chunk, CONTENT);
  assert.equal(indexLoads(store), 1);
});

test("OpenRepository.chunk() finds a chunk that is younger than the index it has", async () => {
  const { repository, objects } = await memoryRepository();
  const store = new RecordingStore(new MemoryStore(objects));
  const reader = await openIn(store);
  await reader.index();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  await writeIndexSegment(repository.context, [pack]);
  const chunks = await Promise.all([1, 2, 3].map(() => reader.chunk(CHUNK_TYPE.data, ref)));
  assert.deepEqual(chunks, [CONTENT, CONTENT, CONTENT]);
  assert.equal(indexLoads(store), 2, "three that miss at once share one reload");
});

test("OpenRepository.chunk() reads another pack that holds the chunk when the first is gone", async () => {
  const { repository, objects } = await memoryRepository();
  const [first, second] = [await storePack(repository, CHUNK_TYPE.data, CONTENT), await storePack(repository, CHUNK_TYPE.data, CONTENT)];
  await writeIndexSegment(repository.context, [first.pack, second.pack]);
  for (const { pack } of [first, second]) {
    const key = packKey(toHex(pack.id));
    const body = objects.get(key) ?? new Uint8Array(0);
    objects.delete(key);
    assert.deepEqual(await (await openIn(new MemoryStore(objects))).chunk(CHUNK_TYPE.data, first.ref), CONTENT);
    objects.set(key, body);
  }
});

test("OpenRepository.chunk() is loud about a missing pack after one reload, and reloads no more for the chunks that follow", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  await writeIndexSegment(repository.context, [pack]);
  const key = packKey(toHex(pack.id));
  objects.delete(key);
  const store = new RecordingStore(new MemoryStore(objects));
  const reader = await openIn(store);
  await assert.rejects(reader.chunk(CHUNK_TYPE.data, ref), (error) => isMissing(error) && isAppError(error) && error.data["key"] === key);
  for (let round = 0; round < 3; round += 1) await assert.rejects(reader.chunk(CHUNK_TYPE.data, ref), isMissing);
  assert.equal(indexLoads(store), 2);
  await reader.snapshots();
  await assert.rejects(reader.chunk(CHUNK_TYPE.data, ref), isMissing);
  assert.equal(indexLoads(store), 3, "after a new look at the snapshots the index may be older than they are");
});

test("OpenRepository.chunk() is loud about a chunk that no segment names", async () => {
  const { repository } = await memoryRepository();
  const ref: ChunkRef = { id: new Uint8Array(32), length: 3 };
  await assert.rejects(
    repository.chunk(CHUNK_TYPE.data, ref),
    (error) => isMissing(error) && isAppError(error) && error.data["chunk"] === "00".repeat(32),
  );
});

test("OpenRepository.chunk() does not take a store that fails, or damage, for a stale index", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  await writeIndexSegment(repository.context, [pack]);
  const faults = [
    [{ kind: "fail-before" }, "E_STORE_UNAVAILABLE"],
    [{ kind: "truncate", keepBytes: 3 }, "E_CORRUPT"],
    [{ kind: "flip", bit: 90 }, "E_CORRUPT"],
  ] as const;
  for (const [fault, code] of faults) {
    const store = new RecordingStore(
      new FaultStore(new MemoryStore(objects), scriptedFaults([{ operation: "read", prefix: "packs/", fault }]), new ManualClock()),
    );
    const reader = await openIn(store);
    await assert.rejects(reader.chunk(CHUNK_TYPE.data, ref), (error) => isAppError(error, code));
    assert.equal(indexLoads(store), 1);
  }
});

test("OpenRepository.index() tries again after it failed", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  await writeIndexSegment(repository.context, [pack]);
  // The slots are the first listing, the index the second.
  const plan = scriptedFaults([{ operation: "list", number: 2, fault: { kind: "fail-before" } }]);
  const reader = await openIn(new FaultStore(new MemoryStore(objects), plan, new ManualClock()));
  await assert.rejects(reader.index(), (error) => isAppError(error, "E_STORE_UNAVAILABLE"));
  assert.deepEqual(await reader.chunk(CHUNK_TYPE.data, ref), CONTENT);
});

test("OpenRepository reads around an index segment that was damaged: it asks the packs themselves, and says so", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack, ref } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  const key = indexKey(await writeIndexSegment(repository.context, [pack]));
  objects.set(key, (objects.get(key) ?? new Uint8Array(0)).slice(0, -1));
  const reader = await openIn(new MemoryStore(objects));
  assert.deepEqual(await reader.chunk(CHUNK_TYPE.data, ref), CONTENT);
  assert.deepEqual([...reader.damage.keys()], [key]);
  assert.ok(isAppError(reader.damage.get(key), "E_CORRUPT"));
});

test("loadIndexForWriting() adopts the packs of a damaged segment, so that the next segment names them again", async () => {
  const { repository, objects } = await memoryRepository();
  const { pack } = await storePack(repository, CHUNK_TYPE.data, CONTENT);
  const key = indexKey(await writeIndexSegment(repository.context, [pack]));
  objects.set(key, (objects.get(key) ?? new Uint8Array(0)).slice(0, -1));
  const { adopted } = await loadIndexForWriting((await openIn(new MemoryStore(objects))).context);
  assert.deepEqual(
    adopted.map(({ id }) => toHex(id)),
    [toHex(pack.id)],
  );
});

/** Stores pages as they are given, and names them. */
async function storePages(repository: OpenRepository, make: (store: (page: Uint8Array) => ChunkRef) => ChunkRef): Promise<DirectoryFacts> {
  const writer = await packWriter(repository.context);
  const page = make((bytes) => {
    const id = repository.hasher.id(CHUNK_TYPE.tree, bytes);
    writer.add(id, CHUNK_TYPE.tree, bytes);
    return { id, length: bytes.length };
  });
  const pack = finishPack(writer);
  await repository.store.create(packKey(toHex(pack.indexed.id)), [pack.bytes]);
  await writeIndexSegment(repository.context, [pack.indexed]);
  return { page, entryCount: 0, totalFiles: 0, totalDirectories: 0, totalBytes: 0 };
}

async function namesIn(repository: OpenRepository, directory: DirectoryFacts): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const batch of repository.entries(directory)) for (const { name } of batch) names.push(name);
  return names;
}

const MANY: readonly Entry[] = Array.from({ length: 3000 }, (_, at) => fileEntry(`f${String(at).padStart(5, "0")}`));

test("OpenRepository.entries() gives the entries of empty, small and many-paged directories in order", async () => {
  const { repository } = await memoryRepository();
  for (const entries of [[], MANY.slice(0, 3), MANY]) {
    const directory = await storePages(repository, (store) => encodeDirectory(entries, store));
    const names = await namesIn(await openIn(repository.store), directory);
    assert.deepEqual(
      names,
      entries.map(({ name }) => name),
    );
  }
});

test("OpenRepository.entries() refuses a page that comes twice, and names that do not ascend from page to page", async () => {
  const { repository } = await memoryRepository();
  const twice = await storePages(repository, (store) => {
    const leaf = encodeDirectory(MANY.slice(0, 3), store);
    return encodeDirectory(MANY, (page) => (decodePage(page).kind === "leaf" ? leaf : store(page)));
  });
  const backwards = await storePages(repository, (store) => {
    const leaves: ChunkRef[] = [];
    encodeDirectory(MANY, (page) => {
      const ref = store(page);
      if (decodePage(page).kind === "leaf") leaves.push(ref);
      return ref;
    });
    // The last leaf stands where the first should be, and so on.
    return encodeDirectory(MANY, (page) => (decodePage(page).kind === "leaf" ? (leaves.pop() ?? assert.fail()) : store(page)));
  });
  for (const directory of [twice, backwards]) {
    await assert.rejects(
      namesIn(await openIn(repository.store), directory),
      (error) => isAppError(error, "E_CORRUPT") && /does not belong/.test(error.what),
    );
  }
});

test("OpenRepository.entries() tells of pages that cannot be read and gives those that can, when somebody listens", async () => {
  const { repository } = await memoryRepository();
  const lost: ChunkRef = { id: new Uint8Array(32).fill(7), length: 10 };
  let leaves = 0;
  const directory = await storePages(repository, (store) => encodeDirectory(MANY, (page) => ((leaves += 1) === 2 ? lost : store(page))));
  const told: AppError[] = [];
  let entries = 0;
  for await (const batch of (await openIn(repository.store)).entries(directory, (error) => told.push(error))) entries += batch.length;
  assert.ok(entries > 0 && entries < MANY.length);
  assert.deepEqual(
    told.map(({ code }) => code),
    ["E_OBJECT_NOT_FOUND"],
  );
});

test("OpenRepository.entries() refuses pages of the wrong level and empty leaves below others", async () => {
  const { repository } = await memoryRepository();
  // Every leaf of a large directory is replaced by another page: the inner page then points to what it should not.
  const replaced = (replacement: (store: (page: Uint8Array) => ChunkRef) => ChunkRef): Promise<DirectoryFacts> =>
    storePages(repository, (store) => {
      const other = replacement(store);
      let leaves = 0;
      encodeDirectory(MANY, () => ((leaves += 1), other));
      let seen = 0;
      return encodeDirectory(MANY, (page) => ((seen += 1) < leaves ? other : store(page)));
    });
  const empty = await replaced((store) => encodeDirectory([], store));
  const inner = await replaced((store) => encodeDirectory(MANY, store));
  for (const directory of [empty, inner]) {
    await assert.rejects(
      namesIn(await openIn(repository.store), directory),
      (error) => isAppError(error, "E_CORRUPT") && /does not belong/.test(error.what),
    );
  }
});

test("OpenRepository gives back what was backed up, and stats() counts what is stored", async () => {
  const { repository, objects } = await memoryRepository();
  const tree: Tree = new Map<string, Uint8Array | Tree>([
    ["big", new Uint8Array(20_000).map((_, at) => at % 251)],
    ["empty", new Uint8Array(0)],
    [
      "below",
      new Map([
        ["nothing", new Map()],
        ["same", new Uint8Array(20_000).map((_, at) => at % 251)],
      ] as readonly (readonly [string, Uint8Array | Tree])[]),
    ],
  ]);
  await thinBackup(repository, tree, { tags: ["a"] });
  const reader = await openIn(new MemoryStore(objects));
  const snapshot = await reader.findSnapshot("latest", { tag: "a" });
  assert.ok(sameFlat(await readBack(reader, snapshot), flatTree(tree)));
  const stats = await reader.stats();
  const packs = [...objects].filter(([key]) => key.startsWith("packs/"));
  assert.deepEqual([stats.snapshots, stats.packs], [1, packs.length]);
  assert.equal(
    stats.packBytes,
    packs.reduce((sum, [, bytes]) => sum + bytes.length, 0),
  );
  assert.ok(stats.plainBytes >= 20_000 && stats.plainBytes < 40_000 && stats.chunks > 20);
});
