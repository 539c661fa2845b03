import assert from "node:assert/strict";
import { test } from "node:test";
import { importCycles, importViolations, roomOf } from "./import-rules.ts";
import { ROOMS } from "./import-table.ts";
import { projectFacts } from "./project.ts";
import { readSample } from "./syntax.ts";

test("every import follows the table of rooms, packages and builtins", () => {
  const files = projectFacts();
  assert.ok(files.length > 10, "the project was read");
  assert.deepEqual(importViolations(files), []);
});

test("no file imports itself, directly or through others", () => {
  assert.deepEqual(importCycles(projectFacts()), []);
});

test("every folder under src is a room of the table", () => {
  const rooms = new Set(projectFacts().map(({ path }) => roomOf(path)));
  rooms.delete("");
  assert.deepEqual(
    [...rooms].filter((room) => !(room in ROOMS)),
    [],
  );
});

test("the table itself has no way up: no two rooms may import each other", () => {
  for (const [room, others] of Object.entries(ROOMS)) {
    for (const other of others) assert.ok(ROOMS[other]?.includes(room) === false, `${room} and ${other}`);
  }
});

test("importViolations() names upward, sideways, test and folder imports", () => {
  const files = readSample({
    "src/format/page.ts": 'import { a } from "../repository/pack.ts";\nimport type { B } from "../shared/bytes.ts";',
    "src/repository/open.ts": 'import { c } from "../database/sqlite.ts";\nexport { d } from "../storage/object-store.ts";',
    "src/catalog/rows.ts": 'const { e } = await import("../storage/object-store.ts");\nimport "./other.js";',
    "src/archiver/lane.ts": 'import { f } from "./lane.test.ts";\nimport { g } from "../../test/support/tree.ts";',
    "src/archiver/lane.test.ts": 'import { g } from "../../test/support/tree.ts";\nimport { h } from "../restorer/face.ts";',
  });
  assert.deepEqual(importViolations(files), [
    "src/archiver/lane.test.ts:2 archiver may not import restorer",
    "src/archiver/lane.ts:1 archiver may not import the test src/archiver/lane.test.ts",
    "src/archiver/lane.ts:2 archiver may not import test/support/tree.ts",
    "src/catalog/rows.ts:1 catalog may not import storage",
    "src/catalog/rows.ts:2 ./other.js does not end in .ts",
    "src/format/page.ts:1 format may not import repository",
    "src/repository/open.ts:1 repository may not import database",
  ]);
});

test("importViolations() names packages and builtins away from their homes", () => {
  const files = readSample({
    "src/format/page.ts": 'import { readFileSync } from "node:fs";\nimport { Builder } from "flatbuffers";',
    "src/storage/local/folder.ts": 'import { open } from "node:fs/promises";\nimport { join } from "node:path";',
    "src/storage/azure-blob/client.ts": 'import type { BlobClient } from "@azure/storage-blob";',
    "src/storage/object-store.ts": 'import type { BlobClient } from "@azure/storage-blob";',
    "src/repository/open.ts": 'import { createHash } from "node:crypto";\nimport fc from "fast-check";',
    "src/repository/open.test.ts": 'import { readFileSync } from "node:fs";\nimport fc from "fast-check";',
  });
  assert.deepEqual(importViolations(files), [
    "src/format/page.ts:1 node:fs is only for shared, source/local, storage/local, storage/cache, database, catalog, config, telemetry, guid, cli",
    "src/repository/open.ts:1 node:crypto is only for shared, crypto, chunker, storage/azure-blob, source/azure-files, guid",
    "src/repository/open.ts:2 fast-check is only for nobody",
    "src/storage/object-store.ts:1 @azure/storage-blob is only for storage/azure-blob, source/azure-files",
  ]);
});

test("importCycles() finds a cycle of three files once and lets later loading be", () => {
  const files = readSample({
    "src/a/a.ts": 'import "./b.ts";',
    "src/a/b.ts": 'export { c } from "./c.ts";',
    "src/a/c.ts": 'import type { A } from "./a.ts";',
    "src/a/d.ts": 'new URL("./d-thread.ts", import.meta.url);',
    "src/a/d-thread.ts": 'import "./d.ts";',
    "src/a/e.ts": 'const { f } = await import("./f.ts");',
    "src/a/f.ts": 'import { e } from "./e.ts";',
  });
  assert.deepEqual(importCycles(files), ["src/a/a.ts -> src/a/b.ts -> src/a/c.ts -> src/a/a.ts"]);
});
