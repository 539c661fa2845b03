import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { compareFacts } from "../../test/support/compare-trees.ts";
import { buildFidelityTree } from "../../test/support/fidelity-tree.ts";
import { readTree, RestoreWorld, writeTree } from "../../test/support/restore-world.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";

const superuser = process.geteuid?.() === 0;
const path = byteStringOf;

const FILES = { "a.txt": "a", "b/c.txt": "c", "b/d/e.log": "e", "f/g.txt": "g" };

async function worldOf(files: Readonly<Record<string, string>>): Promise<RestoreWorld> {
  const world = await RestoreWorld.make();
  writeTree(world.source, files);
  return world;
}

for (const threads of [0, 2]) {
  test(`runRestore() with ${threads} threads gives a whole tree back, and finds nothing to do the second time`, async () => {
    await using world = await RestoreWorld.make(tmpdir());
    buildFidelityTree(`${world.source}/tree`, { superuser, largeDirectoryEntries: 700 });
    await world.backup([`${world.source}/tree`]);
    const first = await world.restore({ threads, verify: true });
    assert.deepEqual([first.list, first.filesVerified], [[], first.filesRestored]);
    assert.deepEqual(compareFacts(`${world.source}/tree`, world.target), []);
    const second = await world.restore({ threads });
    assert.deepEqual(second.list, []);
    assert.deepEqual(compareFacts(`${world.source}/tree`, world.target), []);
    // Only the file with several names is written again: such files may not be mended in place.
    assert.equal(second.bytesWritten, statSync(`${world.source}/tree/links/first`).size);
    assert.equal(second.filesUnchanged, first.filesRestored - 1);
  });
}

describe("runRestore() of more files than its first window", () => {
  /** Content repeats from one end of the tree to the other, so that windows share packs. */
  const many = Object.fromEntries(Array.from({ length: 9000 }, (_, at) => [`${at % 30}/${at}`, `content ${at % 4000}`]));

  for (const threads of [0, 2]) {
    test(`gives all of them back with ${threads} threads, and finds nothing to do the second time`, async () => {
      await using world = await worldOf(many);
      await world.backup();
      const first = await world.restore({ threads, verify: true });
      assert.deepEqual([first.list, first.filesRestored, first.filesVerified], [[], 9000, 9000]);
      assert.deepEqual(compareFacts(world.source, world.target), []);
      const second = await world.restore({ threads });
      assert.deepEqual([second.filesUnchanged, second.bytesWritten], [9000, 0]);
    });
  }

  test("ends when it is interrupted while the walk and a window are under way, and is continued by the next run", async () => {
    await using world = await worldOf(many);
    await world.backup();
    const stop = new AbortController();
    const reason = new Error("enough");
    let items = 0;
    const onItem = (): void => {
      items += 1;
      if (items === 1) stop.abort(reason);
    };
    await assert.rejects(world.restore({ threads: 2 }, { signal: stop.signal, onItem }), reason);
    assert.ok(items < 9000, "it did not go on to the end");
    await world.restore({ threads: 2 });
    assert.deepEqual(compareFacts(world.source, world.target), []);
  });
});

describe("runRestore() of a part", () => {
  test("puts the content of a folder into the target", async () => {
    await using world = await worldOf(FILES);
    await world.backup();
    const outcome = await world.restore({ path: path("b") });
    assert.deepEqual(readTree(world.target), { "c.txt": "c", d: "folder", "d/e.log": "e" });
    assert.deepEqual([outcome.filesRestored, outcome.directories, outcome.bytesWritten], [2, 1, 2]);
  });

  test("puts a file into the target by its name, and takes absolute paths too", async () => {
    await using world = await worldOf(FILES);
    await world.backup();
    await world.restore({ path: path("b/d/e.log") });
    await world.restore({ path: path(`${world.source}/f/g.txt`) });
    assert.deepEqual(readTree(world.target), { "e.log": "e", "g.txt": "g" });
  });

  test("throws E_NOT_FOUND for a path that is not in the snapshot, and makes nothing", async () => {
    await using world = await worldOf(FILES);
    await world.backup();
    await assert.rejects(world.restore({ path: path("b/x") }), (error) => isAppError(error, "E_NOT_FOUND"));
    assert.equal(existsSync(world.target), false);
  });
});

describe("runRestore() of several sources", () => {
  test("gives each a folder of its own, also when two have the same name", async () => {
    await using world = await worldOf({ "one/same/a": "1", "two/same/a": "2", "single file": "3" });
    await world.backup([`${world.source}/one/same`, `${world.source}/two/same`, `${world.source}/single file`]);
    await world.restore();
    assert.deepEqual(readTree(world.target), { same: "folder", "same/a": "1", "same-2": "folder", "same-2/a": "2", "single file": "3" });
  });

  test("keeps two files of the same name apart", async () => {
    await using world = await worldOf({ "one/name": "1", "two/name": "2" });
    await world.backup([`${world.source}/one/name`, `${world.source}/two/name`]);
    await world.restore();
    assert.deepEqual(readTree(world.target), { name: "1", "name-2": "2" });
  });

  test("with full paths puts each below its absolute path, parents plain", async () => {
    await using world = await worldOf({ "one/a": "1", "two/b": "2" });
    chmodSync(`${world.source}/one`, 0o710);
    await world.backup([`${world.source}/one`, `${world.source}/two/b`]);
    const outcome = await world.restore({ fullPaths: true });
    assert.deepEqual(outcome.list, []);
    assert.deepEqual(readTree(`${world.target}${world.source}`), { one: "folder", "one/a": "1", two: "folder", "two/b": "2" });
    assert.equal(statSync(`${world.target}${world.source}/one`).mode & 0o777, 0o710);
  });

  test("with full paths takes one source inside another, in both orders", async () => {
    for (const order of [
      ["", "/b"],
      ["/b", ""],
    ]) {
      await using world = await worldOf(FILES);
      await world.backup(order.map((below) => `${world.source}${below}`));
      const outcome = await world.restore({ fullPaths: true, deleteExtra: true });
      assert.deepEqual([outcome.list, outcome.deleted], [[], 0]);
      assert.deepEqual(readTree(`${world.target}${world.source}`), readTree(world.source));
    }
  });

  test("of which one is a single file, restores it alone under its name", async () => {
    await using world = await worldOf(FILES);
    await world.backup([`${world.source}/a.txt`]);
    await world.restore();
    assert.deepEqual(readTree(world.target), { "a.txt": "a" });
  });
});

describe("runRestore() with a filter", () => {
  const cases: readonly (readonly [
    string,
    { includes?: readonly string[]; excludes?: readonly string[] },
    Readonly<Record<string, string>>,
  ])[] = [
    ["includes only what matches, and the folders it lies in", { includes: ["*.log"] }, { b: "folder", "b/d": "folder", "b/d/e.log": "e" }],
    ["includes a folder with all below it", { includes: ["b/"] }, { b: "folder", "b/c.txt": "c", "b/d": "folder", "b/d/e.log": "e" }],
    ["leaves out what matches", { excludes: ["d", "/a.txt"] }, { b: "folder", "b/c.txt": "c", f: "folder", "f/g.txt": "g" }],
    [
      "takes back with !",
      { excludes: ["*.txt", "!c.txt"] },
      { b: "folder", "b/c.txt": "c", "b/d": "folder", "b/d/e.log": "e", f: "folder" },
    ],
    ["leaves out within what it includes", { includes: ["*.txt"], excludes: ["f/"] }, { "a.txt": "a", b: "folder", "b/c.txt": "c" }],
  ];
  for (const [name, request, expected] of cases) {
    test(name, async () => {
      await using world = await worldOf(FILES);
      await world.backup();
      const outcome = await world.restore(request);
      assert.deepEqual([readTree(world.target), outcome.list], [expected, []]);
    });
  }
});

describe("runRestore() as a dry run", () => {
  test("writes nothing, and counts a whole new restore as it would be", async () => {
    await using world = await worldOf(FILES);
    symlinkSync("a.txt", `${world.source}/link`);
    await world.backup();
    const dry = await world.restore({ dryRun: true });
    assert.equal(existsSync(world.target), false);
    const real = await world.restore();
    const counts = ({ filesRestored, filesUnchanged, directories, others, bytesWritten, deleted }: typeof dry) => [
      filesRestored,
      filesUnchanged,
      directories,
      others,
      bytesWritten,
      deleted,
    ];
    assert.deepEqual(counts(dry), counts(real));
    assert.deepEqual(dry.items.toSorted(), real.items.toSorted());
  });

  test("tells what would be restored, kept, refused and removed, and leaves all of it alone", async () => {
    await using world = await worldOf(FILES);
    await world.backup();
    await world.restore();
    rmSync(`${world.target}/b/c.txt`);
    writeFileSync(`${world.target}/a.txt`, "changed");
    writeTree(world.target, { "extra/x": "x", "f/y": "y" });
    const before = readTree(world.target);
    const dry = await world.restore({ dryRun: true, deleteExtra: true });
    assert.deepEqual(readTree(world.target), before);
    assert.deepEqual([dry.filesRestored, dry.filesUnchanged, dry.deleted], [2, 2, 2]);
    assert.deepEqual(dry.items.toSorted(), ["removed extra", "removed f/y", "restored a.txt", "restored b/c.txt"]);
    const skipping = await world.restore({ dryRun: true, overwrite: "skip" });
    assert.deepEqual([skipping.filesRestored, skipping.filesSkipped], [1, 3]);
    const failing = await world.restore({ dryRun: true, overwrite: "fail" });
    assert.deepEqual(
      [failing.filesRestored, failing.list.map(({ code }) => code)],
      [1, ["E_TARGET_EXISTS", "E_TARGET_EXISTS", "E_TARGET_EXISTS"]],
    );
  });

  test("does not follow a symlink in the place of a folder", async () => {
    await using world = await worldOf(FILES);
    await world.backup();
    mkdirSync(world.target);
    symlinkSync(`${world.source}/b`, `${world.target}/b`);
    const dry = await world.restore({ dryRun: true, deleteExtra: true });
    assert.deepEqual([dry.filesRestored, dry.filesUnchanged, dry.deleted], [4, 0, 0]);
  });
});
