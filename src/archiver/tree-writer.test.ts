import assert from "node:assert/strict";
import { test } from "node:test";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { memoryRepository, packWriter } from "../../test/support/memory-repository.ts";
import { CHUNK_TYPE, type DirectoryFacts, type Entry } from "../format/entry.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { loadIndexForWriting } from "../repository/loaded-index.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { seededRandom } from "../shared/random.ts";
import type { StoredPack } from "./lane-protocol.ts";
import { TreeWriter } from "./tree-writer.ts";
import { UploadQueue } from "./upload-queue.ts";

interface Made {
  readonly repository: OpenRepository;
  readonly tree: TreeWriter;
  readonly stored: StoredPack[];
}

/** A writer whose packs end at `packBytes`; what it stores can be read back once it is flushed. */
async function treeWriter(packBytes = 1 << 20): Promise<Made> {
  const { repository } = await memoryRepository();
  const loaded = await loadIndexForWriting(repository.context);
  repository.useIndex(loaded);
  const stored: StoredPack[] = [];
  const uploads = new UploadQueue(repository.store, (pack) => {
    loaded.packs.set(pack.number, pack.indexed);
    stored.push(pack);
  });
  const writer = await packWriter(repository.context, { kind: OBJECT_KIND.metadataPack, index: loaded.index, packBytes });
  return { repository, tree: new TreeWriter({ hasher: repository.hasher, writer, uploads }), stored };
}

async function entriesOf(repository: OpenRepository, page: DirectoryFacts["page"]): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const batch of repository.entries({ page, entryCount: 0, totalFiles: 0, totalDirectories: 0, totalBytes: 0 }))
    entries.push(...batch);
  return entries;
}

test("TreeWriter.directory() stores pages that read back as the entries, of small directories and large ones", async () => {
  const { repository, tree } = await treeWriter();
  const directories = [0, 1, 3000].map((count) =>
    Array.from({ length: count }, (_, at) => fileEntry(`file ${String(at).padStart(5, "0")}`, { nodeId: BigInt(at) })),
  );
  const pages = directories.map((entries) => tree.directory(entries));
  await tree.flush();
  for (const [at, entries] of directories.entries())
    assert.deepEqual(await entriesOf(repository, pages[at] ?? { id: new Uint8Array(32), length: 0 }), entries);
});

test("TreeWriter stores an equal directory and an equal attribute once", async () => {
  const { repository, tree, stored } = await treeWriter();
  const entries = [fileEntry("a")];
  const value = seededRandom(1).bytes(3000);
  assert.deepEqual(tree.directory(entries), tree.directory(entries));
  assert.deepEqual(tree.attribute(value), tree.attribute(value.slice()));
  await tree.flush();
  assert.deepEqual(
    stored.map(({ indexed }) => [...indexed.directory.chunkTypes]),
    [[CHUNK_TYPE.tree, CHUNK_TYPE.attribute]],
  );
  assert.deepEqual(await repository.chunk(CHUNK_TYPE.attribute, tree.attribute(value)), value);
});

test("TreeWriter.relieve() sends the open pack only when it is full, flush() whatever there is", async () => {
  const { tree, stored } = await treeWriter(5000);
  tree.attribute(seededRandom(1).bytes(3000));
  await tree.relieve();
  await tree.close();
  assert.equal(stored.length, 0);
  tree.attribute(seededRandom(2).bytes(1 << 20));
  await tree.relieve();
  await tree.close();
  assert.equal(stored.length, 1);
  tree.attribute(seededRandom(3).bytes(10));
  await tree.flush();
  assert.deepEqual(
    stored.map(({ indexed }) => indexed.directory.chunkLengths.length),
    [2, 1],
  );
  await tree.flush();
  assert.equal(stored.length, 2, "nothing is left");
});
