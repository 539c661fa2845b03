import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "../../test/support/temp.ts";
import { systemCode } from "./errors.ts";
import { makeFolders } from "./make-folders.ts";

test("makeFolders() makes all that is missing and tells the topmost it made", async () => {
  await using temp = await tempFolder();
  const path = join(temp.path, "a", "b", "c");
  assert.equal(await makeFolders(path, 0o700), join(temp.path, "a"));
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.equal(await makeFolders(path, 0o700), undefined);
});

test("makeFolders() fails where a file is in the way", async () => {
  await using temp = await tempFolder();
  const file = join(temp.path, "file");
  writeFileSync(file, "x");
  await assert.rejects(makeFolders(file, 0o700), (error) => systemCode(error) === "EEXIST");
  await assert.rejects(makeFolders(join(file, "below"), 0o700), (error) => systemCode(error) === "ENOTDIR");
});

test("makeFolders() fails instead of trying for ever where no folder can be made", { timeout: 10_000 }, async () => {
  await assert.rejects(makeFolders("/proc/no-such-folder/below", 0o700));
});
