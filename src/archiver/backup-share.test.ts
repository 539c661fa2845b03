import assert from "node:assert/strict";
import { test } from "node:test";
import { emulatedShare } from "../../test/support/emulated-share.ts";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { fillShare } from "../../test/support/share-tree.ts";

test("runBackup() saves a share from a share snapshot, in one list call a directory and one request a file", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  await fillShare(shared.share, { "a/one.txt": "one", "a/b/two.txt": "two", "empty/": "", "zero.bin": "", "three.txt": "three" });
  shared.requests();
  const { summary, issues } = await fixture.backup({ request: { sources: [shared.spec] } });
  assert.deepEqual(issues, []);
  assert.equal(summary.filesNew, 4);
  const requests = shared.requests();
  assert.equal(requests["ListDirectoriesAndFiles"], 4);
  assert.equal(requests["GetFile"], 3);
  assert.equal(requests["GetFileProperties"], 1);
  assert.equal(requests["GetPermission"], 1);
  assert.deepEqual(await fixture.saved(), {
    "a/": "",
    "a/b/": "",
    "a/b/two.txt": "two",
    "a/one.txt": "one",
    "empty/": "",
    "three.txt": "three",
    "zero.bin": "",
  });
});

test("runBackup() reads nothing of a share in which nothing changed", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  await fillShare(shared.share, { "a/one.txt": "one", "a/b/two.txt": "two", "three.txt": "three" });
  await fixture.backup({ request: { sources: [shared.spec] } });
  shared.requests();
  const { summary } = await fixture.backup({ request: { sources: [shared.spec] } });
  assert.equal(summary.filesUnmodified, 3);
  const requests = shared.requests();
  assert.equal(requests["ListDirectoriesAndFiles"], 3);
  assert.equal(requests["GetFile"], undefined);
  assert.equal(requests["GetFileProperties"], undefined);
});
