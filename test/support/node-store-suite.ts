import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NodeStage } from "../../src/catalog/node-store.ts";
import { isAppError } from "../../src/shared/errors.ts";
import {
  byName,
  childrenArbitrary,
  commitRows,
  directoryNode,
  directoryRow,
  fileRow,
  unsignedArbitrary,
  withCatalog,
  type Catalog,
  type OpenFixture,
} from "./catalog-fixture.ts";
import { modelTests, plain } from "./node-store-model.ts";

/** What every `NodeStore` guarantees, whatever it is built on. */
export function nodeStoreSuite(name: string, open: OpenFixture): void {
  describe(`NodeStore on ${name}`, () => {
    sourceTests(open);
    childrenTests(open);
    stageTests(open);
    directoryTests(open);
    removalTests(open);
    concurrencyTests(open);
    volumeTests(open);
    modelTests(open);
  });
}

function sourceTests(open: OpenFixture): void {
  it("source() makes an empty record once and finds it again", () =>
    withCatalog(open, async (catalog) => {
      const first = await catalog.source("local:host:/home");
      const other = await catalog.source("local:host:/srv/\u00e4");
      assert.deepEqual({ ...first, sourceId: 0 }, { sourceId: 0, key: "local:host:/home", snapshot: "", rootId: 0n });
      assert.notEqual(first.sourceId, other.sourceId);
      assert.deepEqual(await catalog.source("local:host:/home"), first);
      assert.deepEqual(await catalog.sources(), [first, other]);
    }));

  it("commit() moves the source to a snapshot and a root, even without changes", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      await (await catalog.stage(sourceId)).commit({ snapshot: "ab12", rootId: 2n ** 64n - 1n });
      assert.deepEqual(await catalog.source("s"), { sourceId, key: "s", snapshot: "ab12", rootId: 2n ** 64n - 1n });
    }));
}

function childrenTests(open: OpenFixture): void {
  it("children() gives back every field of any row, ordered by name bytes", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const directory = unsignedArbitrary.chain((parent) => childrenArbitrary(parent).map((rows) => ({ parent, rows })));
      await fc.assert(
        fc.asyncProperty(directory, async ({ parent, rows }) => {
          await commitRows(catalog, sourceId, { rows, parents: [parent] });
          assert.deepEqual(await catalog.children(sourceId, [parent]), [[...rows].sort(byName)]);
        }),
        { numRuns: 50 },
      );
    }));

  it("children() answers in the order asked, for repeated, empty and unknown directories too", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const rows = Array.from({ length: 150 }, (_, index) => fileRow(BigInt(index + 1), "only", { id: BigInt(index + 1000) }));
      await commitRows(catalog, sourceId, { rows });
      const asked = [...rows.map((row) => row.parent).reverse(), 7n, 9999n, 7n];
      const found = await catalog.children(sourceId, asked);
      assert.deepEqual(
        found.map((list) => list.map((row) => row.id)),
        asked.map((parent) => (parent === 9999n ? [] : [parent + 999n])),
      );
      assert.deepEqual(await catalog.children(sourceId, []), []);
    }));

  it("children() keeps sources apart when their ids are the same", () =>
    withCatalog(open, async (catalog) => {
      const [one, two] = [await catalog.source("one"), await catalog.source("two")];
      await commitRows(catalog, one.sourceId, { rows: [fileRow(1n, "of one")] });
      await commitRows(catalog, two.sourceId, { rows: [fileRow(1n, "of two")] });
      assert.deepEqual(await catalog.children(one.sourceId, [1n]), [[fileRow(1n, "of one")]]);
      assert.deepEqual(await catalog.children(two.sourceId, [1n]), [[fileRow(1n, "of two")]]);
      assert.equal((await catalog.size()).rows, 2);
    }));
}

function stageTests(open: OpenFixture): void {
  it("stage() shows nothing before commit, and nothing ever when discarded", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      await commitRows(catalog, sourceId, { rows: [fileRow(1n, "old")] });
      const stage = await catalog.stage(sourceId);
      await stage.replaceChildren([1n], [fileRow(1n, "new")]);
      await stage.putDirectories([directoryRow(1n)]);
      assert.deepEqual(await catalog.children(sourceId, [1n]), [[fileRow(1n, "old")]]);
      await stage.discard();
      await stage.discard();
      assert.deepEqual(await catalog.children(sourceId, [1n]), [[fileRow(1n, "old")]]);
      assert.deepEqual(await catalog.directories(sourceId, [1n]), [undefined]);
      assert.equal((await catalog.source("s")).snapshot, "aa");
    }));

  it("replaceChildren() replaces whole directories, leaves the others, and the last word counts", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      await commitRows(catalog, sourceId, { rows: [fileRow(1n, "a"), fileRow(1n, "b"), fileRow(2n, "c"), fileRow(3n, "d")] });
      const stage = await catalog.stage(sourceId);
      await stage.replaceChildren([1n, 2n], [fileRow(1n, "x"), fileRow(2n, "y")]);
      await stage.replaceChildren([1n], [fileRow(1n, "b", { size: 11 })]);
      await stage.replaceChildren([2n], []);
      await stage.commit({ snapshot: "bb", rootId: 1n });
      assert.deepEqual(await catalog.children(sourceId, [1n, 2n, 3n]), [[fileRow(1n, "b", { size: 11 })], [], [fileRow(3n, "d")]]);
    }));

  it("stage() with clear forgets everything that is not staged again", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      await commitRows(catalog, sourceId, { rows: [fileRow(1n, "a"), fileRow(2n, "b")] });
      const stage = await catalog.stage(sourceId, { clear: true });
      await stage.replaceChildren([2n], [fileRow(2n, "c")]);
      await stage.commit({ snapshot: "bb", rootId: 2n });
      assert.deepEqual(await catalog.children(sourceId, [1n, 2n]), [[], [fileRow(2n, "c")]]);
      await (await catalog.stage(sourceId, { clear: true })).commit({ snapshot: "cc", rootId: 2n });
      assert.equal((await catalog.size()).rows, 0);
    }));

  it("replaceChildren() refuses a row whose directory is not among the parents", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const stage = await catalog.stage(sourceId);
      await assert.rejects(stage.replaceChildren([1n], [fileRow(2n, "stray")]), /invariant broken/);
    }));
}

function directoryTests(open: OpenFixture): void {
  it("directories() gives back what was put, in the order asked, and undefined for the rest", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const rows = Array.from({ length: 130 }, (_, index) => directoryRow(2n ** 64n - 1n - BigInt(index), index));
      const stage = await catalog.stage(sourceId);
      await stage.putDirectories(rows.toReversed());
      await stage.commit({ snapshot: "aa", rootId: 1n });
      const found = await catalog.directories(sourceId, [5n, ...rows.map((row) => row.id), 5n]);
      assert.deepEqual(found.map(plain), [undefined, ...rows.map(plain), undefined]);
    }));

  it("putDirectories() replaces the row of the same directory", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      for (const mark of [1, 2]) {
        const stage = await catalog.stage(sourceId);
        await stage.putDirectories([directoryRow(9n, 100), directoryRow(9n, mark)]);
        await stage.commit({ snapshot: "aa", rootId: 1n });
        assert.deepEqual((await catalog.directories(sourceId, [9n])).map(plain), [plain(directoryRow(9n, mark))]);
      }
    }));

  it("directories() has the stamp of any 64 bits that was put, or none", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const stage = await catalog.stage(sourceId);
      const stamps = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
      const rows = stamps.map((stamp, at) => ({ ...directoryRow(BigInt(at)), stamp }));
      await stage.putDirectories([...rows, directoryRow(99n)]);
      await stage.commit({ snapshot: "aa", rootId: 1n });
      const found = await catalog.directories(sourceId, [...rows.map(({ id }) => id), 99n]);
      assert.deepEqual(
        found.map((row) => row?.stamp),
        [...stamps, undefined],
      );
      const later = await catalog.stage(sourceId);
      await later.putDirectories([directoryRow(1n)]);
      await later.commit({ snapshot: "bb", rootId: 1n });
      assert.deepEqual((await catalog.directories(sourceId, [1n])).map(plain), [plain(directoryRow(1n))]);
    }));

  it("replaceChildren() forgets the page of the directory unless it is put in the same stage, in either order", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const first = await catalog.stage(sourceId);
      await first.putDirectories([1n, 2n, 3n, 4n].map((id) => directoryRow(id)));
      await first.replaceChildren([1n], [fileRow(1n, "a")]);
      await first.commit({ snapshot: "aa", rootId: 1n });
      const stage = await catalog.stage(sourceId);
      await stage.putDirectories([directoryRow(2n, 2)]);
      await stage.replaceChildren([1n, 2n, 3n], [fileRow(1n, "b")]);
      await stage.putDirectories([directoryRow(3n, 3)]);
      await stage.commit({ snapshot: "bb", rootId: 1n });
      const found = await catalog.directories(sourceId, [1n, 2n, 3n, 4n]);
      assert.deepEqual(
        found.map((row) => row?.totalFiles),
        [undefined, 2, 3, 1],
      );
    }));
}

/** 1 holds 2 and 3; 2 holds 4, 4 holds 5; each holds a file. */
async function smallTree(catalog: Catalog): Promise<number> {
  const { sourceId } = await catalog.source("s");
  const stage = await catalog.stage(sourceId);
  const rows = [directoryNode(1n, "two", 2n), directoryNode(1n, "three", 3n), directoryNode(2n, "four", 4n), directoryNode(4n, "five", 5n)];
  const parents = [1n, 2n, 3n, 4n, 5n];
  await stage.replaceChildren(parents, [...rows, ...parents.map((parent) => fileRow(parent, "file", { id: 100n + parent }))]);
  await stage.putDirectories(parents.map((id) => directoryRow(id)));
  await stage.commit({ snapshot: "aa", rootId: 1n });
  return sourceId;
}

async function counts(catalog: Catalog, sourceId: number): Promise<readonly number[]> {
  return (await catalog.children(sourceId, [1n, 2n, 3n, 4n, 5n])).map((rows) => rows.length);
}

function removalTests(open: OpenFixture): void {
  it("removeDirectories() removes a directory's own rows and everything below it", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await smallTree(catalog);
      const stage = await catalog.stage(sourceId);
      await stage.removeDirectories([2n, 777n]);
      await stage.commit({ snapshot: "bb", rootId: 1n });
      assert.deepEqual(await counts(catalog, sourceId), [2, 0, 1, 0, 0]);
      assert.deepEqual(
        (await catalog.directories(sourceId, [1n, 2n, 3n, 4n, 5n])).map((row) => row?.id),
        [1n, undefined, 3n, undefined, undefined],
      );
      assert.equal((await catalog.size()).rows, 3);
    }));

  it("removeDirectories() keeps a directory that the stage gives a new place, with everything below it", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await smallTree(catalog);
      const stage = await catalog.stage(sourceId);
      await stage.removeDirectories([2n, 4n]);
      await stage.replaceChildren([1n, 3n], [directoryNode(1n, "three", 3n), directoryNode(3n, "moved", 4n)]);
      await stage.commit({ snapshot: "bb", rootId: 1n });
      assert.deepEqual(await counts(catalog, sourceId), [1, 0, 1, 2, 1]);
      assert.deepEqual(
        (await catalog.directories(sourceId, [2n, 4n, 5n])).map((row) => row?.id),
        [undefined, 4n, 5n],
      );
    }));

  it("removeDirectories() ends when rows form a ring", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      await commitRows(catalog, sourceId, { rows: [directoryNode(2n, "down", 3n), directoryNode(3n, "up", 2n)] });
      const stage = await catalog.stage(sourceId);
      await stage.removeDirectories([2n]);
      await stage.commit({ snapshot: "bb", rootId: 1n });
      assert.equal((await catalog.size()).rows, 0);
    }));
}

const isSuperseded = (error: unknown): boolean => isAppError(error, "E_CATALOG") && error.data["reason"] === "superseded";

function concurrencyTests(open: OpenFixture): void {
  it("commit() fails with E_CATALOG when another stage of the source was first, and leaves its rows alone", async () => {
    for (const clear of [false, true]) {
      await withCatalog(open, async (catalog) => {
        const { sourceId } = await catalog.source("s");
        await commitRows(catalog, sourceId, { rows: [fileRow(1n, "a"), fileRow(2n, "b")] });
        const [first, second] = [await catalog.stage(sourceId), await catalog.stage(sourceId, { clear })];
        await second.replaceChildren([2n], [fileRow(2n, "second")]);
        await first.replaceChildren([1n], [fileRow(1n, "first")]);
        await first.commit({ snapshot: "f1", rootId: 1n });
        await assert.rejects(second.commit({ snapshot: "f2", rootId: 1n }), isSuperseded);
        await second.discard();
        assert.deepEqual(await catalog.children(sourceId, [1n, 2n]), [[fileRow(1n, "first")], [fileRow(2n, "b")]]);
        assert.equal((await catalog.source("s")).snapshot, "f1");
      });
    }
  });

  it("commit() of one source does not disturb a stage of another", () =>
    withCatalog(open, async (catalog) => {
      const [one, two] = [await catalog.source("one"), await catalog.source("two")];
      const stage = await catalog.stage(one.sourceId);
      await commitRows(catalog, two.sourceId, { rows: [fileRow(1n, "two")] });
      await stage.replaceChildren([1n], [fileRow(1n, "one")]);
      await stage.commit({ snapshot: "aa", rootId: 1n });
      assert.deepEqual(await catalog.children(one.sourceId, [1n]), [[fileRow(1n, "one")]]);
    }));

  it("children() and directories() answer nothing once another connection has committed, until source() is asked again", async () => {
    const fixture = await open();
    try {
      const [mine, other] = [await fixture.connect(), await fixture.connect()];
      const { sourceId } = await mine.source("s");
      await commitRows(mine, sourceId, { rows: [fileRow(1n, "mine")] });
      assert.equal((await mine.children(sourceId, [1n]))[0]?.length, 1);
      const stage = await mine.stage(sourceId);
      await other.source("s");
      await commitRows(other, sourceId, { rows: [fileRow(1n, "other")] });
      assert.deepEqual(await mine.children(sourceId, [1n, 2n]), [[], []]);
      assert.deepEqual(await mine.directories(sourceId, [1n]), [undefined]);
      await assert.rejects(stage.commit({ snapshot: "bb", rootId: 1n }), isSuperseded);
      await mine.source("s");
      assert.deepEqual(await mine.children(sourceId, [1n]), [[fileRow(1n, "other")]]);
    } finally {
      await fixture.close();
    }
  });
}

/** More rows than any implementation should hold back in memory. */
const MANY_ROWS = 70_000;
const ROWS_PER_DIRECTORY = 50;

async function stageMany(stage: NodeStage, first: number, size: number): Promise<void> {
  for (let start = first; start < MANY_ROWS; start += 1000) {
    const rows = Array.from({ length: Math.min(1000, MANY_ROWS - start) }, (_, offset) => {
      const at = start + offset;
      return fileRow(BigInt(1 + Math.floor(at / ROWS_PER_DIRECTORY)), `file ${at}`, { id: BigInt(10_000_000 + at), size });
    });
    await stage.replaceChildren([...new Set(rows.map((row) => row.parent))], rows);
  }
}

function volumeTests(open: OpenFixture): void {
  it("stage() takes more rows than memory holds: a first time, as changes, replaced again, discarded and superseded", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const first = await catalog.stage(sourceId);
      await stageMany(first, 0, 1);
      await stageMany(first, MANY_ROWS / 2, 2);
      await first.commit({ snapshot: "aa", rootId: 1n });
      const last = BigInt(MANY_ROWS / ROWS_PER_DIRECTORY);
      const sizes = async (): Promise<unknown> =>
        (await catalog.children(sourceId, [1n, last])).map((rows) => [rows.length, rows[0]?.size]);
      assert.deepEqual(await sizes(), [
        [50, 1],
        [50, 2],
      ]);

      const changes = await catalog.stage(sourceId);
      await changes.removeDirectories([1n]);
      await stageMany(changes, ROWS_PER_DIRECTORY, 3);
      const late = await catalog.stage(sourceId, { clear: true });
      await stageMany(late, 0, 4);
      await changes.commit({ snapshot: "bb", rootId: 1n });
      assert.deepEqual(await sizes(), [
        [0, undefined],
        [50, 3],
      ]);
      assert.equal((await catalog.size()).rows, MANY_ROWS - ROWS_PER_DIRECTORY);

      await stageMany(late, 0, 5);
      await assert.rejects(late.commit({ snapshot: "cc", rootId: 1n }), isSuperseded);
      await late.discard();
      const dropped = await catalog.stage(sourceId);
      await stageMany(dropped, 0, 6);
      await dropped.discard();
      assert.deepEqual(await sizes(), [
        [0, undefined],
        [50, 3],
      ]);
    }));
}
