import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import type { TreeReader } from "./face.ts";
import { walkTree, type WalkHooks } from "./tree-walk.ts";

const AT = "base" as ByteString;

/** A directory that claims `files` and `directories` below it; its entries are found by the first byte of its page. */
function directory(name: string, page: number, [totalFiles, totalDirectories]: readonly [number, number]): Entry {
  const facts = { page: { id: Uint8Array.of(page), length: 1 }, entryCount: 0, totalFiles, totalDirectories, totalBytes: 0 };
  return fileEntry(name, { kind: ENTRY_KIND.directory, directory: facts });
}

function readerOf(...pages: readonly (readonly Entry[])[]): TreeReader {
  return {
    async *entries({ page }) {
      for (const entry of pages[page.id[0] ?? 0] ?? []) yield [entry];
    },
    chunk: () => Promise.reject(new Error("nobody reads chunks")),
  };
}

async function walk(reader: TreeReader, entry: Entry, hooks: WalkHooks = {}): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { directory: path, name } of walkTree(reader, { at: AT, entry }, hooks)) found.push(`${path}/${name}`);
  return found;
}

const reader = readerOf(
  [fileEntry("a"), directory("b", 1, [1, 1]), fileEntry("c"), directory("d", 3, [1, 0])],
  [directory("e", 2, [1, 0])],
  [fileEntry("f")],
  [fileEntry("g")],
);

test("walkTree() gives each directory before what it holds", async () => {
  const paths = ["base/a", "base/b", "base/c", "base/d", "base/b/e", "base/b/e/f", "base/d/g"];
  assert.deepEqual(await walk(reader, directory("", 0, [4, 3])), paths);
});

test("walkTree() shows but does not enter what the consumer declines", async () => {
  assert.deepEqual(await walk(reader, directory("", 0, [4, 3]), { enter: ({ name }) => name !== "b" }), [
    "base/a",
    "base/b",
    "base/c",
    "base/d",
    "base/d/g",
  ]);
});

test("walkTree() of something that is no directory gives nothing", async () => {
  assert.deepEqual(await walk(reader, fileEntry("a")), []);
});

test("walkTree() ends with E_CORRUPT when a tree holds more than it says, instead of running on", async () => {
  await assert.rejects(walk(reader, directory("", 0, [4, 2])), (error) => isAppError(error, "E_CORRUPT"));
  // A directory that holds itself.
  const endless = readerOf([directory("again", 0, [1, 1])]);
  await assert.rejects(walk(endless, directory("", 0, [500, 500])), (error) => isAppError(error, "E_CORRUPT"));
  // Ten directories that are all the same one, ten deep: as large as a bomb, in a handful of pages.
  const bomb = readerOf(
    ...Array.from({ length: 10 }, (_, level) => Array.from({ length: 10 }, (_, at) => directory(`d${at}`, level + 1, [0, 1111]))),
  );
  await assert.rejects(walk(bomb, directory("", 0, [0, 1111])), (error) => isAppError(error, "E_CORRUPT"));
});
