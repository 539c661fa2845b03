import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { after, describe, test } from "node:test";
import { readTree, RestoreWorld, writeTree } from "../../test/support/restore-world.ts";
import { seededRandom } from "../shared/random.ts";
import type { OverwriteMode } from "./face.ts";

const MIB = 1024 * 1024;

/** Content of files beside the target, which nothing may touch. */
const OUTSIDE = { file: "precious" };

/** A target in use, and a folder outside of it. */
interface Spot {
  readonly world: RestoreWorld;
  readonly target: string;
  readonly item: string;
  readonly outside: string;
}

/** Tests over one snapshot, each with a target and an outside of its own. */
class Spots {
  readonly #world: Promise<RestoreWorld>;

  constructor(fill: (source: string) => void) {
    this.#world = RestoreWorld.make().then(async (world) => {
      fill(world.source);
      await world.backup();
      return world;
    });
    after(async () => (await this.#world)[Symbol.asyncDispose]());
  }

  async next(): Promise<Spot> {
    const world = await this.#world;
    world.nextTarget();
    const { target } = world;
    mkdirSync(target);
    writeTree(`${target}-outside`, OUTSIDE);
    return { world, target, item: `${target}/item`, outside: `${target}-outside` };
  }
}

/** What may be where the file is to be; told the target's path of it and a folder that is not the target's. */
const OBSTACLES: Readonly<Record<string, (item: string, outside: string) => void>> = {
  "the same file": (item) => writeFileSync(item, "new"),
  "another file": (item) => writeFileSync(item, "an older and longer one"),
  "an empty file": (item) => writeFileSync(item, ""),
  "another name of a file outside": (item, outside) => linkSync(`${outside}/file`, item),
  "a symlink to a file outside": (item, outside) => symlinkSync(`${outside}/file`, item),
  "a dangling symlink": (item, outside) => symlinkSync(`${outside}/none`, item),
  "a symlink to a folder outside": (item, outside) => symlinkSync(outside, item),
  "a FIFO": (item) => void execFileSync("mkfifo", [item]),
  "a folder": (item) => writeTree(item, { inside: "kept" }),
};

describe("runRestore() over", () => {
  const spots = new Spots((source) => writeFileSync(`${source}/item`, "new"));

  for (const [obstacle, put] of Object.entries(OBSTACLES)) {
    for (const overwrite of ["if-changed", "always"] as const) {
      test(`${obstacle}, ${overwrite}, ${obstacle === "a folder" ? "reports it and keeps it" : "leaves the file and nothing else"}`, async () => {
        const { world, target, item, outside } = await spots.next();
        put(item, outside);
        const outcome = await world.restore({ overwrite });
        const isFolder = obstacle === "a folder";
        assert.deepEqual(
          outcome.list.map(({ code, path }) => [code, path]),
          isFolder ? [["E_TARGET_EXISTS", "item"]] : [],
        );
        assert.deepEqual(readTree(target), isFolder ? { item: "folder", "item/inside": "kept" } : { item: "new" });
        if (!isFolder) assert.deepEqual([lstatSync(item).isFile(), lstatSync(item).nlink], [true, 1]);
        assert.deepEqual(readTree(outside), OUTSIDE);
        assert.equal(outcome.filesUnchanged, obstacle === "the same file" && overwrite === "if-changed" ? 1 : 0);
      });
    }
    for (const overwrite of ["skip", "fail"] as const satisfies readonly OverwriteMode[]) {
      test(`${obstacle}, ${overwrite}, changes nothing`, async () => {
        const { world, target, item, outside } = await spots.next();
        put(item, outside);
        const look = (): unknown => [readTree(target), readTree(outside), lstatSync(item).mtimeMs];
        const before = look();
        const outcome = await world.restore({ overwrite });
        assert.deepEqual(look(), before);
        assert.deepEqual([outcome.filesSkipped, outcome.filesRestored], [overwrite === "skip" ? 1 : 0, 0]);
        assert.deepEqual(
          outcome.list.map(({ code }) => code),
          overwrite === "fail" ? ["E_TARGET_EXISTS"] : [],
        );
      });
    }
  }

  test("a folder, with --delete-extra, puts the file in its place", async () => {
    const { world, target } = await spots.next();
    writeTree(target, { "item/inside": "extra" });
    const outcome = await world.restore({ deleteExtra: true });
    assert.deepEqual([readTree(target), outcome.list, outcome.deleted], [{ item: "new" }, [], 1]);
  });

  test("a folder that holds what the filter leaves out keeps it, even with --delete-extra", async () => {
    const { world, target } = await spots.next();
    writeTree(target, { "item/inside": "extra", "item/keep.log": "kept" });
    const outcome = await world.restore({ deleteExtra: true, excludes: ["*.log"] });
    assert.deepEqual(readTree(target), { item: "folder", "item/keep.log": "kept" });
    assert.deepEqual(
      outcome.list.map(({ code }) => code),
      ["E_TARGET_EXISTS"],
    );
  });
});

describe("runRestore() of a folder over", () => {
  const spots = new Spots((source) => writeTree(source, { "item/inside": "new", "item/deeper/too": "new" }));
  const restored = { item: "folder", "item/inside": "new", "item/deeper": "folder", "item/deeper/too": "new" };

  for (const [obstacle, put] of Object.entries(OBSTACLES)) {
    test(`${obstacle} makes a real folder and writes only there`, async () => {
      const { world, target, item, outside } = await spots.next();
      put(item, outside);
      const outcome = await world.restore();
      assert.deepEqual([readTree(target), outcome.list], [restored, []]);
      assert.deepEqual(readTree(outside), OUTSIDE);
    });
  }

  test("a symlink to a folder outside, with skip, reports it and writes nothing through it", async () => {
    const { world, item, outside } = await spots.next();
    symlinkSync(outside, item);
    const outcome = await world.restore({ overwrite: "skip" });
    assert.deepEqual([readTree(outside), outcome.list.map(({ code, path }) => [code, path])], [OUTSIDE, [["E_TARGET_EXISTS", "item"]]]);
  });
});

describe("runRestore() of a symlink over", () => {
  const spots = new Spots((source) => symlinkSync("wherever", `${source}/item`));

  for (const [obstacle, put] of Object.entries(OBSTACLES)) {
    test(`${obstacle} ${obstacle === "a folder" ? "reports it" : "leaves the symlink alone there"}`, async () => {
      const { world, target, item, outside } = await spots.next();
      put(item, outside);
      const { list } = await world.restore();
      assert.deepEqual(readTree(target), obstacle === "a folder" ? { item: "folder", "item/inside": "kept" } : { item: "-> wherever" });
      assert.equal(list.length, obstacle === "a folder" ? 1 : 0);
      assert.deepEqual(readTree(outside), OUTSIDE);
    });
  }
});

describe("runRestore() mends", () => {
  const content = seededRandom(3).bytes(20 * MIB);
  const large = new Spots((source) => writeFileSync(`${source}/item`, content));

  for (const threads of [0, 2]) {
    test(`a large file in place with ${threads} threads, writing only the chunks that differ`, async () => {
      const { world, item } = await large.next();
      const changed = content.slice();
      changed[7 * MIB] = (changed[7 * MIB] ?? 0) ^ 1;
      writeFileSync(item, changed);
      const { ino } = statSync(item);
      const outcome = await world.restore({ threads });
      assert.ok(outcome.bytesWritten > 0 && outcome.bytesWritten <= 8 * MIB, `${outcome.bytesWritten} bytes were written`);
      assert.equal(Buffer.compare(readFileSync(item), content), 0);
      assert.deepEqual([statSync(item).ino, outcome.filesRestored, outcome.list], [ino, 1, []]);
    });
  }

  test("a file that is too long or cut short", async () => {
    const { world, item } = await large.next();
    for (const length of [content.length + 5, 5 * MIB]) {
      writeFileSync(item, content);
      truncateSync(item, length);
      const outcome = await world.restore({ verify: true });
      assert.equal(Buffer.compare(readFileSync(item), content), 0);
      assert.ok(outcome.bytesWritten <= (length > content.length ? 0 : content.length - 5 * MIB + 8 * MIB));
      assert.deepEqual([outcome.list, outcome.filesVerified], [[], 1]);
    }
  });

  test("metadata alone when the content is right, and touches nothing that is right", async () => {
    const { world, item } = await large.next();
    await world.restore();
    const before = lstatSync(item, { bigint: true });
    await world.restore();
    assert.equal(lstatSync(item, { bigint: true }).ctimeNs, before.ctimeNs);
    utimesSync(item, 1, 1);
    chmodSync(item, 0o600);
    const outcome = await world.restore();
    const after = lstatSync(item, { bigint: true });
    assert.deepEqual([after.mtimeNs, after.mode, outcome.bytesWritten], [before.mtimeNs, before.mode, 0]);
  });

  test("a file that has data where the saved one has a hole, or a hole where that has data", async () => {
    await using world = await RestoreWorld.make();
    const sparse = openSync(`${world.source}/item`, "w");
    writeSync(sparse, "head", 0);
    writeSync(sparse, "tail", 4 * MIB);
    ftruncateSync(sparse, 6 * MIB);
    closeSync(sparse);
    writeFileSync(`${world.source}/full`, new Uint8Array(MIB));
    await world.backup();
    mkdirSync(world.target);
    writeFileSync(`${world.target}/full`, "");
    truncateSync(`${world.target}/full`, MIB);
    for (const at of [2 * MIB, 5 * MIB]) {
      const dirty = Buffer.alloc(6 * MIB);
      dirty.write("head", 0);
      dirty.write("garbage", at);
      dirty.write("tail", 4 * MIB);
      writeFileSync(`${world.target}/item`, dirty);
      const outcome = await world.restore({ verify: true });
      assert.deepEqual([outcome.list, outcome.filesVerified], [[], 2]);
      assert.equal(Buffer.compare(readFileSync(`${world.target}/item`), readFileSync(`${world.source}/item`)), 0);
      assert.ok(statSync(`${world.target}/item`).blocks * 512 < MIB, "it is sparse again");
      assert.equal(statSync(`${world.target}/full`).size, MIB);
    }
  });
});
