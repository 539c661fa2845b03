import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../shared/random.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";
import { BackupFixture, contentOf } from "../../test/support/backup-fixture.ts";
import { emulatedShare, faults } from "../../test/support/emulated-share.ts";
import { restoreTo } from "../../test/support/restore-to.ts";
import { factsOfShare } from "../../test/support/share-facts.ts";
import { directoryIn, fileIn, fillShare, putFile } from "../../test/support/share-tree.ts";

const SDDL = "O:S-1-5-21-1-2-3-1001G:S-1-5-21-1-2-3-513D:(A;;FA;;;S-1-5-21-1-2-3-1001)";

function other(spec: ShareSpec, share: string): ShareSpec {
  return { ...spec, share, variables: "VARVE_TARGET" };
}

for (const threads of [0, 2]) {
  test(`runRestore() brings a share back into a new one exactly, with ${threads} threads`, async () => {
    await using shared = await emulatedShare();
    await using fixture = await BackupFixture.create();
    const { share } = shared;
    await fillShare(share, { "a/one.txt": "one", "a/b/two.txt": "two", "empty/": "", "large.bin": seededRandom(1).bytes(9_000_000) });
    const { filePermissionKey } = await share.createPermission(SDDL);
    await putFile(share, "a/odd & name…txt", {
      content: "odd",
      metadata: { owner: "ann" },
      fileHttpHeaders: { fileContentType: "text/plain", fileContentMD5: new Uint8Array(16).fill(3) },
      filePermissionKey: filePermissionKey ?? "",
      fileAttributes: "ReadOnly | Hidden" as never,
      creationTime: "2001-02-03T04:05:06.1234567Z" as never,
      lastWriteTime: "2011-02-03T04:05:06.7654321Z" as never,
      changeTime: "2021-02-03T04:05:06.0000001Z" as never,
    });
    await putFile(share, "zero", "");
    await directoryIn(share, "empty").setMetadata({ kind: "empty" });
    await directoryIn(share, "a/b").setProperties({
      lastWriteTime: "1999-01-01T00:00:00.0000009Z" as never,
      filePermissionKey: filePermissionKey ?? "",
    });
    const before = await factsOfShare(share);
    const { issues } = await fixture.backup({ request: { sources: [shared.spec], threads } });
    assert.deepEqual(
      issues.map(({ message }) => message),
      ["does not have the MD5 that the share keeps for it"],
    );
    shared.requests();
    const restored = await restoreTo(fixture, other(shared.spec, "restored"), { threads });
    assert.deepEqual(restored.issues, []);
    assert.equal(restored.summary.filesRestored, 5);
    const requests = shared.requests();
    assert.equal(requests["CreateFile"], 5);
    assert.equal(requests["CreatePermission"], 2);
    assert.deepEqual(await factsOfShare(shared.service.getShareClient("restored")), before);

    await putFile(shared.service.getShareClient("restored"), "a/one.txt", "ONE");
    const dry = await restoreTo(fixture, other(shared.spec, "restored"), { threads, dryRun: true });
    assert.deepEqual([dry.summary.filesRestored, dry.summary.filesUnchanged], [1, 4]);
    const again = await restoreTo(fixture, other(shared.spec, "restored"), { threads, verify: true });
    assert.deepEqual(again.issues, []);
    assert.deepEqual([again.summary.filesRestored, again.summary.filesUnchanged, again.summary.filesVerified], [1, 4, 5]);
    const mended = await factsOfShare(shared.service.getShareClient("restored"));
    assert.deepEqual(mended, before);
  });
}

test("runRestore() brings a share into a folder, and a folder into a share, and tells what each has no place for", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create({ "x/local.txt": "local", "y/": "" });
  await fillShare(shared.share, { "a/one.txt": "one", "two.txt": "two" });
  await fixture.backup({ request: { sources: [shared.spec] } });
  const folder = fixture.folder.path;
  const down = await restoreTo(fixture, `${folder}/down` as never);
  assert.deepEqual(down.issues, []);
  assert.match(down.notes.join(), /4 items have a security descriptor/);
  assert.deepEqual(contentOf(`${folder}/down`), { "a/": "", "a/one.txt": "one", "two.txt": "two" });

  await fixture.backup({});
  const up = await restoreTo(fixture, other(shared.spec, "uploaded"));
  assert.deepEqual(up.issues, []);
  assert.match(up.notes.join(), /4 items have an owner/);
  const target = shared.service.getShareClient("uploaded");
  assert.equal((await fileIn(target, "x/local.txt").downloadToBuffer()).toString(), "local");
  assert.ok(await directoryIn(target, "y").exists());
});

test("runRestore() tells of names that an SMB share cannot hold, or takes for one, and restores the others", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create({ "a.txt": "small", "A.txt": "capital", "b:c": "colon", "d/fine": "fine" });
  await fixture.backup({});
  const { issues, summary } = await restoreTo(fixture, other(shared.spec, "uploaded"));
  assert.equal(summary.filesRestored, 2);
  assert.equal(issues.length, 2);
  assert.match(issues.join("\n"), /a\.txt was not restored: a share takes its name for that of A\.txt/);
  assert.match(issues.join("\n"), /b:c was not restored: its name has characters that no name in a share has/);
  const target = shared.service.getShareClient("uploaded");
  assert.equal((await fileIn(target, "A.txt").downloadToBuffer()).toString(), "capital");
});

test("runRestore() writes again what broke off on its way into a share", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`d/${at}`, `content ${at}`]));
  await fillShare(shared.share, { ...files, "large.bin": seededRandom(1).bytes(9_000_000) });
  await fixture.backup({ request: { sources: [shared.spec] } });
  const before = await factsOfShare(shared.share);
  const operations = ["CreateFile", "PutRange", "CreateDirectory", "SetFileProperties"] as const;
  shared.emulator.faults.set(faults({ seed: 2, cuts: [{ kind: "reset", operations: [...operations], rate: 0.2, timesMax: undefined }] }));
  const { issues } = await restoreTo(fixture, other(shared.spec, "restored"));
  shared.emulator.faults.set(faults({}));
  assert.deepEqual(issues, []);
  assert.deepEqual(await factsOfShare(shared.service.getShareClient("restored")), before);
});

test("runRestore() tells of names that a folder cannot hold, and restores the others", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  const long = "ü".repeat(200);
  await fillShare(shared.share, { [long]: "long", short: "short" });
  await fixture.backup({ request: { sources: [shared.spec] } });
  const { issues, summary } = await restoreTo(fixture, `${fixture.folder.path}/down` as never);
  assert.equal(summary.filesRestored, 1);
  assert.equal(issues.length, 1);
  assert.match(issues.join(), /^ü{200}: /);
});
