import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, displayBytes, type ByteString } from "../../shared/bytes.ts";
import type { UpcomingDirectory } from "../source.ts";
import { ListAhead } from "./list-ahead.ts";
import type { ListedEntry, ListPage } from "./list-page.ts";

function entry(name: string, kind: ListedEntry["kind"]): ListedEntry {
  const ticks = { creationTicks: 0n, lastAccessTicks: 0n, lastWriteTicks: 0n, changeTicks: 0n };
  return { name, kind, fileId: 1n, size: 0, etag: "", attributes: 0, permissionKey: "", ...ticks };
}

/** A tree by path to the names of its directories, and which of them were listed. */
function tree(directories: Readonly<Record<string, readonly string[]>>): { ahead: ListAhead; listed: string[] } {
  const listed: string[] = [];
  const ahead = new ListAhead(async (directory): Promise<ListPage> => {
    const path = displayBytes(directory);
    listed.push(path);
    const found = directories[path];
    if (found === undefined) throw new Error(`no ${path}`);
    return { entries: found.map((name) => entry(name, ENTRY_KIND.directory)), nextMarker: undefined, directoryId: 1n };
  });
  return { ahead, listed };
}

const upcoming = (...paths: readonly string[]): UpcomingDirectory[] =>
  paths.map((path) => ({ path: byteStringOf(path), entryChanged: false }));
const path = (text: string): ByteString => byteStringOf(text);

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("ListAhead lists each directory once: what is expected, what lies in it, and what is asked for", async () => {
  const { ahead, listed } = tree({ "": ["a", "b"], a: ["c"], b: [], "a/c": [] });
  ahead.expect(upcoming(""), true);
  await turns();
  assert.deepEqual(listed.toSorted(), ["", "a", "a/c", "b"]);
  assert.deepEqual((await ahead.take(path(""))).entries.length, 2);
  ahead.expect(upcoming("b", "a"), true);
  for (const one of ["a", "a/c", "b"]) await ahead.take(path(one));
  await turns();
  assert.equal(listed.length, 4);
});

test("ListAhead begins nothing below what is expected when not everything will be listed", async () => {
  const { ahead, listed } = tree({ a: ["c"], "a/c": [] });
  ahead.expect(upcoming("a"), false);
  await turns();
  assert.deepEqual(listed, ["a"]);
  await ahead.take(path("a/c"));
  assert.deepEqual(listed, ["a", "a/c"]);
});

test("ListAhead hands a failure to whoever takes the directory, and to nobody else", async () => {
  const { ahead, listed } = tree({ "": ["gone", "there"], there: [] });
  ahead.expect(upcoming(""), true);
  await turns();
  await assert.rejects(ahead.take(path("gone")), /no gone/);
  await ahead.take(path("there"));
  assert.equal(listed.length, 3);
});

test("ListAhead holds a bounded number of directories however many lie ahead", async () => {
  const names = Array.from({ length: 5000 }, (_, at) => `d${at}`);
  const directories: Record<string, readonly string[]> = Object.fromEntries(names.map((name) => [name, []]));
  const { ahead, listed } = tree({ ...directories, "": names });
  ahead.expect(upcoming(""), true);
  await ahead.take(path(""));
  await turns();
  assert.ok(listed.length <= 1 + 256, `${listed.length} were listed`);
  for (const name of names) await ahead.take(path(name));
  await turns();
  assert.equal(listed.length, 5001);
});
