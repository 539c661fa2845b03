import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { MEMORY_PLACE, tempFolder } from "../../../test/support/temp.ts";
import { byteStringOf, type ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import { LocalSource } from "./local-source.ts";
import { STAT_USED_BYTES } from "./stat-block.ts";
import { TreeLister } from "./tree-lister.ts";
import { GROUP_ENTRIES_MAX } from "./walk-protocol.ts";

/** A source whose listings of `broken` fail. */
function partlyBroken(source: LocalSource, broken: string): Pick<LocalSource, "list"> {
  return {
    list: (directory: ByteString, options) => {
      if (directory === broken) throw new AppError({ code: "E_SOURCE_READ", what: "cannot list", why: "it is broken" });
      return source.list(directory, options);
    },
  };
}

test("TreeLister lists depth first by name, tells what failed and goes on, and then ends", async () => {
  await using folder = await tempFolder("lister", MEMORY_PLACE);
  for (const path of ["b/z", "b/c", "a"]) mkdirSync(`${folder.path}/${path}`, { recursive: true });
  for (const path of ["b/c/file", "b/z/file", "a/two", "a/one"]) writeFileSync(`${folder.path}/${path}`, path);
  const source = new LocalSource(byteStringOf(folder.path));
  const lister = new TreeLister(partlyBroken(source, "b/c"));
  const { paths, counts, names, records } = lister.next();
  assert.deepEqual(paths, ["", "a", "b", "b/c", "b/z"]);
  assert.deepEqual([...counts], [2, 2, 2, -1, 1]);
  assert.equal(names, "a\0b\0one\0two\0c\0z\0file\0");
  assert.ok(records.length >= 7 * STAT_USED_BYTES);
  assert.deepEqual(lister.next().paths, []);
  source.close();
});

test("TreeLister ends a group after the directory that fills it, however large that one is", async () => {
  await using folder = await tempFolder("lister", MEMORY_PLACE);
  const count = GROUP_ENTRIES_MAX + 500;
  for (const name of ["large", "next"]) mkdirSync(`${folder.path}/${name}`);
  for (let at = 0; at < count; at += 1) writeFileSync(`${folder.path}/large/${at}`, "");
  const source = new LocalSource(byteStringOf(folder.path));
  const lister = new TreeLister(source);
  const first = lister.next();
  assert.deepEqual(
    [first.paths, [...first.counts]],
    [
      ["", "large"],
      [2, count],
    ],
  );
  assert.deepEqual(lister.next().paths, ["next"]);
  source.close();
});
