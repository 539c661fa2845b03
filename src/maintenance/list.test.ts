import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { byteStringOf, displayBytes } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { listTree } from "./list.ts";

async function listed(fixture: BackupFixture, path: string, recursive: boolean): Promise<readonly string[]> {
  return await fixture.look(async (repository, snapshot) => {
    const lines: string[] = [];
    for await (const { path: at, entry } of listTree(repository, { snapshot, path: byteStringOf(path), recursive }))
      lines.push(`${displayBytes(at)} ${entry.size}`.replace(/ \d{4,}$/, "/"));
    return lines;
  });
}

const FILES = { a: "1", "sub/b": "22", "sub/deep/c": "333", z: "" } as const;

test("listTree() gives the entries of a directory, and all below it when asked, each directory before what it holds", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await listed(fixture, "", false), ["a 1", "sub/", "z 0"]);
  assert.deepEqual(await listed(fixture, "", true), ["a 1", "sub/", "z 0", "sub/b 2", "sub/deep/", "sub/deep/c 3"]);
});

test("listTree() gives paths below what was asked for", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await listed(fixture, "sub", false), ["b 2", "deep/"]);
  assert.deepEqual(await listed(fixture, "/sub/deep/", true), ["c 3"]);
  assert.deepEqual(await listed(fixture, fixture.at("sub"), false), ["b 2", "deep/"]);
});

test("listTree() gives a file that is asked for by its name", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  assert.deepEqual(await listed(fixture, "sub/b", false), ["b 2"]);
  assert.deepEqual(await listed(fixture, "sub/b", true), ["b 2"]);
  await assert.rejects(listed(fixture, "sub/none", false), (error) => isAppError(error, "E_NOT_FOUND"));
});

test("listTree() gives several sources by name, and what is in them only when asked", async () => {
  await using fixture = await BackupFixture.create({ "one/a": "1", "two/sub/b": "22", file: "333" });
  await fixture.backup({ request: { sources: ["one", "two", "file"].map((name) => byteStringOf(fixture.at(name))) } });
  assert.deepEqual(await listed(fixture, "", false), ["one/", "two/", "file 3"]);
  assert.deepEqual(await listed(fixture, "", true), ["one/", "one/a 1", "two/", "two/sub/", "two/sub/b 2", "file 3"]);
  assert.deepEqual(await listed(fixture, "two", false), ["sub/"]);
});
