import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryNode, directoryRow, fileRow } from "../../test/support/catalog-fixture.ts";
import { MemoryCatalog } from "../catalog/memory/memory-catalog.ts";
import type { NodeStage } from "../catalog/node-store.ts";
import { RowBuffer } from "./row-buffer.ts";

/** A stage of a memory catalog that writes down its calls. */
async function recorded(catalog: MemoryCatalog): Promise<{ readonly stage: NodeStage; readonly calls: string[] }> {
  const inner = await catalog.stage((await catalog.source("s")).sourceId);
  const calls: string[] = [];
  const stage: NodeStage = {
    replaceChildren: (parents, rows) => {
      calls.push(`replace ${parents.length} with ${rows.length}`);
      return inner.replaceChildren(parents, rows);
    },
    putDirectories: (rows) => {
      calls.push(`put ${rows.length}`);
      return inner.putDirectories(rows);
    },
    removeDirectories: (ids) => {
      calls.push(`remove ${ids.join()}`);
      return inner.removeDirectories(ids);
    },
    commit: (state) => inner.commit(state),
    discard: () => inner.discard(),
  };
  return { stage, calls };
}

test("RowBuffer sends the rows of many directories in one call, and what is gone last", async () => {
  const catalog = new MemoryCatalog();
  const { stage, calls } = await recorded(catalog);
  const buffer = new RowBuffer(stage);
  await buffer.replace(2n, [fileRow(2n, "a"), fileRow(2n, "b")], directoryRow(2n, 1));
  await buffer.replace(1n, [directoryNode(1n, "two", 2n)], directoryRow(1n, 2));
  assert.deepEqual(calls, []);
  await buffer.flush([directoryNode(1n, "gone", 9n)]);
  assert.deepEqual(calls, ["replace 2 with 3", "put 2", "remove 9"]);
  await stage.commit({ snapshot: "aa", rootId: 1n });
  const { sourceId } = await catalog.source("s");
  assert.deepEqual(
    (await catalog.children(sourceId, [1n, 2n])).map((rows) => rows.map(({ name }) => name)),
    [["two"], ["a", "b"]],
  );
  assert.deepEqual(
    (await catalog.directories(sourceId, [1n, 2n])).map((row) => row?.totalFiles),
    [2, 1],
  );
});

test("RowBuffer sends by itself when it holds thousands of rows, each once", async () => {
  const { stage, calls } = await recorded(new MemoryCatalog());
  const buffer = new RowBuffer(stage);
  const rows = Array.from({ length: 5000 }, (_, at) => fileRow(2n, `file ${at}`));
  await buffer.replace(2n, rows, directoryRow(2n));
  assert.deepEqual(calls, ["replace 1 with 5000", "put 1"]);
  await buffer.flush([]);
  assert.deepEqual(calls.length, 2, "nothing is left");
});

test("RowBuffer sends by itself when it holds thousands of empty directories", async () => {
  const { stage, calls } = await recorded(new MemoryCatalog());
  const buffer = new RowBuffer(stage);
  for (let id = 2n; id < 5002n; id += 1n) await buffer.replace(id, [], directoryRow(id));
  assert.deepEqual(calls, ["replace 4096 with 0", "put 4096"]);
});

test("RowBuffer puts the page of a directory whose rows stay, beside those that are replaced", async () => {
  const catalog = new MemoryCatalog();
  const { stage, calls } = await recorded(catalog);
  const buffer = new RowBuffer(stage);
  await buffer.replace(1n, [fileRow(1n, "a")], directoryRow(1n, 1));
  await buffer.put(directoryRow(2n, 5));
  await buffer.flush([]);
  await buffer.put(directoryRow(3n, 6));
  await buffer.flush([]);
  assert.deepEqual(calls, ["replace 1 with 1", "put 2", "put 1"]);
});

test("RowBuffer sends empty directories too", async () => {
  const { stage, calls } = await recorded(new MemoryCatalog());
  const buffer = new RowBuffer(stage);
  await buffer.replace(2n, [], directoryRow(2n));
  await buffer.flush([]);
  assert.deepEqual(calls, ["replace 1 with 0", "put 1"]);
});
