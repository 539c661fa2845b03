import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { readTree, type RestoreOutcome, RestoreWorld, writeTree } from "../../test/support/restore-world.ts";
import { flatTree, thinBackup, type Tree } from "../../test/support/thin-backup.ts";
import { packKey } from "../format/object-keys.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { toHex } from "../shared/bytes.ts";
import { seededRandom } from "../shared/random.ts";

const MIB = 1024 * 1024;
const random = seededRandom(11);
const SHARED = random.bytes(1000);

const FOLDERS = 7;

/** Folders of files of up to five chunks; every third file begins with the same one. */
const FOLDER_TREES: readonly (readonly [string, Tree])[] = Array.from({ length: FOLDERS }, (_, at) => {
  const files = Array.from({ length: 12 }, (_, file) => {
    const content = random.bytes((at * 977 + file * 613) % 5000);
    if (content.length > 1000 && file % 3 === 0) content.set(SHARED);
    return [`file-${file}`, content] as const;
  });
  return [`folder-${at}`, new Map(files)] as const;
});

const TREE: Tree = new Map(FOLDER_TREES);
const FILES = [...flatTree(TREE).keys()].filter((path) => !path.endsWith("/")).length;

/** Saves the tree folder by folder, so that each has packs of its own. */
async function saveTree(): Promise<RestoreWorld> {
  const world = await RestoreWorld.make();
  for (let count = 1; count <= FOLDERS; count += 1) {
    await world.open((repository) => thinBackup(repository, new Map(FOLDER_TREES.slice(0, count)), { tags: [], startedNs: BigInt(count) }));
  }
  return world;
}

const saved = await saveTree();
after(() => saved[Symbol.asyncDispose]());

/** Paths of the packs of one kind, but for the one that holds the newest snapshot's top page. */
async function packsOf(world: RestoreWorld, kind: number): Promise<readonly string[]> {
  return await world.open(async (repository) => {
    const { index, packs } = await repository.index();
    const root = (await repository.findSnapshot("latest")).manifest.sources[0]?.root.directory?.page.id ?? assert.fail();
    const top = index.find(root)?.pack;
    return [...packs.entries()]
      .filter(([number, pack]) => pack.kind === kind && number !== top)
      .map(([, pack]) => `${world.path}/repository/${packKey(toHex(pack.id))}`);
  });
}

const DAMAGES: Readonly<Record<string, (pack: string, other: string) => void>> = {
  "with a changed byte": (pack) => {
    const bytes = readFileSync(pack);
    bytes[Math.floor(bytes.length / 3)] = (bytes[Math.floor(bytes.length / 3)] ?? 0) ^ 4;
    writeFileSync(pack, bytes);
  },
  "that is cut short": (pack) => truncateSync(pack, 100),
  "that is empty": (pack) => truncateSync(pack, 0),
  "that is gone": (pack) => unlinkSync(pack),
  "in the place of another": (pack, other) => writeFileSync(pack, readFileSync(other)),
};

/** Damages one of the packs of a kind. */
async function damageOne(world: RestoreWorld, kind: number, damage: (pack: string, other: string) => void): Promise<void> {
  const packs = await packsOf(world, kind);
  const [pack = "", other = ""] = packs;
  assert.ok(packs.length >= FOLDERS - 1);
  for (const path of [pack, other]) chmodSync(path, 0o600);
  damage(pack, other);
}

/** Every file is back as it was or, with its folder, not there; what is not there has been reported, and nothing else. Returns how many are missing. */
function assertLossesReported(target: string, { list }: RestoreOutcome): number {
  const there = readTree(target);
  const reported = list.map(({ path }) => path);
  const missing: string[] = [];
  for (const [path, content] of flatTree(TREE)) {
    if (path.endsWith("/")) continue;
    if (there[path] === undefined) missing.push(path);
    else assert.ok(there[path] === Buffer.from(content).toString("latin1"), `${path} is as it was`);
  }
  assert.deepEqual(reported, [...new Set(reported)], "each loss is reported once");
  for (const path of missing)
    assert.ok(
      reported.some((known) => known === path || known === "." || path.startsWith(`${known}/`)),
      `${path} is reported`,
    );
  for (const path of reported)
    assert.ok(
      missing.some((lost) => lost === path || lost.startsWith(`${path}/`)),
      `${path} is missing`,
    );
  return missing.length;
}

describe("runRestore() with a data pack", () => {
  for (const [what, damage] of Object.entries(DAMAGES)) {
    for (const threads of what === "with a changed byte" ? [0, 2] : [0]) {
      test(`${what} restores all other files, with ${threads} threads`, async () => {
        await using world = await saved.copy();
        await damageOne(world, OBJECT_KIND.dataPack, damage);
        const outcome = await world.restore({ threads, owner: "none" });
        const lost = assertLossesReported(world.target, outcome);
        assert.ok(lost > 0 && lost < FILES / 2, `${lost} files are lost`);
        assert.ok(outcome.list.every(({ code }) => ["E_CORRUPT", "E_OBJECT_NOT_FOUND"].includes(code)));
        assert.equal(outcome.filesRestored, FILES - lost);
      });
    }
  }
});

describe("runRestore() with a metadata pack", () => {
  for (const [what, damage] of Object.entries(DAMAGES)) {
    test(`${what} restores all other folders`, async () => {
      await using world = await saved.copy();
      await damageOne(world, OBJECT_KIND.metadataPack, damage);
      const outcome = await world.restore({ owner: "none", deleteExtra: true });
      const lost = assertLossesReported(world.target, outcome);
      assert.ok(lost > 0 && lost < FILES / 2, `${lost} files are lost`);
    });
  }

  test("with a changed byte deletes nothing where it is not known what belongs there", async () => {
    await using world = await saved.copy();
    await world.restore({ owner: "none" });
    const before = readTree(world.target);
    await damageOne(world, OBJECT_KIND.metadataPack, DAMAGES["with a changed byte"] ?? assert.fail());
    const outcome = await world.restore({ owner: "none", deleteExtra: true });
    assert.deepEqual([readTree(world.target), outcome.deleted], [before, 0]);
    assert.notEqual(outcome.list.length, 0);
  });
});

describe("runRestore() of a large file with damage in its middle", () => {
  const content = seededRandom(12).bytes(38 * MIB);

  /** A world with a file in two packs, the second of them damaged, and a small file. */
  async function damagedWorld(): Promise<RestoreWorld> {
    const world = await RestoreWorld.make();
    writeTree(world.source, { large: content, small: "small" });
    await world.backup();
    const packs = await packsOf(world, OBJECT_KIND.dataPack);
    assert.equal(packs.length, 2);
    for (const pack of packs) {
      chmodSync(pack, 0o600);
      const bytes = readFileSync(pack);
      const middle = Math.floor(bytes.length / 2);
      // The smaller of the two holds nothing but the end of the large file.
      if (bytes.length < content.length / 2) bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(pack, bytes);
    }
    return world;
  }

  test("leaves nothing under its name, and reports it once", async () => {
    await using world = await damagedWorld();
    for (const threads of [0, 2]) {
      world.nextTarget();
      const outcome = await world.restore({ threads });
      assert.deepEqual(readTree(world.target), { small: "small" });
      assert.deepEqual([outcome.list.map(({ path, code }) => [path, code]), outcome.filesRestored], [[["large", "E_CORRUPT"]], 1]);
    }
  });

  test("keeps a file that is there and can be mended only in part, and reports it", async () => {
    await using world = await damagedWorld();
    mkdirSync(world.target);
    writeFileSync(`${world.target}/large`, content.subarray(0, 30 * MIB));
    const outcome = await world.restore();
    assert.deepEqual(
      outcome.list.map(({ path }) => path),
      ["large"],
    );
    assert.ok(existsSync(`${world.target}/large`));
  });
});
