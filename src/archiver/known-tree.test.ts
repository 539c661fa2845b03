import assert from "node:assert/strict";
import { test } from "node:test";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { commitRows, directoryNode, directoryRow, fileRow } from "../../test/support/catalog-fixture.ts";
import { FailingNodes } from "../../test/support/failing-nodes.ts";
import { MemoryCatalog } from "../catalog/memory/memory-catalog.ts";
import type { DirectoryRow, NodeRow } from "../catalog/node-store.ts";
import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError, type AppErrorParts, isAppError } from "../shared/errors.ts";
import { MemoryTree, toSourceNode } from "../source/memory/memory-tree.ts";
import { DirectoryWork } from "./directory-work.ts";
import { KnownTree } from "./known-tree.ts";

/** A known tree: directory 1 holds files a, b and directory 2, which holds file c and directory 3, which is empty. */
class Fixture {
  readonly catalog = new MemoryCatalog();
  readonly pages = new Map<bigint, readonly Entry[]>();
  readonly calls: string[] = [];
  pageError: AppErrorParts | undefined;

  async tree(wrap: (catalog: MemoryCatalog) => FailingNodes | MemoryCatalog = (catalog) => catalog): Promise<KnownTree> {
    const rows: NodeRow[] = [
      fileRow(1n, "a", { id: 10n }),
      fileRow(1n, "b", { id: 11n }),
      directoryNode(1n, "sub", 2n),
      fileRow(2n, "c", { id: 12n }),
      directoryNode(2n, "deep", 3n),
    ];
    const { sourceId } = await this.catalog.source("s");
    const stage = await this.catalog.stage(sourceId);
    await stage.replaceChildren([1n, 2n, 3n], rows);
    await stage.putDirectories([directoryRow(1n, 1), directoryRow(2n, 2), directoryRow(3n, 3)]);
    await stage.commit({ snapshot: "aa", rootId: 1n });
    for (const { parent, name, id, kind } of rows)
      this.pages.set(parent, [...(this.pages.get(parent) ?? []), fileEntry(name, { nodeId: id, kind })]);
    return new KnownTree({ nodes: wrap(this.catalog), sourceId }, (_, row) => this.#entries(row));
  }

  async *#entries({ id }: DirectoryRow): AsyncGenerator<readonly Entry[]> {
    this.calls.push(`page ${id}`);
    if (this.pageError !== undefined) throw new AppError(this.pageError);
    for (const entry of this.pages.get(id) ?? []) yield [entry];
  }
}

function workOf(id: bigint): DirectoryWork {
  const node = { ...toSourceNode(byteStringOf("d"), new MemoryTree().put(byteStringOf("d"), { kind: ENTRY_KIND.directory })), nodeId: id };
  return new DirectoryWork(node, { parent: undefined, entryChanged: false });
}

const names = (entries: readonly { readonly name: string }[]): readonly string[] => entries.map(({ name }) => name);

test("KnownTree.prefetch() gives the top of the stack its rows, and what lies below it along, in two calls", async () => {
  const fixture = new Fixture();
  const nodes = new FailingNodes(fixture.catalog, (call) => call > 2);
  const tree = await fixture.tree(() => nodes);
  const stack = [workOf(3n), workOf(99n), workOf(2n), workOf(1n)];
  await tree.prefetch(stack);
  assert.deepEqual(
    stack.map(({ known }) => [names(known?.rows ?? []), known?.directory?.totalFiles]),
    [
      [[], 3],
      [[], undefined],
      [["c", "deep"], 2],
      [["a", "b", "sub"], 1],
    ],
  );
  await tree.prefetch(stack.slice(0, 2));
  assert.equal(nodes.failedAt, undefined, "what is known is not asked for again");
});

test("KnownTree fetches the rows of a directory that has a stamp only when they are asked for", async () => {
  const fixture = new Fixture();
  const tree = await fixture.tree();
  const stage = await fixture.catalog.stage(1);
  await stage.putDirectories([{ ...directoryRow(1n, 1), stamp: 5n }]);
  await stage.commit({ snapshot: "bb", rootId: 1n });
  const stamped = workOf(1n);
  const plain = workOf(2n);
  await tree.prefetch([plain, stamped]);
  assert.equal(stamped.known?.rows, undefined);
  assert.deepEqual([names(plain.known?.rows ?? []), stamped.known?.directory?.stamp], [["c", "deep"], 5n]);
  assert.deepEqual(names(await tree.rows(stamped)), ["a", "b", "sub"]);
  assert.deepEqual(names(await tree.rows(plain)), ["c", "deep"]);
});

test("KnownTree.entries() gives all old entries but those made anew when the listing is as it was", async () => {
  const fixture = new Fixture();
  const tree = await fixture.tree();
  const work = workOf(1n);
  await tree.prefetch([work]);
  work.listedAsKnown(3);
  work.entries.push(fileEntry("sub"));
  assert.deepEqual(names(await tree.entries(work)), ["a", "b"]);
  const longer = workOf(1n);
  await tree.prefetch([longer]);
  longer.listedAsKnown(4);
  await assert.rejects(tree.entries(longer), (error) => isAppError(error, "E_CATALOG"));
});

test("KnownTree.entries() gives the old entries of the names that a directory keeps, and of no others", async () => {
  const fixture = new Fixture();
  const tree = await fixture.tree();
  const work = workOf(1n);
  await tree.prefetch([work]);
  for (const name of ["b", "sub"]) work.kept.add(byteStringOf(name));
  assert.deepEqual(names(await tree.entries(work)), ["b", "sub"]);
  work.kept.add(byteStringOf("missing"));
  await assert.rejects(tree.entries(work), (error) => isAppError(error, "E_CATALOG"));
});

test("KnownTree.entryOf() finds a row's old entry, if it is of the same node, and reads a page once for many", async () => {
  const fixture = new Fixture();
  const tree = await fixture.tree();
  assert.equal((await tree.entryOf(fileRow(1n, "a", { id: 10n })))?.name, "a");
  assert.equal(await tree.entryOf(fileRow(1n, "a", { id: 77n })), undefined);
  assert.equal(await tree.entryOf(fileRow(1n, "x", { id: 10n })), undefined);
  assert.deepEqual(fixture.calls, ["page 1"]);
  assert.equal(await tree.entryOf(fileRow(99n, "a", { id: 10n })), undefined);
  assert.deepEqual(fixture.calls, ["page 1"], "a directory that is not known has no page");
});

test("KnownTree.entryOf() keeps a bounded number of directories", async () => {
  const fixture = new Fixture();
  const rows: NodeRow[] = [];
  const { sourceId } = await fixture.catalog.source("many");
  for (let parent = 1n; parent <= 20n; parent += 1n) rows.push(fileRow(parent, "a", { id: parent }));
  await commitRows(fixture.catalog, sourceId, { rows });
  const stage = await fixture.catalog.stage(sourceId);
  await stage.putDirectories(rows.map(({ parent }) => directoryRow(parent)));
  await stage.commit({ snapshot: "bb", rootId: 1n });
  let pages = 0;
  const tree = new KnownTree({ nodes: fixture.catalog, sourceId }, async function* (_, { id }) {
    pages += 1;
    yield [fileEntry("a", { nodeId: id })];
  });
  for (const row of rows) await tree.entryOf(row);
  assert.equal(pages, 20);
  for (const row of rows.slice(-16)) await tree.entryOf(row);
  assert.equal(pages, 20);
  await tree.entryOf(rows[0] ?? fileRow(1n, "a"));
  assert.equal(pages, 21);
});

test("KnownTree.below() gives all rows below a directory, without those below directories that are left", async () => {
  const tree = await new Fixture().tree();
  const below = async (leave: (id: bigint) => boolean): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const rows of tree.below(1n, leave)) found.push(...names(rows));
    return found;
  };
  assert.deepEqual(await below(() => false), ["a", "b", "sub", "c", "deep"]);
  assert.deepEqual(await below((id) => id === 2n), ["a", "b", "sub"]);
});

test("KnownTree makes E_CATALOG of pages that are damaged or gone, and leaves a failing store what it is", async () => {
  for (const [code, expected] of [
    ["E_CORRUPT", "E_CATALOG"],
    ["E_OBJECT_NOT_FOUND", "E_CATALOG"],
    ["E_STORE_UNAVAILABLE", "E_STORE_UNAVAILABLE"],
  ] as const) {
    const fixture = new Fixture();
    fixture.pageError = { code, what: "page", why: "damaged" };
    const tree = await fixture.tree();
    await assert.rejects(
      tree.entryOf(fileRow(1n, "a", { id: 10n })),
      (error) => isAppError(error, expected) && (expected !== "E_CATALOG" || error.why === "page: damaged"),
    );
  }
});
