import assert from "node:assert/strict";
import { renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { BackupFixture, type BackupOptions, type BackupResult } from "../../test/support/backup-fixture.ts";
import { rowsOf } from "../../test/support/failing-nodes.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { MemoryTree } from "../source/memory/memory-tree.ts";

/** Backs up what has been moved about; fails unless no content was read and the snapshot shows the tree as it is now. */
async function movesOnly(fixture: BackupFixture, options: BackupOptions = {}): Promise<BackupResult> {
  const result = await fixture.backup(options);
  assert.deepEqual([result.summary.readBytes, result.summary.addedBytes], [0, 0]);
  assert.deepEqual(await fixture.saved(), fixture.content());
  const again = await fixture.backup(options);
  assert.deepEqual(
    [again.summary.readBytes, again.summary.storedBytes, again.summary.filesRemoved],
    [0, 0, 0],
    "the catalog learned all of it",
  );
  return result;
}

test("runBackup() reads nothing of a file that was renamed in its directory", async () => {
  await using fixture = await BackupFixture.create({ a: "alpha", "sub/b": "beta" });
  await fixture.backup();
  renameSync(fixture.at("sub/b"), fixture.at("sub/c"));
  const { summary, items } = await movesOnly(fixture);
  assert.deepEqual([summary.filesMoved, summary.filesNew, summary.filesRemoved], [1, 0, 0]);
  assert.deepEqual(items, ["moved sub/c", "unmodified a"]);
});

test("runBackup() reads nothing of files that moved to other directories, in either order of the walk", async () => {
  await using fixture = await BackupFixture.create({ "a/one": "1", "z/two": "22", "m/": "" });
  await fixture.backup();
  renameSync(fixture.at("a/one"), fixture.at("z/one"));
  renameSync(fixture.at("z/two"), fixture.at("a/zwei"));
  const { summary } = await movesOnly(fixture, { request: { threads: 2 } });
  assert.deepEqual([summary.filesMoved, summary.filesNew, summary.filesRemoved], [2, 0, 0]);
});

test("runBackup() keeps everything below a directory that was renamed or moved", async () => {
  await using fixture = await BackupFixture.create({ "old/x": "1", "old/deep/y": "22", "old/deep/er/z": "333", "to/": "" });
  await fixture.backup();
  renameSync(fixture.at("old"), fixture.at("new"));
  const renamed = await movesOnly(fixture);
  assert.deepEqual([renamed.summary.filesUnmodified, renamed.summary.filesMoved], [3, 0]);
  renameSync(fixture.at("new/deep"), fixture.at("to/deep"));
  const moved = await movesOnly(fixture);
  assert.deepEqual([moved.summary.filesUnmodified, moved.summary.filesRemoved], [3, 0]);
});

test("runBackup() finds what was moved out of a directory that is gone", async () => {
  await using fixture = await BackupFixture.create({
    "gone/sub/a": "1",
    "gone/b": "22",
    "gone/c": "333",
    "gone/more/d": "4444",
    "kept/": "",
  });
  await fixture.backup();
  renameSync(fixture.at("gone/sub"), fixture.at("kept/sub"));
  renameSync(fixture.at("gone/b"), fixture.at("kept/b"));
  rmSync(fixture.at("gone"), { recursive: true });
  const { summary } = await movesOnly(fixture);
  assert.deepEqual([summary.filesUnmodified, summary.filesMoved, summary.filesRemoved], [1, 1, 2]);
});

test("runBackup() follows rotated files through names that are all in use", async () => {
  await using fixture = await BackupFixture.create({ log: "third", "log.1": "second!", "log.2": "the first" });
  await fixture.backup();
  unlinkSync(fixture.at("log.2"));
  renameSync(fixture.at("log.1"), fixture.at("log.2"));
  renameSync(fixture.at("log"), fixture.at("log.1"));
  fixture.write("log", "new");
  const { summary, items } = await fixture.backup();
  assert.deepEqual([summary.readBytes, summary.filesRemoved], [3, 1]);
  assert.deepEqual(items, ["moved log.1", "moved log.2", "new log"]);
  assert.deepEqual(await fixture.saved(), fixture.content());
});

test("runBackup() calls a file that was written beside and renamed over the old one changed", async () => {
  await using fixture = await BackupFixture.create({ a: "old" });
  await fixture.backup();
  fixture.write("a.tmp", "newer");
  renameSync(fixture.at("a.tmp"), fixture.at("a"));
  const { items, summary } = await fixture.backup();
  assert.deepEqual([items, summary.filesRemoved, summary.readBytes], [["changed a"], 0, 5]);
  assert.deepEqual(await fixture.saved(), fixture.content());
});

test("runBackup() reads a moved file whose content changed on the way", async () => {
  await using fixture = await BackupFixture.create({ a: "12345", "sub/": "" });
  await fixture.backup();
  const { mtime } = statSync(fixture.at("a"));
  renameSync(fixture.at("a"), fixture.at("sub/a"));
  writeFileSync(fixture.at("sub/a"), "54321");
  const { summary } = await fixture.backup();
  assert.deepEqual([summary.readBytes, summary.filesMoved, summary.filesNew, summary.filesRemoved], [5, 0, 1, 1]);
  assert.deepEqual(await fixture.saved(), fixture.content());
  assert.ok(mtime < statSync(fixture.at("sub/a")).mtime, "the change shows in its time");
});

test("runBackup() trusts no move of a file that its last backup was unsure of", async () => {
  await using fixture = await BackupFixture.create({ a: "12345" });
  utimesSync(fixture.at("a"), 1000, 1000);
  const early = { nowNs: (): bigint => 0n, monotonicMs: (): number => 0, sleep: async (): Promise<void> => undefined };
  await fixture.backup({ clock: early });
  // A change within one tick of the file system's clock keeps size and time.
  writeFileSync(fixture.at("a"), "54321");
  utimesSync(fixture.at("a"), 1000, 1000);
  renameSync(fixture.at("a"), fixture.at("b"));
  await fixture.backup();
  assert.deepEqual(await fixture.saved(), fixture.content());
});

test("runBackup() reads a file that got the id, size and time of a vanished one, as its birth time tells", async () => {
  await using fixture = await BackupFixture.create();
  const tree = new MemoryTree();
  const memory = (): { memory: MemorySource[] } => ({ memory: [new MemorySource("reuse", tree)] });
  const file = { modifiedNs: 5n, changedNs: 6n } as const;
  tree.put(byteStringOf("old"), { ...file, content: Buffer.from("one"), bornNs: 1n });
  await fixture.backup(memory());
  const { nodeId } = tree.find(byteStringOf("old"));
  tree.remove(byteStringOf("old"));
  const fresh = tree.put(byteStringOf("fresh"), { ...file, content: Buffer.from("two"), bornNs: 2n });
  tree.root.children?.set(byteStringOf("fresh"), { ...fresh, nodeId });
  const reused = await fixture.backup(memory());
  assert.deepEqual([reused.items, reused.summary.readBytes, reused.summary.filesRemoved], [["new /reuse/fresh"], 3, 1]);
  tree.rename(byteStringOf("fresh"), byteStringOf("moved"));
  const moved = await fixture.backup(memory());
  assert.deepEqual([moved.items, moved.summary.readBytes, moved.summary.filesRemoved], [["moved /reuse/moved"], 0, 0]);
  assert.deepEqual(await fixture.saved(), { moved: "two" });
});

test("runBackup() forgets what lay in a directory whose id and name belong to a file now", async () => {
  await using fixture = await BackupFixture.create();
  const tree = new MemoryTree();
  const [directory, inner] = [byteStringOf("d"), byteStringOf("d/x")];
  tree.put(inner, { content: Buffer.from("one") });
  await fixture.backup({ memory: [new MemorySource("kinds", tree)] });
  const { nodeId } = tree.find(directory);
  tree.remove(directory);
  const file = tree.put(directory, { content: Buffer.from("two") });
  tree.root.children?.set(directory, { ...file, nodeId });
  const { summary } = await fixture.backup({ memory: [new MemorySource("kinds", tree)] });
  assert.deepEqual([summary.filesRemoved, summary.readBytes, await fixture.saved()], [1, 3, { d: "two" }]);
  assert.equal((await rowsOf(fixture.catalogPath)).length, 3, "the source, its root and the file");
});
