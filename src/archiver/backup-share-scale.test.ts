import assert from "node:assert/strict";
import { test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { emulatedShare } from "../../test/support/emulated-share.ts";

test("runBackup() asks for each directory once, and at most 1.2 times for each file, of a share with thousands", async () => {
  await using shared = await emulatedShare({ synthetic: "files=800,dirs=64,seed=3,median=500,cap=4k" });
  await using fixture = await BackupFixture.create();
  const request = { sources: [shared.spec] };
  const { summary, issues } = await fixture.backup({ request });
  assert.deepEqual(issues, []);
  assert.equal(summary.filesNew, 800);
  const first = shared.requests();
  const total = Object.values(first).reduce((sum, count) => sum + count, 0);
  assert.equal(first["ListDirectoriesAndFiles"], 65);
  assert.equal((first["GetFile"] ?? 0) + (first["GetFileProperties"] ?? 0), 800);
  assert.ok(total - (first["GetPermission"] ?? 0) <= 1.2 * 800, `${total} requests`);
  await fixture.backup({ request });
  const second = shared.requests();
  assert.equal(second["ListDirectoriesAndFiles"], 65);
  assert.equal(second["GetFile"], undefined);
  assert.equal(second["GetFileProperties"], undefined);
});
