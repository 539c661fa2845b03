import assert from "node:assert/strict";
import { chmodSync, linkSync, renameSync, symlinkSync, unlinkSync, utimesSync } from "node:fs";
import { describe, test } from "node:test";
import { BackupFixture } from "../../test/support/backup-fixture.ts";
import { systemClock } from "../shared/clock.ts";
import { seededRandom } from "../shared/random.ts";

/** Content that no compression and no deduplication makes smaller. */
const noise = (bytes: number, seed = 1): Uint8Array => seededRandom(seed).bytes(bytes);

const FILES = { "a.txt": "alpha", "sub/b.txt": "beta", "sub/deep/c.bin": noise(100_000), "empty/": "", "zero.txt": "" } as const;

for (const threads of [0, 2]) {
  describe(`runBackup() with ${threads} threads`, () => {
    test("saves a tree as it is and counts what it did", async () => {
      await using fixture = await BackupFixture.create(FILES);
      symlinkSync("a.txt", fixture.at("link"));
      const { summary, issues, items } = await fixture.backup({ request: { threads, tags: ["t"] } });
      assert.deepEqual(issues, []);
      assert.deepEqual(await fixture.saved(), fixture.content());
      const { filesNew, filesChanged, filesUnmodified, filesMoved, filesRemoved, directories, totalBytes, readBytes, addedBytes, parent } =
        summary;
      assert.deepEqual(
        { filesNew, filesChanged, filesUnmodified, filesMoved, filesRemoved },
        { filesNew: 5, filesChanged: 0, filesUnmodified: 0, filesMoved: 0, filesRemoved: 0 },
      );
      assert.deepEqual(
        { directories, totalBytes, readBytes, addedBytes, parent },
        { directories: 4, totalBytes: 100_009, readBytes: 100_009, addedBytes: 100_009, parent: "" },
      );
      assert.ok(summary.storedBytes > 100_000, "packs were stored");
      assert.deepEqual(items, ["new a.txt", "new link", "new sub/b.txt", "new sub/deep/c.bin", "new zero.txt"]);
      await fixture.look(async (_, { id, manifest }) => {
        assert.equal(id, summary.snapshot);
        assert.deepEqual([manifest.files, manifest.directories, manifest.bytes, manifest.tags], [5, 4, 100_009, ["t"]]);
      });
    });

    test("reads and stores nothing of a tree that did not change, but commits a snapshot of it", async () => {
      await using fixture = await BackupFixture.create(FILES);
      const first = await fixture.backup({ request: { threads } });
      const { summary } = await fixture.backup({ request: { threads } });
      assert.deepEqual([summary.readBytes, summary.addedBytes, summary.storedBytes], [0, 0, 0]);
      assert.deepEqual([summary.filesUnmodified, summary.filesNew, summary.filesChanged, summary.filesRemoved], [4, 0, 0, 0]);
      assert.deepEqual([summary.parent, summary.totalBytes, summary.directories], [first.summary.snapshot, 100_009, 4]);
      assert.notEqual(summary.snapshot, first.summary.snapshot);
      assert.deepEqual(await fixture.saved(), fixture.content());
    });

    test("reads only what changed, and stores a touched file's content no second time", async () => {
      await using fixture = await BackupFixture.create(FILES);
      await fixture.backup({ request: { threads } });
      fixture.write("sub/b.txt", "beta, longer");
      fixture.write("new.txt", "new");
      unlinkSync(fixture.at("zero.txt"));
      const edit = await fixture.backup({ request: { threads } });
      assert.deepEqual(
        edit.items.filter((item) => !item.startsWith("unmodified")),
        ["changed sub/b.txt", "new new.txt"],
      );
      assert.deepEqual([edit.summary.readBytes, edit.summary.addedBytes, edit.summary.filesRemoved], [15, 15, 1]);
      assert.deepEqual(await fixture.saved(), fixture.content());
      utimesSync(fixture.at("sub/deep/c.bin"), 1, 1);
      const touch = await fixture.backup({ request: { threads } });
      assert.deepEqual([touch.summary.readBytes, touch.summary.addedBytes, touch.summary.filesChanged], [100_000, 0, 1]);
      assert.deepEqual(await fixture.saved(), fixture.content());
    });
  });
}

describe("runBackup()", () => {
  test("notices a new mode of a file and of a directory, whose content stays", async () => {
    await using fixture = await BackupFixture.create(FILES);
    await fixture.backup();
    chmodSync(fixture.at("a.txt"), 0o600);
    chmodSync(fixture.at("sub/deep"), 0o700);
    const { summary } = await fixture.backup();
    assert.deepEqual([summary.readBytes, summary.addedBytes, summary.filesChanged], [5, 0, 1]);
    const modes = await fixture.look(async (repository, { manifest }) => {
      const found: Record<string, number> = {};
      const stack = manifest.sources.map(({ root }) => root);
      for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
        found[entry.name] = entry.mode;
        if (entry.directory !== undefined) for await (const batch of repository.entries(entry.directory)) stack.push(...batch);
      }
      return found;
    });
    assert.deepEqual([modes["a.txt"], modes["deep"]], [0o600, 0o700]);
    const again = await fixture.backup();
    assert.deepEqual([again.summary.storedBytes, again.summary.filesUnmodified], [0, 4]);
  });

  test("notices every kind of replacement under one name", async () => {
    await using fixture = await BackupFixture.create({ file: "1", "dir/x": "2", "link/": "", "other/y": "3" });
    await fixture.backup();
    unlinkSync(fixture.at("file"));
    fixture.write("file/now/a/directory", "4");
    renameSync(fixture.at("dir"), fixture.at("gone"));
    symlinkSync("file", fixture.at("dir"));
    renameSync(fixture.at("other"), fixture.at("other2"));
    fixture.write("other/y", "5");
    const { summary } = await fixture.backup();
    assert.deepEqual(await fixture.saved(), fixture.content());
    assert.equal(summary.filesMoved, 0, "moved directories keep their files in place");
    assert.equal((await fixture.backup()).summary.storedBytes, 0);
  });

  test("reads a file once, however many hard links it has, and again under each name only when they changed", async () => {
    await using fixture = await BackupFixture.create({ one: noise(50_000), "deep/er/": "" });
    linkSync(fixture.at("one"), fixture.at("deep/two"));
    linkSync(fixture.at("one"), fixture.at("deep/er/three"));
    const { summary } = await fixture.backup();
    assert.deepEqual([summary.readBytes, summary.filesNew, summary.totalBytes], [50_000, 3, 150_000]);
    assert.deepEqual(await fixture.saved(), fixture.content());
    assert.equal((await fixture.backup()).summary.readBytes, 0);
    unlinkSync(fixture.at("deep/two"));
    const less = await fixture.backup();
    assert.deepEqual([less.summary.readBytes, less.summary.addedBytes, less.summary.filesRemoved], [50_000, 0, 1]);
    assert.deepEqual(await fixture.saved(), fixture.content());
  });

  test("reads a file again that changed when its last backup had begun already, even if its times do not tell", async () => {
    await using fixture = await BackupFixture.create({ a: "1" });
    // By this clock every file is from the future.
    const clock = { ...systemClock, nowNs: (): bigint => 1_000_000_000n };
    await fixture.backup({ clock });
    assert.equal((await fixture.backup()).summary.readBytes, 1);
    assert.equal((await fixture.backup()).summary.readBytes, 0);
  });

  test("notices a new mode of a directory in which a file is read again and found the same", async () => {
    await using fixture = await BackupFixture.create({ "sub/a": "1" });
    // By this clock every file is from the future, so it is read again.
    const clock = { ...systemClock, nowNs: (): bigint => 1_000_000_000n };
    await fixture.backup({ clock });
    chmodSync(fixture.at("sub"), 0o700);
    assert.equal((await fixture.backup()).summary.readBytes, 1);
    const mode = await fixture.look(async (repository, { manifest }) => {
      const facts = manifest.sources[0]?.root.directory;
      if (facts !== undefined) for await (const [entry] of repository.entries(facts)) return entry?.mode;
      return undefined;
    });
    assert.equal(mode, 0o700);
  });

  test("reads everything with rereadAll, and stores nothing of it twice", async () => {
    await using fixture = await BackupFixture.create(FILES);
    await fixture.backup();
    const { summary } = await fixture.backup({ request: { rereadAll: true } });
    assert.deepEqual([summary.readBytes, summary.addedBytes], [100_009, 0]);
    assert.equal((await fixture.backup()).summary.readBytes, 0, "the rows that it left are good");
  });

  test("works without a catalog", async () => {
    await using fixture = await BackupFixture.create(FILES);
    await fixture.backup({ catalogPath: undefined });
    const { summary } = await fixture.backup({ catalogPath: undefined });
    assert.deepEqual([summary.readBytes, summary.addedBytes, summary.filesNew], [100_009, 0, 4]);
    assert.deepEqual(await fixture.saved(), fixture.content());
  });
});
