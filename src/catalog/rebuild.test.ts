import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENTRY_KIND, NO_CHUNKS, type Entry } from "../format/entry.ts";
import { byName, collect, commitRows, directoryNode, directoryRow, fileRow } from "../../test/support/catalog-fixture.ts";
import { ListingStamper } from "./listing-stamp.ts";
import { MemoryCatalog } from "./memory/memory-catalog.ts";
import type { NodeRow, NodeStage } from "./node-store.ts";
import { rebuildSource, rowOfEntry, type RebuiltDirectory } from "./rebuild.ts";

/** The entry a backup would have stored for a row. */
function entryOf(row: NodeRow): Entry {
  return {
    name: row.name,
    kind: row.kind,
    nodeId: row.id,
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: "",
    group: "",
    size: row.size,
    modifiedNs: row.modifiedNs,
    changedNs: row.changeToken,
    accessedNs: 1n,
    bornNs: 0n,
    links: 1,
    device: 0n,
    attributes: [],
    linkTarget: row.name,
    content: NO_CHUNKS,
    extents: undefined,
    xorHash: row.xorHash,
    directory: undefined,
  };
}

const ROWS = [
  directoryNode(1n, "docs", 2n),
  fileRow(1n, "b", { id: 3n, changeToken: -5n }),
  fileRow(2n, "a", { id: 4n }),
  directoryNode(2n, "empty", 5n),
];

async function* treeOf(rows: readonly NodeRow[], ids: readonly bigint[]): AsyncGenerator<RebuiltDirectory> {
  for (const id of ids) yield { parent: id, entries: rows.filter((row) => row.parent === id).map(entryOf), directory: directoryRow(id) };
}

const options = { sourceId: 1, snapshot: "cc", rootId: 1n };

describe("rebuildSource()", () => {
  it("leaves the rows and pages that the backup itself staged", async () => {
    const [staged, rebuilt] = [new MemoryCatalog(), new MemoryCatalog()];
    for (const catalog of [staged, rebuilt]) await catalog.source("s");
    const stage = await staged.stage(1);
    await stage.replaceChildren([1n, 2n, 5n], ROWS);
    const stamper = await ListingStamper.create();
    const stampOf = (id: bigint): bigint => stamper.ofRows(ROWS.filter(({ parent }) => parent === id).sort(byName));
    await stage.putDirectories([1n, 2n, 5n].map((id) => ({ ...directoryRow(id), stamp: stampOf(id) })));
    await stage.commit(options);
    await commitRows(rebuilt, 1, { rows: [fileRow(9n, "stale")] });
    assert.deepEqual(await rebuildSource(rebuilt, treeOf(ROWS, [1n, 2n, 5n]), options), { rows: 4, directories: 3 });
    for (const id of [1n, 2n, 5n, 9n]) {
      assert.deepEqual(await rebuilt.children(1, [id]), await staged.children(1, [id]));
      assert.deepEqual(await rebuilt.directories(1, [id]), await staged.directories(1, [id]));
    }
    assert.deepEqual(await rebuilt.source("s"), await staged.source("s"));
  });

  it("leaves the old rows when the tree cannot be read to its end", async () => {
    const catalog = new MemoryCatalog();
    await catalog.source("s");
    await commitRows(catalog, 1, { rows: [fileRow(1n, "old")] });
    async function* broken(): AsyncGenerator<RebuiltDirectory> {
      yield* treeOf(ROWS, [1n]);
      throw new Error("pack is missing");
    }
    await assert.rejects(rebuildSource(catalog, broken(), options), /pack is missing/);
    assert.deepEqual((await catalog.source("s")).snapshot, "aa");
    assert.equal((await collect(catalog.walk(1))).length, 1);
  });

  it("stops when the signal is aborted", async () => {
    const catalog = new MemoryCatalog();
    await catalog.source("s");
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(rebuildSource(catalog, treeOf(ROWS, [1n]), { ...options, signal }), /enough/);
  });

  it("hands large trees over in batches, and each directory whole", async () => {
    const batches: number[] = [];
    const stage: NodeStage = {
      replaceChildren: async (parents, rows) => {
        assert.ok(rows.every((row) => parents.includes(row.parent)));
        batches.push(rows.length);
      },
      putDirectories: async () => undefined,
      removeDirectories: async () => undefined,
      commit: async () => undefined,
      discard: async () => undefined,
    };
    const rows = Array.from({ length: 20_000 }, (_, at) => fileRow(BigInt(1 + Math.floor(at / 5000)), `file ${at}`));
    const result = await rebuildSource({ stage: async () => stage }, treeOf(rows, [1n, 2n, 3n, 4n]), options);
    assert.deepEqual(result, { rows: 20_000, directories: 4 });
    assert.deepEqual(batches, [10_000, 10_000, 0]);
  });
});

describe("rowOfEntry()", () => {
  it("takes the change token from the source's rule, and a hash only from files", async () => {
    const link = { ...entryOf(fileRow(1n, "l", { xorHash: 9n })), kind: ENTRY_KIND.symlink };
    assert.equal(rowOfEntry(1n, link).xorHash, 0n);
    const catalog = new MemoryCatalog();
    await catalog.source("s");
    await rebuildSource(catalog, treeOf([fileRow(1n, "a")], [1n]), { ...options, changeToken: (entry) => entry.accessedNs });
    assert.equal((await catalog.children(1, [1n]))[0]?.[0]?.changeToken, 1n);
  });
});
