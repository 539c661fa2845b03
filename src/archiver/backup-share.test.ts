import assert from "node:assert/strict";
import { test } from "node:test";
import { emulatedShare } from "../../test/support/emulated-share.ts";
import { BackupFixture, contentOf } from "../../test/support/backup-fixture.ts";
import { restoreTo } from "../../test/support/restore-to.ts";
import { directoryIn, fileIn, fillShare } from "../../test/support/share-tree.ts";
import { seededRandom } from "../shared/random.ts";

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

test("runBackup() reads of a large changed file what changed, and nothing of files whose metadata changed or that moved", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  const big = seededRandom(1).bytes(24 * 1024 * 1024);
  await fillShare(shared.share, {
    "a/big.bin": big,
    "a/small.txt": "small",
    "a/moved.txt": "moved",
    "dir/in/x.txt": "x",
    "dir/y.txt": "y",
  });
  const request = { sources: [shared.spec] };
  await fixture.backup({ request });

  big.set(seededRandom(2).bytes(700_000), 9_000_000);
  await fileIn(shared.share, "a/big.bin").uploadRange(Buffer.from(big.subarray(9_000_000, 9_700_000)), 9_000_000, 700_000);
  await fileIn(shared.share, "a/small.txt").setHttpHeaders({ fileContentType: "text/plain" }, { lastWriteTime: "preserve" });
  await fileIn(shared.share, "a/moved.txt").rename("a/renamed.txt");
  await directoryIn(shared.share, "dir").rename("elsewhere");
  shared.requests();
  const { summary, issues, items } = await fixture.backup({ request });
  assert.deepEqual(issues, []);
  const requests = shared.requests();
  assert.ok(summary.readBytes < 1_000_000, `${summary.readBytes} bytes were read`);
  assert.equal(summary.filesMoved, 1);
  assert.equal(summary.filesChanged, 2);
  assert.equal(summary.filesUnmodified, 2);
  assert.equal(requests["ListRanges"], 3);
  assert.equal(requests["GetFile"], 1);
  assert.ok(items.includes("moved azfiles://devstoreaccount1/projects/a/renamed.txt"), items.join("\n"));
  const saved = await fixture.saved();
  assert.equal(saved["a/big.bin"], Buffer.from(big).toString("latin1"));
  assert.equal(saved["elsewhere/in/x.txt"], "x");
  assert.equal(saved["a/renamed.txt"], "moved");
});

test("runBackup() saves a directory of a share, or a single file, by its path", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  await fillShare(shared.share, { "a/b/two & more.txt": "two", "a/one.txt": "one", "other.txt": "other" });
  await fixture.backup({ request: { sources: [{ ...shared.spec, path: "a/b" }] } });
  assert.deepEqual(await fixture.saved(), { "two & more.txt": "two" });
  const { issues } = await fixture.backup({ request: { sources: [{ ...shared.spec, path: "a/b/two & more.txt" }] } });
  assert.deepEqual(issues, []);
  const root = await fixture.look(async (_, { manifest }) => manifest.sources[0]?.root);
  assert.deepEqual([root?.name, root?.size, root?.content.lengths.length], ["two & more.txt", 3, 1]);
  const restored = await restoreTo(fixture, `${fixture.folder.path}/down` as never);
  assert.deepEqual(restored.issues, []);
  assert.equal(contentOf(`${fixture.folder.path}/down`)["two & more.txt"], "two");
});

test("runBackup() rebuilds what it knows of a share from the repository, and then reads nothing again", async () => {
  await using shared = await emulatedShare();
  await using fixture = await BackupFixture.create();
  await fillShare(shared.share, { "a/one.txt": "one", "two.txt": "two" });
  const request = { sources: [shared.spec] };
  await fixture.backup({ request });
  shared.requests();
  const { summary } = await fixture.backup({ request, catalogPath: `${fixture.folder.path}/lost.sqlite` });
  assert.equal(summary.filesUnmodified, 2);
  assert.equal(shared.requests()["GetFile"], undefined);
});
