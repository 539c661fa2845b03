import assert from "node:assert/strict";
import { test } from "node:test";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { RestoredDirectories } from "./restored-directories.ts";
import { Unlike } from "./unlike.ts";

const path = (text: string): ByteString => text as ByteString;
const facts = { page: { id: new Uint8Array(32), length: 1 }, entryCount: 0, totalFiles: 0, totalDirectories: 0, totalBytes: 0 };

function directory(name: string, more: Partial<Entry> = {}): Entry {
  return fileEntry(name, { kind: ENTRY_KIND.directory, directory: facts, ...more });
}

/** Directories over a target that has `existing` and cannot make `failing`; `calls` are what it was asked. */
function over(existing: readonly string[] = [], failing: readonly string[] = []) {
  const calls: string[] = [];
  const issues: string[] = [];
  const directories = new RestoredDirectories({
    target: {
      makeDirectory: (parent, name) => {
        const made = `${parent}/${name}`;
        calls.push(`make ${made}`);
        if (failing.includes(made)) throw new AppError({ code: "E_TARGET", what: "no" });
        return existing.includes(made) ? "exists" : "created";
      },
      finishDirectory: (parent, name, { attributes }) => {
        calls.push(`finish ${parent}/${name}${attributes.length > 0 ? ` with ${attributes.length}` : ""}`);
        return [];
      },
    },
    reader: {
      entries: () => assert.fail("no directory is read"),
      chunk: () => Promise.reject(new AppError({ code: "E_CORRUPT", what: "damaged" })),
    },
    unlike: new Unlike({ chunk: () => Promise.reject(new Error("no chunk is read")) }, undefined),
    replace: true,
    issue: (at, error) => issues.push(`${at}: ${error instanceof AppError ? error.code : ""}`),
  });
  return { directories, calls, issues };
}

test("RestoredDirectories makes a directory and its parents once, when first needed, and finishes them deepest first", async () => {
  const { directories, calls } = over();
  directories.announce(path(""), path("a"), undefined);
  directories.announce(path("a"), path("b"), directory("b"));
  directories.announce(path("a/b"), path("c"), directory("c"));
  directories.announce(path("a"), path("never needed"), directory("never needed"));
  assert.equal((await directories.ready(path("a/b/c")))?.fresh, true);
  await directories.ready(path("a/b"));
  await directories.finish(directory(""));
  // What only leads to a tree keeps what it got when it was made.
  assert.deepEqual(calls, ["make /a", "make a/b", "make a/b/c", "finish a/b/c", "finish a/b", "finish /"]);
  assert.equal(directories.count, 3);
});

test("RestoredDirectories reports a directory that cannot be made once, and nothing below it", async () => {
  const { directories, calls, issues } = over([], ["/a"]);
  directories.announce(path(""), path("a"), directory("a"));
  directories.announce(path("a"), path("b"), directory("b"));
  assert.deepEqual([await directories.ready(path("a/b")), await directories.ready(path("a"))], [undefined, undefined]);
  await directories.finish(undefined);
  assert.deepEqual([calls, issues, directories.count], [["make /a"], ["a: E_TARGET"], 0]);
});

test("RestoredDirectories takes a directory it made for empty only until the tree is done", async () => {
  const { directories } = over(["/old"]);
  directories.announce(path(""), path("new"), directory("new"));
  directories.announce(path(""), path("old"), directory("old"));
  assert.deepEqual([(await directories.ready(path("new")))?.fresh, (await directories.ready(path("old")))?.fresh], [true, false]);
  directories.treeDone();
  assert.equal((await directories.ready(path("new")))?.fresh, false);
});

test("RestoredDirectories names as possibly existing what it found and what it never needed", async () => {
  const { directories } = over(["/old"], ["/failed"]);
  for (const name of ["old", "new", "failed", "not needed"]) directories.announce(path(""), path(name), directory(name));
  directories.announce(path(""), path("leads there"), undefined);
  for (const name of ["old", "new", "failed"]) await directories.ready(path(name));
  assert.deepEqual(
    [...directories.possiblyExisting()].map(({ name }) => name),
    ["old", "not needed"],
  );
});

test("RestoredDirectories finishes a directory without an attribute that is lost, and reports that", async () => {
  const { directories, calls, issues } = over();
  const attributes = [
    { name: path("user.lost"), value: facts.page },
    { name: path("user.kept"), value: Uint8Array.of(1) },
  ];
  directories.announce(path(""), path("a"), directory("a", { attributes }));
  await directories.ready(path("a"));
  await directories.finish(undefined);
  assert.deepEqual([calls.at(-1), issues], ["finish /a with 1", ["a: E_CORRUPT"]]);
});
