import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { chunksOf } from "../../test/support/lane-fixture.ts";
import { packKey } from "../format/object-keys.ts";
import { ChunkIndex } from "../repository/chunk-index.ts";
import { byteStringOf, toHex } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom, systemRandom } from "../shared/random.ts";
import { LocalSource } from "../source/local/local-source.ts";
import { InlinePool } from "./inline-pool.ts";
import type { LanePool } from "./lane-pool.ts";
import type { FileBatch, LaneSpec, StoredPack } from "./lane-protocol.ts";
import { ThreadPool } from "./thread-pool.ts";

/** Batches of one file each, as a listing of the tree saw them. */
function batches(fixture: BackupFixture): readonly FileBatch[] {
  const source = new LocalSource(byteStringOf(fixture.tree));
  const nodes = [...source.list(byteStringOf(""))].flat().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  source.close();
  return nodes.map(({ name, size, nodeId, changeToken }) => ({
    source: 0,
    directories: [byteStringOf("")],
    directoryOf: [0],
    names: [name],
    sizes: [size],
    nodeIds: [nodeId],
    changeTokens: [changeToken],
  }));
}

interface Pools {
  readonly spec: LaneSpec;
  readonly stored: StoredPack[];
  readonly index: ChunkIndex;
  readonly inline: () => Promise<LanePool>;
  readonly threads: () => LanePool;
}

async function poolsOver(fixture: BackupFixture, store?: Parameters<typeof InlinePool.open>[1]["store"]): Promise<Pools> {
  const repository = await fixture.open();
  const { keys, repositoryId } = repository.context;
  const index = ChunkIndex.withRoomFor(1000);
  const readers = [{ kind: "local", path: byteStringOf(fixture.tree) }] as const;
  const spec: LaneSpec = {
    store: repository.spec,
    keys,
    repositoryId,
    config: repository.config,
    readers,
    index: index.buffer,
    compressionLevel: 1,
    selfCheck: 1,
  };
  const stored: StoredPack[] = [];
  const events = { stored: (pack: StoredPack): void => void stored.push(pack) };
  return {
    spec,
    stored,
    index,
    inline: () => InlinePool.open(spec, { store: store ?? repository.store, random: systemRandom, events }),
    threads: () => new ThreadPool(spec, { threads: 2, events }),
  };
}

const FILES = Object.fromEntries(
  Array.from({ length: 12 }, (_, at) => [`file ${String(at).padStart(2, "0")}`, seededRandom(at % 10).bytes(100_000 * at)]),
);

test("ThreadPool gives the results of InlinePool, and stores the same chunks once", async () => {
  await using fixture = await BackupFixture.create(FILES);
  const results = await Promise.all(
    (["inline", "threads"] as const).map(async (kind) => {
      const pools = await poolsOver(fixture);
      const pool = await pools[kind]();
      const found = await Promise.all(batches(fixture).map((batch) => pool.submit(batch)));
      await pool.flush();
      await pool.close();
      const packs = await fixture.open();
      for (const { indexed } of pools.stored)
        assert.equal((await packs.store.stat(packKey(toHex(indexed.id))))?.size, indexed.objectLength);
      await packs.close();
      const chunks = pools.stored.flatMap(({ indexed }) => [...indexed.directory.chunkLengths]);
      assert.equal(pools.index.count, chunks.length, "every chunk is in one pack");
      const bytesNew = found.reduce((sum, result) => sum + result.bytesNew, 0);
      assert.equal(
        chunks.reduce((sum, length) => sum + length, 0),
        bytesNew,
      );
      return { bytesNew, files: found.map((result) => [...chunksOf(result), ...result.xorHashes, result.bytesRead]) };
    }),
  );
  assert.deepEqual(results[0], results[1]);
});

test("LanePool.useIndex() makes later batches look in the grown index", async () => {
  await using fixture = await BackupFixture.create({ a: "alpha", b: "alpha" });
  for (const kind of ["inline", "threads"] as const) {
    const pools = await poolsOver(fixture);
    const pool = await pools[kind]();
    const [first, second] = batches(fixture);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal((await pool.submit(first)).bytesNew, 5);
    const grown = pools.index.grown(1000);
    await pool.useIndex(grown);
    assert.equal((await pool.submit(second)).bytesNew, 0, "known from before");
    assert.equal(grown.count, 1);
    const empty = ChunkIndex.withRoomFor(10);
    await pool.useIndex(empty);
    assert.equal((await pool.submit(second)).bytesNew, 5);
    assert.equal(empty.count, 1);
    await pool.flush();
    await pool.close();
  }
});

test("InlinePool keeps its first failure: a lane that failed may have claimed what it never stored", async () => {
  await using fixture = await BackupFixture.create({ a: "alpha" });
  const full = new AppError({ code: "E_STORE_FULL", what: "full" });
  const { inline } = await poolsOver(fixture, { create: () => Promise.reject(full), read: () => Promise.reject(full) });
  const pool = await inline();
  const [batch] = batches(fixture);
  assert.ok(batch !== undefined);
  await pool.submit(batch);
  await assert.rejects(pool.flush(), (error) => error === full);
  await pool.close();
  const again = await (await poolsOver(fixture)).inline();
  await assert.rejects(again.submit({ ...batch, source: 7 }), /known source/);
  for (const call of [again.submit(batch), again.room(), again.flush()]) await assert.rejects(call, /known source/);
  await again.close();
});

test("ThreadPool rejects everything once its store has failed", async () => {
  await using fixture = await BackupFixture.create({ a: "alpha" });
  const { spec } = await poolsOver(fixture);
  const events = { stored: (): void => undefined };
  const pool = new ThreadPool({ ...spec, store: { kind: "local", path: `${fixture.folder.path}/nowhere` } }, { threads: 2, events });
  const [batch] = batches(fixture);
  assert.ok(batch !== undefined);
  await assert.rejects(pool.submit(batch), (error) => isAppError(error));
  await assert.rejects(pool.flush(), (error) => isAppError(error));
  await pool.close();
});
