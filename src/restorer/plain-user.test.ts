import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { compareFacts } from "../../test/support/compare-trees.ts";
import { buildFidelityTree } from "../../test/support/fidelity-tree.ts";
import { RestoreWorld, writeTree } from "../../test/support/restore-world.ts";

const NOBODY = 65_534;
const superuser = process.geteuid?.() === 0;

function become(user: number): void {
  if (!superuser) return;
  // The group goes first on the way down and last on the way up: only root may change it.
  if (user !== 0) process.setegid?.(user);
  process.seteuid?.(user);
  if (user === 0) process.setegid?.(0);
}

/** Works as a user without privileges: as this one, or as nobody when this one is root. */
async function asPlainUser(work: (world: RestoreWorld) => Promise<void>): Promise<void> {
  become(NOBODY);
  const world = await RestoreWorld.make(tmpdir());
  try {
    await work(world);
  } finally {
    become(0);
    await world[Symbol.asyncDispose]();
  }
}

test("a plain user's tree comes back equal, again and again", async () => {
  await asPlainUser(async (world) => {
    buildFidelityTree(`${world.source}/tree`, { superuser: false, largeDirectoryEntries: 20 });
    await world.backup([`${world.source}/tree`]);
    for (const what of ["made", "found", "found once more"]) {
      const outcome = await world.restore({ verify: true });
      assert.deepEqual([outcome.list, compareFacts(`${world.source}/tree`, world.target)], [[], []], what);
    }
  });
});

test("a plain user's read-only files are verified, left alone when they are equal, and replaced when they are not", async () => {
  await asPlainUser(async (world) => {
    writeTree(world.source, { same: "content", other: "content", short: "content" });
    for (const name of ["same", "other", "short"]) chmodSync(`${world.source}/${name}`, 0o400);
    await world.backup();
    const first = await world.restore({ verify: true });
    assert.deepEqual([first.list, first.filesVerified], [[], 3]);
    for (const [name, content] of [
      ["other", "changed"],
      ["short", "con"],
    ] as const) {
      chmodSync(`${world.target}/${name}`, 0o600);
      writeFileSync(`${world.target}/${name}`, content);
      chmodSync(`${world.target}/${name}`, 0o400);
    }
    const before = lstatSync(`${world.target}/same`, { bigint: true });
    const second = await world.restore({ verify: true });
    assert.deepEqual([second.list, second.filesUnchanged, second.filesRestored, second.filesVerified], [[], 1, 2, 3]);
    const after = lstatSync(`${world.target}/same`, { bigint: true });
    assert.deepEqual([after.ino, after.ctimeNs], [before.ino, before.ctimeNs]);
    for (const name of ["other", "short"]) assert.equal(readFileSync(`${world.target}/${name}`, "utf8"), "content");
  });
});

test("a plain user's restore goes through folders that forbid him to write, and gives them back their mode", async () => {
  await asPlainUser(async (world) => {
    writeTree(world.source, { "closed/inner/file": "content" });
    for (const folder of ["closed/inner", "closed"]) chmodSync(`${world.source}/${folder}`, 0o500);
    await world.backup();
    await world.restore();
    const outcome = await world.restore({ overwrite: "always" });
    assert.deepEqual([outcome.list, outcome.filesRestored], [[], 1]);
    assert.deepEqual(
      ["closed", "closed/inner"].map((folder) => statSync(`${world.target}/${folder}`).mode & 0o777),
      [0o500, 0o500],
    );
    for (const root of [world.source, world.target]) for (const folder of ["closed", "closed/inner"]) chmodSync(`${root}/${folder}`, 0o700);
  });
});

test(
  "a plain user is told of what he may not write, item by item, and gets the rest",
  { skip: !superuser && "needs files of somebody else" },
  async () => {
    await asPlainUser(async (world) => {
      writeTree(world.source, { "mine/file": "content", "theirs/file": "content", free: "content" });
      await world.backup();
      mkdirSync(world.target);
      become(0);
      mkdirSync(`${world.target}/theirs`, 0o755);
      become(NOBODY);
      const outcome = await world.restore();
      assert.deepEqual(outcome.list.map(({ path, code }) => `${path} ${code}`).toSorted(), ["theirs E_TARGET", "theirs/file E_TARGET"]);
      assert.equal(readFileSync(`${world.target}/mine/file`, "utf8"), "content");
    });
  },
);
