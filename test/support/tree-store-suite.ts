import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MemoryCatalog } from "../../src/catalog/memory/memory-catalog.ts";
import type { NodeRow, TreeChange } from "../../src/catalog/node-store.ts";
import { ENTRY_KIND } from "../../src/format/entry.ts";
import { byteStringOf, joinPath, type ByteString } from "../../src/shared/bytes.ts";
import { isAppError } from "../../src/shared/errors.ts";
import {
  collect,
  commitRows,
  directoryNode,
  directoryRow,
  fileRow,
  withCatalog,
  type Catalog,
  type OpenFixture,
} from "./catalog-fixture.ts";
import { randomEdits, TreeModel, treeEditArbitrary } from "./tree-model.ts";

/** What every `TreeStore` guarantees, whatever it is built on. */
export function treeStoreSuite(name: string, open: OpenFixture): void {
  describe(`TreeStore on ${name}`, () => {
    pathTests(open);
    descendantTests(open);
    moveTests(open);
    diffTests(open);
    modelTests(open);
  });
}

const text = byteStringOf;

/** docs/{a, b, deep/{c}}, src/{x}, top; `ab` is a hard link of `docs/a`. */
const TREE: readonly NodeRow[] = [
  directoryNode(1n, "docs", 2n),
  directoryNode(1n, "src", 3n),
  fileRow(1n, "top", { id: 10n }),
  fileRow(1n, "ab", { id: 11n }),
  fileRow(2n, "a", { id: 11n }),
  fileRow(2n, "b", { id: 12n }),
  directoryNode(2n, "deep", 4n),
  fileRow(4n, "c", { id: 13n }),
  fileRow(3n, "x", { id: 14n }),
];

interface TreeFacts {
  readonly key?: string;
  readonly rows?: readonly NodeRow[];
  readonly rootId?: bigint;
}

async function treeOf(catalog: Catalog, { key = "s", rows = TREE, rootId = 1n }: TreeFacts = {}): Promise<number> {
  const { sourceId } = await catalog.source(key);
  await commitRows(catalog, sourceId, { rows, rootId });
  return sourceId;
}

async function pathsOf(catalog: Catalog, sourceId: number): Promise<readonly string[]> {
  return (await collect(catalog.walk(sourceId))).map(({ path }) => path);
}

function pathTests(open: OpenFixture): void {
  it("walk() goes depth first in byte order and gives each row its path", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog);
      assert.deepEqual(await pathsOf(catalog, sourceId), [
        "ab",
        "docs",
        "docs/a",
        "docs/b",
        "docs/deep",
        "docs/deep/c",
        "src",
        "src/x",
        "top",
      ]);
    }));

  it("pathOf() finds nodes by id; the root is the empty path, of hard links the first path counts", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog, { rows: [...TREE, directoryNode(77n, "stray", 78n)] });
      const paths = await Promise.all([1n, 4n, 13n, 11n, 99n, 78n].map((id) => catalog.pathOf(sourceId, id)));
      assert.deepEqual(paths, ["", "docs/deep", "docs/deep/c", "ab", undefined, undefined]);
    }));

  it("lookup() finds nodes by path", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog);
      const ids = await Promise.all(
        ["top", "docs/deep/c", "docs", "", "nope", "top/c", "docs/"].map(async (path) => (await catalog.lookup(sourceId, text(path)))?.id),
      );
      assert.deepEqual(ids, [10n, 13n, 2n, undefined, undefined, undefined, undefined]);
    }));
}

function descendantTests(open: OpenFixture): void {
  it("descendants() gives every row below a directory once, whatever its depth", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog);
      const below = async (id: bigint): Promise<readonly string[]> =>
        (await collect(catalog.descendants(sourceId, id)))
          .flat()
          .map((row) => row.name)
          .sort();
      assert.deepEqual(await below(2n), ["a", "b", "c", "deep"]);
      assert.deepEqual(await below(1n), TREE.map((row) => row.name).sort());
      assert.deepEqual(await below(10n), []);
    }));

  it("descendants() and walk() may be interleaved with any other call", () =>
    withCatalog(open, async (catalog) => {
      const [sourceId, other] = [await treeOf(catalog), await treeOf(catalog, { key: "other", rows: [] })];
      let found = 0;
      for await (const rows of catalog.descendants(sourceId, 1n)) {
        found += rows.length;
        for await (const { path } of catalog.walk(sourceId)) {
          await commitRows(catalog, other, { rows: [fileRow(1n, path)] });
          assert.ok((await collect(catalog.diff(sourceId, other))).length >= TREE.length);
          break;
        }
      }
      assert.equal(found, TREE.length);
    }));

  it("walk(), descendants() and pathOf() end when rows form a ring", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog, {
        rows: [directoryNode(1n, "down", 2n), directoryNode(2n, "up", 1n), directoryNode(5n, "x", 6n), directoryNode(6n, "y", 5n)],
      });
      assert.deepEqual(await pathsOf(catalog, sourceId), ["down", "down/up"]);
      assert.equal((await collect(catalog.descendants(sourceId, 5n))).flat().length, 2);
      assert.equal(await catalog.pathOf(sourceId, 5n), undefined);
    }));
}

function moveTests(open: OpenFixture): void {
  it("move() changes one row, whatever lies below it, and forgets the pages of both directories only", () =>
    withCatalog(open, async (catalog) => {
      const { sourceId } = await catalog.source("s");
      const stage = await catalog.stage(sourceId);
      await stage.replaceChildren([1n, 2n, 3n, 4n], TREE);
      await stage.putDirectories([1n, 2n, 3n, 4n].map((id) => directoryRow(id)));
      await stage.commit({ snapshot: "aa", rootId: 1n });
      await catalog.move(sourceId, { parent: 2n, name: text("deep") }, { parent: 3n, name: text("d\u00e9p") });
      const moved = text("src/d\u00e9p/c");
      assert.equal((await catalog.lookup(sourceId, moved))?.id, 13n);
      assert.deepEqual(await catalog.children(sourceId, [4n]), [[fileRow(4n, "c", { id: 13n })]]);
      assert.deepEqual(
        (await catalog.directories(sourceId, [1n, 2n, 3n, 4n])).map((row) => row?.id),
        [1n, undefined, undefined, 4n],
      );
      assert.equal((await catalog.size()).rows, TREE.length);
    }));

  it("move() refuses a missing node, an occupied name and a place inside the moved directory", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog);
      const docs = { parent: 1n, name: text("docs") };
      await assert.rejects(catalog.move(sourceId, { parent: 1n, name: text("nope") }, { parent: 2n, name: text("x") }), (error) =>
        isAppError(error, "E_NOT_FOUND"),
      );
      await assert.rejects(catalog.move(sourceId, { parent: 1n, name: text("top") }, { parent: 3n, name: text("x") }), (error) =>
        isAppError(error, "E_CATALOG"),
      );
      for (const parent of [2n, 4n]) {
        await assert.rejects(catalog.move(sourceId, docs, { parent, name: text("in") }), (error) => isAppError(error, "E_CATALOG"));
      }
      assert.equal((await pathsOf(catalog, sourceId)).length, TREE.length);
    }));

  it("move() makes a stage that began before it fail to commit", () =>
    withCatalog(open, async (catalog) => {
      const sourceId = await treeOf(catalog);
      const stage = await catalog.stage(sourceId);
      await catalog.move(sourceId, { parent: 1n, name: text("top") }, { parent: 1n, name: text("bottom") });
      await assert.rejects(stage.commit({ snapshot: "bb", rootId: 1n }), (error) => isAppError(error, "E_CATALOG"));
      assert.equal((await catalog.children(sourceId, [1n]))[0]?.length, 4);
    }));
}

const describeChange = ({ change, path, from }: TreeChange): string =>
  from === undefined ? `${change} ${path}` : `${change} ${from} -> ${path}`;

async function changesBetween(open: OpenFixture, after: readonly NodeRow[], rootId = 1n): Promise<readonly string[]> {
  const found: string[] = [];
  await withCatalog(open, async (catalog) => {
    const [before, now] = [await treeOf(catalog, { key: "before" }), await treeOf(catalog, { key: "after", rows: after, rootId })];
    found.push(...(await collect(catalog.diff(before, now))).map(describeChange).sort());
  });
  return found;
}

const without = (...names: readonly string[]): NodeRow[] => TREE.filter((row) => !names.includes(row.name));

function diffTests(open: OpenFixture): void {
  it("diff() reports nothing for equal trees, even when their roots have other ids", async () => {
    assert.deepEqual(await changesBetween(open, TREE), []);
    const rerooted = TREE.map((row) => (row.parent === 1n ? { ...row, parent: 50n } : row));
    assert.deepEqual(await changesBetween(open, rerooted, 50n), []);
  });

  it("diff() reports added, removed and modified nodes; a change of the token alone is a modification, of a directory none", async () => {
    const after = [
      ...without("top", "x", "b", "docs"),
      { ...directoryNode(1n, "docs", 2n), modifiedNs: 5n, changeToken: 6n },
      fileRow(3n, "x", { id: 14n, size: 99 }),
      fileRow(2n, "b", { id: 12n, changeToken: 5n }),
      fileRow(3n, "new", { id: 20n }),
    ];
    assert.deepEqual(await changesBetween(open, after), ["added src/new", "modified docs/b", "modified src/x", "removed top"]);
  });

  it("diff() reports a moved directory as one change, and content changed on the way as a second one", async () => {
    const after = [...without("deep", "top"), directoryNode(3n, "deeper", 4n), fileRow(4n, "moved", { id: 10n, size: 1, changeToken: 3n })];
    assert.deepEqual(await changesBetween(open, after), [
      "modified src/deeper/moved",
      "moved docs/deep -> src/deeper",
      "moved top -> src/deeper/moved",
    ]);
  });

  it("diff() reports another node under the same name as a modification, unless its kind differs", async () => {
    const after = [...without("x", "top"), fileRow(3n, "x", { id: 30n }), fileRow(1n, "top", { id: 10n, kind: ENTRY_KIND.symlink })];
    assert.deepEqual(await changesBetween(open, after), ["added top", "modified src/x", "removed top"]);
  });

  it("diff() tells names of a hard-linked file apart and leaves out what is not connected to the root", async () => {
    const after = [...without("a"), fileRow(3n, "a2", { id: 11n }), fileRow(3n, "a3", { id: 11n }), fileRow(60n, "stray", { id: 61n })];
    assert.deepEqual(await changesBetween(open, after), ["added src/a3", "moved docs/a -> src/a2"]);
  });

  it("diff() drops its result when the reader stops early, and can be read twice at once", () =>
    withCatalog(open, async (catalog) => {
      const [before, after] = [await treeOf(catalog, { key: "before" }), await treeOf(catalog, { key: "after", rows: [] })];
      for await (const _ of catalog.diff(before, after)) break;
      const [one, two] = await Promise.all([collect(catalog.diff(before, after)), collect(catalog.diff(after, before))]);
      assert.deepEqual(
        [one, two].map((changes) => changes.map(({ change }) => change)),
        [TREE.map(() => "removed"), TREE.map(() => "added")],
      );
    }));
}

/** Everything a tree store can say about a source, in one value. */
async function viewOf(catalog: Catalog, sourceId: number, ids: readonly bigint[]): Promise<unknown> {
  const nodes = await collect(catalog.walk(sourceId));
  const paths = await Promise.all(ids.map((id) => catalog.pathOf(sourceId, id)));
  const found = await Promise.all(nodes.map(({ path }) => catalog.lookup(sourceId, path)));
  const below = await Promise.all(
    ids.map(async (id) =>
      (await collect(catalog.descendants(sourceId, id)))
        .flat()
        .map((row) => String(row.id))
        .sort(),
    ),
  );
  return { nodes, paths, found, below };
}

function modelTests(open: OpenFixture): void {
  it("any sequence of edits leaves the paths that a plain model has, and the differences that the reference finds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(treeEditArbitrary, { minLength: 1, maxLength: 25 }),
        fc.array(treeEditArbitrary, { maxLength: 12 }),
        (build, edits) =>
          withCatalog(open, async (catalog) => {
            const reference = new MemoryCatalog();
            const model = new TreeModel();
            for (const edit of build) model.apply(edit);
            const stores = [catalog, reference];
            for (const store of stores)
              for (const key of ["before", "after"]) await treeOf(store, { key, rows: model.rows(), rootId: model.rootId });
            await randomEdits(edits, { model, stores, sourceId: 2 });
            const views = await Promise.all(stores.map((store) => viewOf(store, 2, model.ids())));
            assert.deepEqual(views[0], views[1]);
            assert.deepEqual(await collect(catalog.walk(2)).then((nodes) => nodes.map(({ path }) => path)), model.paths());
            const [found, expected] = await Promise.all(
              stores.map(async (store) =>
                (await collect(store.diff(1, 2))).map((change) => `${describeChange(change)} ${change.id}`).sort(),
              ),
            );
            assert.deepEqual(found, expected);
          }),
      ),
      { numRuns: 40 },
    );
  });

  it("move() of a directory carries a subtree of any depth along", () =>
    withCatalog(open, async (catalog) => {
      const depth = 300;
      const chain = Array.from({ length: depth }, (_, level) => directoryNode(BigInt(level + 10), `d${level}`, BigInt(level + 11)));
      const sourceId = await treeOf(catalog, { rows: [directoryNode(1n, "from", 10n), directoryNode(1n, "to", 5n), ...chain] });
      await catalog.move(sourceId, { parent: 1n, name: text("from") }, { parent: 5n, name: text("here") });
      const expected = chain.reduce((path, row) => joinPath(path, row.name), "to/here" as ByteString);
      assert.equal(await catalog.pathOf(sourceId, BigInt(depth + 10)), expected);
      assert.equal((await catalog.lookup(sourceId, expected))?.id, BigInt(depth + 10));
    }));
}
