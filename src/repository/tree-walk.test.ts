import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import type { TreeReader } from "./face.ts";
import { walkNested, walkTree, type WalkHooks } from "./tree-walk.ts";

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

test("walkTree() goes on with the other directories when one cannot be read, and says which", async () => {
  const damaged: TreeReader = {
    ...reader,
    async *entries(facts, onDamage) {
      if (facts.page.id[0] === 1) throw new AppError({ code: "E_CORRUPT", what: "damaged" });
      yield* reader.entries(facts, onDamage);
    },
  };
  const unreadable: string[] = [];
  const paths = await walk(damaged, directory("", 0, [4, 3]), { unreadable: (path) => unreadable.push(path) });
  assert.deepEqual([paths, unreadable], [["base/a", "base/b", "base/c", "base/d", "base/d/g"], ["base/b"]]);
  await assert.rejects(walk(damaged, directory("", 0, [4, 3])), (error) => isAppError(error, "E_CORRUPT"));
});

test("walkTree() holds each directory to what it says itself, whatever the tree says", async () => {
  const unreadable: string[] = [];
  const hooks: WalkHooks = { unreadable: (path) => unreadable.push(path) };
  // Of the 60 levels, each says it holds as much as all of them.
  const claim = [0, 9_000_000_000] as const;
  const bomb = readerOf(...Array.from({ length: 60 }, (_, level) => [directory("a", level + 1, claim), directory("b", level + 1, claim)]));
  assert.deepEqual(await walk(bomb, directory("", 0, claim), hooks), []);
  // More than any tree has is refused before anything is read.
  assert.deepEqual(await walk(bomb, directory("", 0, [0, 9e15]), hooks), []);
  assert.deepEqual(unreadable, ["base", "base"]);
});

test("walkNested() follows each directory at once by what it holds", async () => {
  const found: string[] = [];
  for await (const { directory: path, name } of walkNested(reader, { at: AT, entry: directory("", 0, [4, 3]) }))
    found.push(`${path}/${name}`);
  assert.deepEqual(found, ["base/a", "base/b", "base/b/e", "base/b/e/f", "base/c", "base/d", "base/d/g"]);
});

test("walkNested() ends with E_CORRUPT when a directory holds more than it says", async () => {
  const endless = readerOf([directory("again", 0, [1, 1])]);
  await assert.rejects(
    async () => {
      for await (const found of walkNested(endless, { at: AT, entry: directory("", 0, [500, 500]) })) assert.ok(found);
    },
    (error) => isAppError(error, "E_CORRUPT"),
  );
});
