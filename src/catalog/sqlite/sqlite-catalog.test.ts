import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { openSqlite } from "../../database/sqlite/open-sqlite.ts";
import { commitRows, directoryRow, fileRow, type CatalogFixture } from "../../../test/support/catalog-fixture.ts";
import { nodeStoreSuite } from "../../../test/support/node-store-suite.ts";
import { treeStoreSuite } from "../../../test/support/tree-store-suite.ts";
import { SqliteCatalog } from "./sqlite-catalog.ts";

async function open(): Promise<CatalogFixture & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "varve-catalog-"));
  const path = join(folder, "catalog.sqlite");
  const connections: SqliteCatalog[] = [];
  return {
    path,
    connect: async () => {
      const catalog = await SqliteCatalog.open(await openSqlite(path));
      connections.push(catalog);
      return catalog;
    },
    close: async () => {
      for (const catalog of connections) await catalog.close();
      await rm(folder, { recursive: true });
    },
  };
}

nodeStoreSuite("SQLite", open);
treeStoreSuite("SQLite", open);

it("rows survive closing and opening the file", async () => {
  const fixture = await open();
  const catalog = await fixture.connect();
  const { sourceId } = await catalog.source("s");
  await commitRows(catalog, sourceId, { rows: [fileRow(1n, "kept")] });
  await catalog.close();
  const again = await fixture.connect();
  assert.deepEqual(await again.children((await again.source("s")).sourceId, [1n]), [[fileRow(1n, "kept")]]);
  await fixture.close();
});

it("a file without stamps, as the first version made them, keeps its rows and takes stamps from then on", async () => {
  const fixture = await open();
  const catalog = await fixture.connect();
  const { sourceId } = await catalog.source("s");
  await commitRows(catalog, sourceId, { rows: [fileRow(1n, "kept")] });
  const first = await catalog.stage(sourceId);
  await first.putDirectories([directoryRow(1n)]);
  await first.commit({ snapshot: "aa", rootId: 1n });
  await catalog.close();
  const database = await openSqlite(fixture.path);
  database.execute("ALTER TABLE directories DROP COLUMN stamp; UPDATE schema_version SET version = 1");
  database.close();
  const again = await fixture.connect();
  assert.deepEqual(await again.children((await again.source("s")).sourceId, [1n]), [[fileRow(1n, "kept")]]);
  assert.deepEqual((await again.directories(sourceId, [1n]))[0]?.stamp, undefined);
  const stage = await again.stage(sourceId);
  await stage.putDirectories([{ ...directoryRow(1n), stamp: 7n }]);
  await stage.commit({ snapshot: "bb", rootId: 1n });
  assert.deepEqual((await again.directories(sourceId, [1n]))[0]?.stamp, 7n);
  await fixture.close();
});

it("a stage that was never ended leaves the old rows, and the next commit sweeps what it wrote", async () => {
  const fixture = await open();
  const crashed = await fixture.connect();
  const { sourceId } = await crashed.source("s");
  await commitRows(crashed, sourceId, { rows: [fileRow(1n, "old")] });
  const stage = await crashed.stage(sourceId, { clear: true });
  const rows = Array.from({ length: 40_000 }, (_, index) => fileRow(1n, `file ${index}`));
  await stage.replaceChildren([1n], rows);
  await crashed.close();

  const catalog = await fixture.connect();
  assert.deepEqual(await catalog.children((await catalog.source("s")).sourceId, [1n]), [[fileRow(1n, "old")]]);
  await commitRows(catalog, sourceId, { rows: [fileRow(1n, "new")] });
  await catalog.close();
  const database = await openSqlite(fixture.path);
  assert.equal(database.value("SELECT count(*) FROM nodes"), 1n);
  assert.equal(database.value("SELECT count(*) FROM trees"), 1n);
  database.close();
  await fixture.close();
});

/** Commits stages of its own source, one after the other, in a process of its own. */
const WRITER = `
  import { openSqlite } from ${JSON.stringify(new URL("../../database/sqlite/open-sqlite.ts", import.meta.url).href)};
  import { SqliteCatalog } from ${JSON.stringify(new URL("./sqlite-catalog.ts", import.meta.url).href)};
  import { commitRows, fileRow } from ${JSON.stringify(new URL("../../../test/support/catalog-fixture.ts", import.meta.url).href)};
  const [path, key] = process.argv.slice(1);
  const catalog = await SqliteCatalog.open(await openSqlite(path));
  const { sourceId } = await catalog.source(key);
  for (let round = 1; round <= 20; round += 1) {
    await commitRows(catalog, sourceId, { rows: Array.from({ length: 1000 }, (_, at) => fileRow(1n, "file " + at, { size: round })), snapshot: key + round });
  }
  await catalog.close();
`;

it("several processes that open, fill and commit one new file at once all succeed", async () => {
  const fixture = await open();
  const keys = ["one", "two", "three"];
  const exits = await Promise.all(
    keys.map(async (key) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, fixture.path, key], { stdio: "inherit" });
      return (await once(child, "exit")) as unknown[];
    }),
  );
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0, 0],
  );
  const catalog = await fixture.connect();
  for (const key of keys) {
    const { sourceId, snapshot } = await catalog.source(key);
    assert.equal(snapshot, `${key}20`);
    const rows = (await catalog.children(sourceId, [1n])).flat();
    assert.deepEqual([rows.length, new Set(rows.map((row) => row.size))], [1000, new Set([20])]);
  }
  await fixture.close();
});
