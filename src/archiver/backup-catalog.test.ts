import assert from "node:assert/strict";
import { renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { BackupFixture, type BackupResult } from "../../test/support/backup-fixture.ts";
import { copyOfCatalog } from "../../test/support/failing-nodes.ts";
import { packKey } from "../format/object-keys.ts";
import { toHex } from "../shared/bytes.ts";

const FILES = { a: "alpha", "sub/b": "beta", "sub/deep/c": "gamma", "gone/x/d": "delta", "gone/e": "epsilon" } as const;

/** Changes that take every kind of catalog call: edits, moves, directories that are gone. */
function change(fixture: BackupFixture): void {
  fixture.write("sub/b", "changed");
  fixture.write("new/f", "new");
  renameSync(fixture.at("a"), fixture.at("sub/a"));
  rmSync(fixture.at("gone"), { recursive: true });
}

async function whole(fixture: BackupFixture, { issues }: BackupResult): Promise<void> {
  assert.deepEqual(issues, []);
  assert.deepEqual(await fixture.saved(), fixture.content());
}

test("runBackup() fills a lost catalog from the newest snapshot and then reads nothing", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  fixture.write("sub/b", "changed");
  const { summary } = await fixture.backup();
  unlinkSync(fixture.catalogPath);
  const result = await fixture.backup();
  assert.deepEqual([result.summary.readBytes, result.summary.filesUnmodified, result.summary.parent], [0, 5, summary.snapshot]);
  assert.match(result.notes.join(), /filling the catalog/);
});

test("runBackup() with a catalog that is older than the snapshots compares with what the catalog holds", async () => {
  await using fixture = await BackupFixture.create(FILES);
  const first = await fixture.backup();
  const old = await copyOfCatalog(fixture.catalogPath);
  change(fixture);
  await fixture.backup();
  await old.restore();
  const result = await fixture.backup();
  await whole(fixture, result);
  assert.deepEqual([result.summary.parent, result.summary.filesMoved, result.summary.addedBytes], [first.summary.snapshot, 1, 0]);
});

test("runBackup() fills the catalog anew when the snapshot that it describes is not in the repository", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await using other = await BackupFixture.create();
  await other.backup({ request: { sources: fixture.request().sources } });
  await fixture.backup();
  change(fixture);
  const result = await fixture.backup({ catalogPath: other.catalogPath });
  await whole(fixture, result);
  assert.deepEqual([result.summary.filesMoved, result.summary.addedBytes, result.summary.filesRemoved], [1, 10, 2]);
});

test("runBackup() with a damaged catalog starts it afresh", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  writeFileSync(fixture.catalogPath, "garbage".repeat(1000));
  const result = await fixture.backup();
  await whole(fixture, result);
  assert.match(result.notes.join(), /damaged/);
  assert.equal(result.summary.readBytes, 0, "filled from the snapshot");
});

test("runBackup() goes on without a catalog when its place cannot be used", async () => {
  await using fixture = await BackupFixture.create(FILES);
  const result = await fixture.backup({ catalogPath: `${fixture.at("a")}/catalog` });
  await whole(fixture, result);
  assert.match(result.notes.join(), /every file is read/);
});

test("runBackup() reads every file again when pages of the last tree are gone, and stores them anew", async () => {
  await using fixture = await BackupFixture.create(FILES);
  await fixture.backup();
  await fixture.look(async (repository, { manifest }) => {
    const { index, packs } = await repository.index();
    const page = manifest.sources[0]?.root.directory?.page.id;
    const pack = packs.get(index.find(page ?? new Uint8Array(32))?.pack ?? -1);
    assert.ok(pack !== undefined);
    await repository.store.remove(packKey(toHex(pack.id)));
  });
  change(fixture);
  const result = await fixture.backup();
  await whole(fixture, result);
  assert.match(result.notes.join(), /every file is read again/);
  assert.equal(result.summary.filesNew, 4);
});
