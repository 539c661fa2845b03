import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startEmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import { fillShare } from "../../test/support/share-tree.ts";
import { differenceOf, treeOfFolder, treeOfShare } from "./same-content.ts";

const FILES = { one: "content", empty: "", "sub/deep/two": "other content" };

function folderOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "varve-same-"));
  context.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "sub/deep"), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
  return root;
}

test("differenceOf() finds a share and a folder equal, and each kind of difference", async (context) => {
  await using emulator = await startEmulatorProcess("--location", folderOf(context, {}), "--silent", "--share", "data");
  const share = emulator.service.getShareClient("data");
  await fillShare(share, FILES);
  const before = await treeOfShare(share);
  const compare = (files: Readonly<Record<string, string>>, every = 1): Promise<string | undefined> =>
    differenceOf(before, treeOfFolder(folderOf(context, files)), every);
  assert.equal(await compare(FILES), undefined);
  assert.equal(await compare({ ...FILES, one: "c0ntent" }), "folder: one is not as in share data");
  assert.equal(await compare({ ...FILES, one: "more content" }), "folder: one has 12 bytes, 7 in share data");
  assert.equal(await compare({ ...FILES, three: "" }), "folder has 4 files, share data 3");
  assert.equal(await compare({ one: "content", empty: "" }), "folder: sub/deep/two has no bytes, 13 in share data");
  // One file of three is looked into: the first in the order of their names.
  assert.equal(await compare({ ...FILES, one: "c0ntent" }, 3), undefined);
});
