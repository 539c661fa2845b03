import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND, type Entry, type Manifest } from "../format/entry.ts";
import { byteStringOf, type ByteString } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { manifestOf } from "../../test/support/thin-backup.ts";
import type { Snapshot, TreeReader } from "./face.ts";
import { type SelectedTree, selectTrees, sourceLabels } from "./tree-select.ts";

/** Directories by the number in their page id. */
const directories: (readonly Entry[])[] = [];

function file(name: string): Entry {
  return fileEntry(name);
}

function directory(name: string, entries: readonly Entry[]): Entry {
  directories.push(entries);
  const page = { id: Uint8Array.of(directories.length - 1), length: 1 };
  const facts = { page, entryCount: entries.length, totalFiles: 0, totalDirectories: 0, totalBytes: 0 };
  return fileEntry(name, { kind: ENTRY_KIND.directory, directory: facts });
}

const reader: Pick<TreeReader, "entries"> = {
  async *entries({ page }) {
    const entries = directories[page.id[0] ?? 0] ?? [];
    // Two batches, as a directory of several pages has.
    yield entries.slice(0, 1);
    yield entries.slice(1);
  },
};

function snapshotOf(...sources: readonly (readonly [string, Entry])[]): Snapshot {
  const manifest: Manifest = {
    ...manifestOf(file("x"), { tags: [], host: "h", startedNs: 0n }),
    sources: sources.map(([path, root]) => ({ path: byteStringOf(path), key: path, root })),
  };
  return { id: "ab".repeat(32), session: "", manifest };
}

/** What a path selects, as `place: entry name`. */
async function select(snapshot: Snapshot, path: string, fullPaths = false): Promise<readonly string[]> {
  const trees = await selectTrees(reader as TreeReader, snapshot, { path: byteStringOf(path), fullPaths });
  return trees.map(({ at, entry }: SelectedTree) => `${at}: ${entry.name}`);
}

const home = directory("home-root", [directory("docs", [file("a.txt"), directory("deep", [file("b.txt")])]), file("notes")]);
const etc = directory("etc-root", [file("hosts")]);
const single = snapshotOf(["/srv/home", home]);
const several = snapshotOf(["/srv/home", home], ["/etc", etc], ["/backup/etc", etc], ["/etc/hosts", file("hosts-root")]);

test("sourceLabels() names sources by the last part of their path and makes the names unique", () => {
  const paths = ["/a/etc", "/etc", "/etc-2", "/b/etc/", "/"];
  const manifest = snapshotOf(...paths.map((path) => [path, etc] as const)).manifest;
  assert.deepEqual(sourceLabels(manifest), ["etc", "etc-2", "etc-2-2", "etc-3", "root"]);
});

test("selectTrees() gives everything for an empty path: one source as itself, several in a folder each", async () => {
  for (const path of ["", "/", ".", "./"]) {
    assert.deepEqual(await select(single, path), [": home-root"]);
    assert.deepEqual(await select(several, path), ["home: home-root", "etc: etc-root", "etc-2: etc-root", "hosts: hosts-root"]);
  }
});

test("selectTrees() puts sources below their absolute paths when asked for full paths", async () => {
  assert.deepEqual(await select(single, "", true), ["srv/home: home-root"]);
  assert.deepEqual(await select(several, "", true), [
    "srv/home: home-root",
    "etc: etc-root",
    "backup/etc: etc-root",
    "etc/hosts: hosts-root",
  ]);
});

test("selectTrees() gives a source that is a file its name", async () => {
  assert.deepEqual(await select(snapshotOf(["/etc/hosts", file("hosts-root")]), ""), ["hosts: hosts-root"]);
});

test("selectTrees() finds paths below a single source, with slashes and dots as people type them", async () => {
  for (const path of ["docs/deep", "/docs/deep", "./docs//deep/", "home/docs/deep", "/srv/home/docs/deep"]) {
    assert.deepEqual(await select(single, path), [": deep"], path);
  }
  for (const path of ["docs/a.txt", "/srv/home/docs/a.txt"]) assert.deepEqual(await select(single, path), ["a.txt: a.txt"], path);
  assert.deepEqual(await select(single, "/srv/home"), [": home-root"]);
});

test("selectTrees() finds paths below the label or the absolute path of one of several sources", async () => {
  assert.deepEqual(await select(several, "home/notes"), ["notes: notes"]);
  assert.deepEqual(await select(several, "etc-2/hosts"), ["hosts: hosts"]);
  assert.deepEqual(await select(several, "/backup/etc/hosts"), ["hosts: hosts"]);
  assert.deepEqual(await select(several, "hosts"), ["hosts: hosts-root"]);
});

test("selectTrees() is E_NOT_FOUND for paths that are not there, and tells what the snapshot holds", async () => {
  for (const path of ["nothing", "docs/nothing", "notes/below-a-file", "srv", "../home", "Docs"]) {
    await assert.rejects(select(single, path), (error) => isAppError(error, "E_NOT_FOUND") && error.why.includes("/srv/home"), path);
  }
  await assert.rejects(select(several, "docs"), (error) => isAppError(error, "E_NOT_FOUND"));
});

test("selectTrees() compares names as bytes", async () => {
  const odd = directory("odd", [fileEntry("\xff\xfe")]);
  const snapshot = snapshotOf(["/odd", odd]);
  assert.equal((await selectTrees(reader as TreeReader, snapshot, { path: "\xff\xfe" as ByteString })).length, 1);
  await assert.rejects(selectTrees(reader as TreeReader, snapshot, { path: byteStringOf("\xff\xfe") }), (error) =>
    isAppError(error, "E_NOT_FOUND"),
  );
});
