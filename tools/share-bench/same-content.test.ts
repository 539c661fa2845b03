import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startEmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import { fillShare } from "../../test/support/share-tree.ts";
import { sameContent, treeOfFolder, treeOfShare } from "./same-content.ts";

const FILES = { one: "content", empty: "", "sub/deep/two": "other content" };

function folderOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "varve-same-"));
  context.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "sub/deep"), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
  return root;
}

test("sameContent() finds a share and a folder equal, and each kind of difference", async (context) => {
  await using emulator = await startEmulatorProcess("--location", folderOf(context, {}), "--silent", "--share", "data");
  const share = emulator.service.getShareClient("data");
  await fillShare(share, FILES);
  const before = await treeOfShare(share);
  const compare = (files: Readonly<Record<string, string>>, every = 1): Promise<void> =>
    sameContent(before, treeOfFolder(folderOf(context, files)), every);
  await compare(FILES);
  await assert.rejects(compare({ ...FILES, one: "c0ntent" }), /folder: one is not as in share data/);
  await assert.rejects(compare({ ...FILES, one: "more content" }), /one has 12 bytes, 7 in share data/);
  await assert.rejects(compare({ ...FILES, three: "" }), /folder has 4 files, share data 3/);
  await assert.rejects(compare({ one: "content", empty: "" }), /two has no bytes/);
  // One file of three is looked into: the first in the order of their names.
  await compare({ ...FILES, one: "c0ntent" }, 3);
});
