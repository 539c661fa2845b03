import assert from "node:assert/strict";
import { lstatSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import type { ShareClient } from "@azure/storage-file-share";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { emulatedShare } from "../../test/support/emulated-share.ts";
import { restoreTo } from "../../test/support/restore-to.ts";
import { directoryIn, fileIn, fillShare } from "../../test/support/share-tree.ts";
import { nfsMode } from "../../test/support/nfs-mode.ts";

const NFS = { protocols: { nfsEnabled: true }, rootSquash: "NoRootSquash" } as const;

/** Owner, group, mode, kind and link count of a node as the service tells them. */
async function posixOf(share: ShareClient, path: string): Promise<readonly (string | undefined)[]> {
  const headers = (await fileIn(share, path).getProperties())._response.headers;
  return ["x-ms-owner", "x-ms-group", "x-ms-mode", "x-ms-file-file-type", "x-ms-link-count"].map((name) => headers.get(name));
}

test("an NFS share comes back with owners, modes, symbolic and hard links, into another one and into a folder", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  const share = shared.service.getShareClient("source-nfs");
  await share.create(NFS);
  await fillShare(share, { "d/file": "content", "d/plain": "plain" });
  await fileIn(share, "d/file").setProperties({ posixProperties: { owner: "1001", group: "1002", fileMode: nfsMode(0o750) } });
  await fileIn(share, "d/second").createHardLink("d/file");
  await fileIn(share, "link").createSymbolicLink(encodeURIComponent("d/file"), { owner: "1003", group: "1004" });
  const spec = { ...shared.spec, share: "source-nfs" };
  const { summary, issues } = await fixture.backup({ request: { sources: [spec] } });
  assert.deepEqual(issues, []);
  assert.equal(summary.filesNew, 4);
  assert.equal((await fixture.backup({ request: { sources: [spec] } })).summary.filesUnmodified, 4);

  const target = shared.service.getShareClient("target-nfs");
  await target.create(NFS);
  const into = await restoreTo(fixture, { ...spec, share: "target-nfs", variables: "VARVE_TARGET" });
  assert.deepEqual(into.issues, []);
  for (const path of ["d/file", "d/second", "d/plain", "link"])
    assert.deepEqual(await posixOf(target, path), await posixOf(share, path), path);
  assert.equal((await fileIn(target, "d/second").downloadToBuffer()).toString(), "content");
  assert.equal((await fileIn(target, "link").getSymbolicLink()).linkText, "d%2Ffile");
  assert.ok(await directoryIn(target, "d").exists());

  const folder = `${fixture.folder.path}/down`;
  const down = await restoreTo(fixture, folder as never);
  assert.deepEqual(down.issues, []);
  assert.equal(readlinkSync(`${folder}/link`), "d/file");
  assert.equal(lstatSync(`${folder}/d/file`).mode & 0o7777, 0o750);
  assert.equal(lstatSync(`${folder}/d/file`).ino, lstatSync(`${folder}/d/second`).ino);
});

test("an SMB share has no place for symbolic links, which is told, and hard links become copies", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  const share = shared.service.getShareClient("source-nfs");
  await share.create(NFS);
  await fillShare(share, { file: "content" });
  await fileIn(share, "second").createHardLink("file");
  await fileIn(share, "link").createSymbolicLink("file");
  await fixture.backup({ request: { sources: [{ ...shared.spec, share: "source-nfs" }] } });
  const into = await restoreTo(fixture, { ...shared.spec, share: "smb-target", variables: "VARVE_TARGET" });
  assert.deepEqual(into.issues, ["link: link was not restored: this share holds no symbolic links"]);
  assert.equal((await fileIn(shared.service.getShareClient("smb-target"), "second").downloadToBuffer()).toString(), "content");
});
