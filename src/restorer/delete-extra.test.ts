import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { ENTRY_KIND } from "../format/entry.ts";
import { byteStringOf, type ByteString, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { PathFilter } from "../source/path-filter.ts";
import { fileEntry } from "../../test/support/arbitrary-entry.ts";
import { readTree, RestoreWorld, writeTree } from "../../test/support/restore-world.ts";
import { ExtraItems } from "./delete-extra.ts";

const SAVED = { kept: "1", "folder/kept": "2", "folder/inner/kept": "3", "empty/placeholder": "4" };
const RESTORED = { ...SAVED, folder: "folder", "folder/inner": "folder", empty: "folder" };

describe("runRestore() with --delete-extra", () => {
  const made = RestoreWorld.make().then(async (world) => {
    writeTree(world.source, SAVED);
    await world.backup();
    return world;
  });
  after(async () => (await made)[Symbol.asyncDispose]());

  /** A target that holds the snapshot, and more. */
  async function targetWith(extra: Readonly<Record<string, string>>): Promise<RestoreWorld> {
    const world = await made;
    world.nextTarget();
    await world.restore();
    writeTree(world.target, extra);
    return world;
  }

  test("removes files and folders that the snapshot does not have, and nothing else", async () => {
    const world = await targetWith({ extra: "x", "folder/inner/extra": "x", "new folder/deep/er/file": "x", ".hidden": "x" });
    const outcome = await world.restore({ deleteExtra: true });
    assert.deepEqual([readTree(world.target), outcome.list], [RESTORED, []]);
    assert.deepEqual(outcome.items.filter((item) => item.startsWith("removed")).toSorted(), [
      "removed .hidden",
      "removed extra",
      "removed folder/inner/extra",
      "removed new folder",
    ]);
    assert.equal(outcome.deleted, 4);
  });

  test("leaves the times of folders as the snapshot has them", async () => {
    const world = await targetWith({});
    const before = statSync(`${world.target}/folder`, { bigint: true }).mtimeNs;
    writeTree(world.target, { "folder/extra": "x" });
    await world.restore({ deleteExtra: true });
    assert.equal(statSync(`${world.target}/folder`, { bigint: true }).mtimeNs, before);
  });

  test("without the flag removes nothing", async () => {
    const world = await targetWith({ extra: "x" });
    assert.equal((await world.restore()).deleted, 0);
    assert.deepEqual(readTree(world.target), { ...RESTORED, extra: "x" });
  });

  test("removes a symlink as a symlink, and nothing behind it", async () => {
    const world = await targetWith({});
    writeTree(`${world.target}-outside`, { file: "precious" });
    for (const name of ["link", "folder/link"]) symlinkSync(`${world.target}-outside`, `${world.target}/${name}`);
    await world.restore({ deleteExtra: true });
    assert.deepEqual([readTree(world.target), readTree(`${world.target}-outside`)], [RESTORED, { file: "precious" }]);
  });

  test("keeps what is excluded, and what holds it", async () => {
    const world = await targetWith({ "a.log": "x", "extra/b.log": "x", "extra/b.txt": "x", "other/c": "x", "logs/d": "x" });
    const outcome = await world.restore({ deleteExtra: true, excludes: ["*.log", "/logs"] });
    assert.deepEqual(readTree(world.target), {
      ...RESTORED,
      "a.log": "x",
      extra: "folder",
      "extra/b.log": "x",
      logs: "folder",
      "logs/d": "x",
    });
    assert.deepEqual(outcome.items.filter((item) => item.startsWith("removed")).toSorted(), [
      "removed extra/b.txt",
      "removed other",
      "removed other/c",
    ]);
  });

  test("of a selection removes only what was selected, and no folders", async () => {
    const world = await targetWith({ "a.log": "x", "folder/b.log": "x", "extra/c.log": "x", "extra/c.txt": "x", "d.txt": "x" });
    await world.restore({ deleteExtra: true, includes: ["*.log"] });
    assert.deepEqual(readTree(world.target), { ...RESTORED, "d.txt": "x", extra: "folder", "extra/c.txt": "x" });
  });

  test("of a part removes within the target only", async () => {
    const world = await targetWith({ extra: "x" });
    await world.restore({ deleteExtra: true, path: byteStringOf("folder"), to: byteStringOf(`${world.target}/folder`) });
    assert.deepEqual(readTree(world.target), { ...RESTORED, extra: "x" });
  });

  test(
    "reports what it cannot remove, and removes the rest",
    { skip: process.geteuid?.() !== 0 && "only root can make a file nobody can remove" },
    async () => {
      const world = await targetWith({ "a extra": "x", "z extra": "x" });
      const { execFileSync } = await import("node:child_process");
      const immutable = (flag: string): void => void execFileSync("chattr", [flag, `${world.target}/a extra`], { stdio: "ignore" });
      try {
        immutable("+i");
      } catch {
        return; // This file system knows no such flag.
      }
      const outcome = await world.restore({ deleteExtra: true });
      immutable("-i");
      assert.deepEqual(readTree(world.target), { ...RESTORED, "a extra": "x" });
      assert.deepEqual(
        outcome.list.map(({ path }) => path),
        ["a extra"],
      );
    },
  );
});

test("runRestore() with --delete-extra and several sources leaves other folders of the target alone", async () => {
  await using world = await RestoreWorld.make();
  writeTree(world.source, { "one/a": "1", "two/b": "2" });
  await world.backup([`${world.source}/one`, `${world.source}/two`]);
  await world.restore();
  writeTree(world.target, { "three/c": "3", "one/extra": "x" });
  await world.restore({ deleteExtra: true });
  assert.deepEqual(readTree(world.target), { one: "folder", "one/a": "1", two: "folder", "two/b": "2", three: "folder", "three/c": "3" });
});

test(
  "runRestore() with --delete-extra into a folder that a plain user may not list reports it",
  { skip: process.geteuid?.() === 0 && "root may list everything" },
  async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, SAVED);
    await world.backup();
    await world.restore();
    mkdirSync(`${world.target}/closed`);
    writeFileSync(`${world.target}/closed/file`, "x");
    chmodSync(`${world.target}/closed`, 0);
    const outcome = await world.restore({ deleteExtra: true });
    assert.deepEqual([outcome.deleted, outcome.list], [1, []]);
  },
);

describe("ExtraItems", () => {
  const facts = { page: { id: new Uint8Array(32), length: 1 }, entryCount: 1, totalFiles: 1, totalDirectories: 0, totalBytes: 0 };
  const name = (text: string): ByteString => text as ByteString;

  /** Items of a target by path; directories end in a slash. */
  function extraOver(
    paths: readonly string[],
    more: { readonly unreadable?: boolean; readonly failing?: string; readonly needed?: readonly string[] } = {},
  ) {
    const there = new Set(paths);
    const issues: string[] = [];
    const kindOf = (path: string) => (there.has(`${path}/`) ? ENTRY_KIND.directory : ENTRY_KIND.file);
    const node = (path: string) => ({ name: name(path.split("/").at(-1) ?? ""), kind: kindOf(path), size: 0, modifiedNs: 0n, links: 1 });
    const plain = (): string[] => [...there].map((path) => path.replace(/\/$/, ""));
    const items = new ExtraItems({
      repository: {
        async *entries() {
          if (more.unreadable === true) throw new AppError({ code: "E_CORRUPT", what: "damaged" });
          yield [fileEntry("wanted")];
        },
      },
      target: {
        look: (directory, child) => (plain().includes(joinPath(directory, child)) ? node(joinPath(directory, child)) : undefined),
        list: (directory) =>
          plain()
            .filter((path) => path !== "" && path.slice(0, Math.max(0, path.lastIndexOf("/"))) === directory)
            .map(node),
        remove: (directory, child) => {
          const path = joinPath(directory, child);
          if (path === more.failing) throw new AppError({ code: "E_TARGET", what: "no" });
          for (const other of there) if (other === path || other.startsWith(`${path}/`)) there.delete(other);
        },
      },
      filter: new PathFilter({ includes: [], excludes: [] }),
      needed: new Set(more.needed?.map(name)),
      issue: (path) => void issues.push(path),
      removed: () => undefined,
    });
    return { items, there, issues };
  }

  test("goes on after an item that cannot be removed", async () => {
    const { items, there, issues } = extraOver(["wanted", "a", "b", "c"], { failing: "b" });
    await items.removeFrom([{ directory: name(""), name: name(""), facts }]);
    assert.deepEqual([[...there], issues, items.count], [["wanted", "b"], ["b"], 2]);
  });

  test("keeps what other trees of the restore need", async () => {
    const { items, there } = extraOver(["wanted", "home/", "home/ann/", "x"], { needed: ["home", "home/ann"] });
    await items.removeFrom([{ directory: name(""), name: name(""), facts }]);
    assert.deepEqual([...there], ["wanted", "home/", "home/ann/"]);
  });

  test("removes nothing from a directory whose pages cannot be read", async () => {
    const { items, there } = extraOver(["a"], { unreadable: true });
    await items.removeFrom([{ directory: name(""), name: name(""), facts }]);
    assert.deepEqual([...there], ["a"]);
  });

  test("passes over directories that are not there, and over what has taken their place", async () => {
    const { items, there } = extraOver(["file", "folder/", "folder/x"]);
    const at = (directory: string, child: string) => ({ directory: name(directory), name: name(child), facts });
    await items.removeFrom([at("", "gone"), at("gone", "below"), at("", "file"), at("", "folder")]);
    assert.deepEqual([...there], ["file", "folder/"]);
  });
});
