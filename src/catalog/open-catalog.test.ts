import assert from "node:assert/strict";
import { copyFile, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { databaseReason } from "../database/database-error.ts";
import { openSqlite } from "../database/sqlite/open-sqlite.ts";
import { ManualClock } from "../shared/clock.ts";
import { commitRows, fileRow } from "../../test/support/catalog-fixture.ts";
import { openCatalog, openCatalogToRead, type OpenedCatalog } from "./open-catalog.ts";

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "varve-open-"));
  path = join(folder, "sub", "catalog.sqlite");
});

afterEach(() => rm(folder, { recursive: true }));

const clock = new ManualClock(1_700_000_000_000_000_000n);
const ASIDE = "1700000000000";

const openHere = (): Promise<OpenedCatalog> => openCatalog({ path, clock });

/** A sound catalog of several pages, closed again. */
async function fill(): Promise<void> {
  const { nodes } = await openHere();
  const { sourceId } = await nodes.source("s");
  await commitRows(nodes, sourceId, { rows: Array.from({ length: 2000 }, (_, at) => fileRow(1n, `file ${at}`)) });
  await nodes.close();
}

/** Opens, checks that it starts empty and works, and returns the note. */
async function openedEmpty(): Promise<string> {
  const { nodes, note } = await openHere();
  assert.deepEqual(await nodes.sources(), []);
  const { sourceId } = await nodes.source("s");
  await commitRows(nodes, sourceId, { rows: [fileRow(1n, "a")] });
  await nodes.close();
  return note ?? "";
}

describe("openCatalog()", () => {
  it("makes an empty catalog without a note, and finds it again", async () => {
    await fill();
    const { nodes, note } = await openHere();
    assert.equal(note, undefined);
    assert.equal((await nodes.size()).rows, 2000);
    assert.ok((await nodes.size()).bytes >= (await stat(path)).size);
    await nodes.close();
  });

  it("moves a file aside that is no database, with its bytes, and starts empty", async () => {
    await fill();
    await writeFile(path, "garbage".repeat(1000));
    assert.match(await openedEmpty(), /damaged/);
    assert.equal(await readFile(`${path}.damaged-${ASIDE}`, "latin1"), "garbage".repeat(1000));
  });

  it("starts empty when the file was cut short", async () => {
    await fill();
    await truncate(path, 8192);
    assert.match(await openedEmpty(), /damaged/);
  });

  it("starts empty when a newer version wrote the file, and keeps that file", async () => {
    await fill();
    const database = await openSqlite(path);
    database.execute("UPDATE schema_version SET version = 99");
    database.close();
    const copy = join(folder, "copy");
    await copyFile(path, copy);
    assert.match(await openedEmpty(), /newer version/);
    assert.deepEqual(await readFile(`${path}.newer-${ASIDE}`), await readFile(copy));
  });

  it("starts empty on the run after damage was met while reading", async () => {
    await fill();
    const file = await open(path, "r+");
    for (let page = 8; page * 4096 < (await file.stat()).size; page += 1) await file.write(Buffer.alloc(4096, 0xee), 0, 4096, page * 4096);
    await file.close();
    const { nodes } = await openHere();
    await assert.rejects(nodes.children((await nodes.source("s")).sourceId, [1n]), (error) => databaseReason(error) === "damaged");
    await nodes.close();
    assert.match(await openedEmpty(), /damaged/);
    assert.equal(await openHere().then(async ({ nodes: again, note }) => (await again.close(), note)), undefined);
  });

  it("leaves a database of another program alone", async () => {
    const database = await openSqlite(path);
    database.execute("CREATE TABLE bookmarks (url TEXT)");
    database.close();
    await assert.rejects(openHere(), (error) => databaseReason(error) === "foreign");
    assert.deepEqual(
      (await readdir(join(folder, "sub"))).filter((name) => name.includes("-17")),
      [],
    );
  });

  it("throws E_CATALOG when the place cannot be used", async () => {
    await writeFile(join(folder, "sub"), "");
    await assert.rejects(openHere(), (error) => databaseReason(error) === "failed");
  });
});

describe("openCatalogToRead()", () => {
  it("finds what is there", async () => {
    await fill();
    const nodes = await openCatalogToRead(path);
    assert.deepEqual(
      (await nodes?.sources())?.map(({ key }) => key),
      ["s"],
    );
    await nodes?.close();
  });

  it("makes no file where there is none", async () => {
    assert.equal(await openCatalogToRead(path), undefined);
    assert.deepEqual(await readdir(folder), []);
  });

  it("throws E_CATALOG of a damaged file and leaves it as it is", async () => {
    await fill();
    await writeFile(path, "garbage".repeat(1000));
    await assert.rejects(openCatalogToRead(path), (error) => databaseReason(error) === "damaged");
    assert.equal(await readFile(path, "latin1"), "garbage".repeat(1000));
    await writeFile(`${path}-damaged`, "");
    await assert.rejects(openCatalogToRead(path), (error) => databaseReason(error) === "damaged");
    assert.deepEqual(await readdir(join(folder, "sub")), ["catalog.sqlite", "catalog.sqlite-damaged"]);
  });
});
