import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { after, describe, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { type ChunkRef, ENTRY_KIND, type Entry } from "../../src/format/entry.ts";
import { OBJECT_KIND } from "../../src/format/sealed-object.ts";
import { initRepository } from "../../src/repository/init.ts";
import { openRepository } from "../../src/repository/open.ts";
import { systemClock as clock } from "../../src/shared/clock.ts";
import { systemRandom as random } from "../../src/shared/random.ts";
import { Forger } from "../support/forged-snapshot.ts";
import { readTree, writeTree } from "../support/restore-world.ts";
import { MEMORY_PLACE, tempFolder, type TempFolder } from "../support/temp.ts";
import { itemErrorsOf, type ProgramRun, showsStack, VarveProgram } from "../support/varve-program.ts";

// Whoever holds the key may write whatever he likes into a repository. Restoring it may fail, but must end, and must not write,
// follow or remove anything outside of the target.

type Roots = Parameters<Forger["commit"]>[0];

const OUTSIDE = { file: "precious", "folder/file": "precious" };
const LEVELS = 60;
const MIB = 1024 * 1024;

/** One home for all: what the program compiles once need not be compiled again. */
const home = await tempFolder("hostile-home", MEMORY_PLACE);
after(() => home.remove());

/** A repository with a forged snapshot, an empty target, and a folder beside it that nothing may touch. */
class Attack implements AsyncDisposable {
  readonly outside: string;
  readonly target: string;
  readonly #folder: TempFolder;
  readonly #varve: VarveProgram;
  #around: unknown;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    this.outside = `${folder.path}/outside`;
    this.target = `${folder.path}/in/target`;
    this.#varve = new VarveProgram(home.path, { VARVE_REPOSITORY: `${folder.path}/repository` });
  }

  static async make(
    forge: (forger: Forger, outside: string) => Roots | Promise<Roots>,
    change?: Parameters<Forger["commit"]>[1],
  ): Promise<Attack> {
    const attack = new Attack(await tempFolder("hostile", MEMORY_PLACE));
    const spec = { kind: "local", path: `${attack.#folder.path}/repository` } as const;
    await initRepository({ spec, password: undefined, label: "", clock, random });
    const repository = await openRepository({ spec, secret: {}, cacheDirectory: undefined, clock, random });
    const forger = await Forger.open(repository);
    await forger.commit(await forge(forger, attack.outside), change);
    await repository.close();
    mkdirSync(attack.target, { recursive: true });
    writeTree(attack.outside, OUTSIDE);
    attack.#around = attack.#look();
    return attack;
  }

  #look(): unknown {
    const facts = (path: string): unknown => {
      const { mode, uid, nlink, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
      return [path, mode, uid, nlink, mtimeNs, ctimeNs];
    };
    const paths = ["", "/file", "/folder", "/folder/file"].map((path) => facts(this.outside + path));
    return [readdirSync(this.#folder.path), readdirSync(`${this.#folder.path}/in`), readTree(this.outside), paths];
  }

  /** Runs a command, which must end by itself, without a stack trace, and leave everything beside the target as it was. */
  async run(...args: readonly string[]): Promise<ProgramRun> {
    const run = await this.#varve.run(...args);
    assert.ok(run.code !== undefined, `${args[0]} ended by itself`);
    assert.ok(!showsStack(run.stderr) && !(run.stdout + run.stderr).includes("E_INTERNAL"), run.stderr + run.stdout);
    assert.deepEqual(this.#look(), this.#around);
    return run;
  }

  /** Restores as root would; the result is `path code` of each problem, and what lies in the target. */
  async restore(
    ...flags: readonly string[]
  ): Promise<{ readonly code: number | undefined; readonly errors: readonly string[]; readonly tree: Readonly<Record<string, string>> }> {
    const run = await this.run("restore", "latest", "--to", this.target, "--owner", "none", "--json", ...flags);
    return { code: run.code, errors: itemErrorsOf(run).toSorted(), tree: readTree(this.target) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder.remove();
  }
}

describe("names in a forged tree", () => {
  const NAMES = ["../escape", "..", ".", "", "a/b", "/absolute", "nul\0byte"];

  test("that no file has cost only the folder they are in", async () => {
    await using attack = await Attack.make((forger) => {
      const bad = NAMES.map((name, at) => forger.directory(`bad-${at}`, [forger.file(name)]));
      const link = NAMES.map((name, at) => forger.directory(`worse-${at}`, [forger.symlink(name, "/etc")]));
      const deep = NAMES.map((name, at) => forger.directory(`worst-${at}`, [forger.directory(name, [forger.file("file")])]));
      return [
        forger.directory(
          "",
          [...bad, ...link, ...deep, forger.file("zz good")].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        ),
      ];
    });
    const { code, errors, tree } = await attack.restore();
    const folders = ["bad", "worse", "worst"].flatMap((kind) => NAMES.map((_, at) => `${kind}-${at}`));
    assert.deepEqual([code, errors], [3, folders.map((folder) => `${folder} E_CORRUPT`).toSorted()]);
    assert.deepEqual(tree, { ...Object.fromEntries(folders.map((folder) => [folder, "folder"])), "zz good": "forged" });
    assert.equal((await attack.run("check")).code, 4);
    for (const command of [["ls", "--recursive"], ["dump"]]) assert.equal((await attack.run(...command, "latest")).code, 1);
  });

  test("of sources lead nowhere, with and without full paths", async () => {
    await using attack = await Attack.make((forger) => {
      const root = (path: string) => ({ path, root: forger.directory("", [forger.file("file")]) });
      return [root("/a/../../../outside"), root("/.."), root("/a/."), root("/")];
    });
    const plain = await attack.restore();
    assert.deepEqual([plain.code, plain.errors], [3, [".. E_TARGET_UNSAFE"]]);
    const full = await attack.restore("--full-paths", "--overwrite", "always");
    assert.deepEqual([full.code, full.errors], [3, [".. E_TARGET_UNSAFE", "a/.. E_TARGET_UNSAFE"]]);
    assert.equal(full.tree["a/file"], "forged");
  });
});

describe("links in a forged tree", () => {
  test("that stand under one name with folders, on one page or two, in either order, are not followed", async () => {
    await using attack = await Attack.make((forger, outside) => {
      const link = forger.symlink("twin", outside);
      const folder = forger.directory("twin", [forger.file("file"), forger.file("planted")]);
      const onTwo = (entries: readonly Entry[]): ChunkRef =>
        forger.inner(
          1,
          entries.map((entry, at) => ({ firstName: `${at}`, ref: forger.leaf([entry]) })),
        );
      const folders = [forger.leaf([link, folder]), forger.leaf([folder, link]), onTwo([link, folder]), onTwo([folder, link])];
      return [
        forger.directory(
          "",
          folders.map((page, at) => forger.directory(`folder-${at}`, page)),
        ),
      ];
    });
    for (const flags of [[], ["--overwrite", "always"], ["--delete-extra", "--yes"]]) {
      const { code, errors } = await attack.restore(...flags);
      assert.deepEqual([code, errors], [3, [0, 1, 2, 3].map((at) => `folder-${at} E_CORRUPT`)]);
    }
  });

  test("with files below them in another source are replaced by real folders", async () => {
    await using attack = await Attack.make((forger, outside) => [
      { path: "/p", root: forger.directory("", [forger.symlink("link", outside)]) },
      { path: "/p/link/folder", root: forger.directory("", [forger.file("file", "planted")]) },
    ]);
    const { code, tree } = await attack.restore("--full-paths");
    assert.deepEqual([code, tree["p/link"], tree["p/link/folder/file"]], [0, "folder", "planted"]);
    const again = await attack.restore("--full-paths", "--delete-extra", "--yes");
    assert.equal(again.tree["p/link/folder/file"], "planted");
  });

  test("of hard links to what was not restored, or is a symlink, write nothing through them", async () => {
    await using attack = await Attack.make((forger, outside) => {
      const lost: Partial<Entry> = { links: 3, nodeId: 77n, content: { ids: new Uint8Array(32), lengths: Uint32Array.of(6) } };
      const twin: Partial<Entry> = { links: 2, nodeId: 88n };
      return [
        forger.directory("", [
          forger.file("a-lost", "forged", lost),
          forger.file("b-lost", "forged", lost),
          { ...forger.symlink("c-link", `${outside}/file`), ...twin },
          forger.file("d-through", "planted", twin),
          forger.file("e-alone", "forged", { links: 4_000_000, nodeId: 99n }),
        ]),
      ];
    });
    const { code, errors, tree } = await attack.restore();
    assert.deepEqual([code, errors], [3, ["a-lost E_CORRUPT", "b-lost E_INCOMPLETE"]]);
    assert.deepEqual(tree, { "c-link": `-> ${attack.outside}/file`, "d-through": `-> ${attack.outside}/file`, "e-alone": "forged" });
    await attack.restore("--overwrite", "always");
  });
});

describe("pages of a forged tree", () => {
  test("that unfold into more than any disk holds end where their counts do not fit", async () => {
    await using attack = await Attack.make((forger) => {
      const unfolded = (counts: (level: number) => number): Entry => {
        let page: ChunkRef = forger.leaf([forger.file("a"), forger.file("b")]);
        for (let level = 1; level < LEVELS; level += 1) {
          const claims = { totalFiles: counts(level), totalDirectories: counts(level) };
          page = forger.leaf([forger.directory("a", page, claims), forger.directory("b", page, claims)]);
        }
        return forger.directory("", page, { totalFiles: counts(LEVELS), totalDirectories: counts(LEVELS) });
      };
      // The same at every level, more than there can be, none at all, and as true as 53 bits allow.
      const claims = [() => 9e9, () => 9e15, () => 0, (level: number) => Math.min(2 ** level, 2 ** 53 - 1)];
      return claims.map((claim) => unfolded(claim));
    });
    const { code, errors, tree } = await attack.restore();
    assert.deepEqual([code, errors], [3, [0, 1, 2, 3].map((at) => `source-${at} E_CORRUPT`)]);
    assert.ok(Object.keys(tree).length < 20);
    assert.equal((await attack.run("check")).code, 0);
    for (const command of [
      ["ls", "--recursive", "latest"],
      ["dump", "latest"],
      ["find", "b"],
    ])
      assert.equal((await attack.run(...command)).code, 1);
  });

  test("of impossible levels, shared leaves or endless emptiness cost only their folder", async () => {
    await using attack = await Attack.make((forger) => {
      const leaf = forger.leaf([forger.file("file")]);
      const shared = (level: number): ChunkRef => {
        const below = level === 1 ? leaf : shared(level - 1);
        return forger.inner(
          level,
          Array.from({ length: 300 }, (_, at) => ({ firstName: `n${1000 + at}`, ref: below })),
        );
      };
      const missing: ChunkRef = { id: new Uint8Array(32).fill(9), length: 100 };
      const pages: Readonly<Record<string, ChunkRef>> = {
        "a level too deep": forger.inner(9, [{ firstName: "a", ref: leaf }]),
        "deeper still": forger.inner(255, [{ firstName: "a", ref: leaf }]),
        "eight shared levels": shared(8),
        "eight missing levels": forger.inner(
          8,
          Array.from({ length: 300 }, (_, at) => ({ firstName: `n${1000 + at}`, ref: missing })),
        ),
        "empty leaves": forger.inner(1, [{ firstName: "a", ref: forger.leaf([]) }]),
        "half a leaf": forger.leaf([forger.file("a")], 3),
        "no page at all": missing,
        "a file for a page": forger.chunk(Buffer.from("no page")),
        "a page cut short": { ...leaf, length: leaf.length - 1 },
        "a page of 4 GiB": { ...leaf, length: 0xffff_ffff },
      };
      return [
        forger.directory(
          "",
          [...Object.entries(pages).map(([name, page]) => forger.directory(name, page)), forger.file("zz good")].toSorted((a, b) =>
            a.name < b.name ? -1 : 1,
          ),
        ),
      ];
    });
    const { code, errors, tree } = await attack.restore();
    assert.equal(code, 3);
    const folders = new Set(errors.map((error) => error.replace(/ E_(CORRUPT|OBJECT_NOT_FOUND)$/, "")));
    assert.deepEqual(
      [...folders].toSorted(),
      Object.keys(tree)
        .filter((path) => tree[path] === "folder")
        .toSorted(),
    );
    assert.equal(tree["zz good"], "forged");
    assert.equal((await attack.run("check")).code, 4);
  });
});

describe("content of a forged tree", () => {
  test("of impossible sizes, lengths and holes costs only its file", async () => {
    await using attack = await Attack.make((forger) => {
      const { content } = forger.file("x", "forged");
      const lengths = (length: number): Partial<Entry> => ({ content: { ...content, lengths: Uint32Array.of(length) }, size: length });
      const bad: Readonly<Record<string, Partial<Entry>>> = {
        "a chunk of 4 GiB": lengths(0xffff_ffff),
        "a chunk of 8 MiB": lengths(8 * MIB),
        "a longer chunk": lengths(7),
        "a shorter chunk": lengths(5),
        "more size than content": { size: 2 ** 53 - 1 },
        "less size than content": { size: 1 },
        "another chunk than it says": { content: { ids: new Uint8Array(32).fill(3), lengths: Uint32Array.of(6) } },
        "extents without content": { extents: [{ offset: 0, length: 2 ** 40 }], size: 2 ** 40 },
      };
      const files = Object.entries(bad).map(([name, facts]) => forger.file(name, "forged", facts));
      // With true sums the numbers would be larger than any that the format holds.
      return [
        forger.directory(
          "",
          [...files, forger.file("zz good")].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
          { totalBytes: 1 },
        ),
      ];
    });
    for (const flags of [["--threads", "0"], ["--verify"], ["--overwrite", "always"]]) {
      const { code, errors, tree } = await attack.restore(...flags);
      assert.deepEqual([code, errors.length, new Set(errors.map((error) => error.split(" ").at(-1)))], [3, 8, new Set(["E_CORRUPT"])]);
      assert.deepEqual(tree, { "zz good": "forged" });
    }
  });

  test("that decompresses to more than it says stays as small as it said", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(512 * MIB));
    assert.ok(bomb.length < MIB);
    // The content size in a frame's header, at its place for sizes of four bytes (RFC 8878, 3.1.1.1).
    const lying = Buffer.from(bomb);
    const sizeAt = lying.readUInt8(4) & 0x20 ? 5 : 6;
    assert.equal(lying.readUInt32LE(sizeAt), 512 * MIB);
    lying.writeUInt32LE(MIB, sizeAt);
    await using attack = await Attack.make(async (forger) => {
      const entry = (name: string, { id, length }: ChunkRef): Entry =>
        forger.file(name, "x", { size: length, content: { ids: id, lengths: Uint32Array.of(length) } });
      const files = [
        entry("a bomb", await forger.packWithFrame(bomb, MIB)),
        entry("a lying bomb", await forger.packWithFrame(lying, MIB)),
        entry("no zstd at all", await forger.packWithFrame(Buffer.alloc(1000, 7), MIB)),
      ];
      return [forger.directory("", [...files, forger.file("zz good")])];
    });
    const { code, errors, tree } = await attack.restore("--threads", "1");
    assert.deepEqual([code, errors], [3, ["a bomb E_CORRUPT", "a lying bomb E_CORRUPT", "no zstd at all E_CORRUPT"]]);
    assert.deepEqual(tree, { "zz good": "forged" });
    assert.equal((await attack.run("check", "--read-data")).code, 4);
  });

  test("in packs whose index exchanges their chunks is lost, and nothing more", async () => {
    await using attack = await Attack.make(
      (forger) => [forger.directory("", [forger.file("a", "one two"), forger.file("b", "two one"), forger.file("c", "")])],
      (pack) =>
        pack.kind === OBJECT_KIND.dataPack
          ? { ...pack, directory: { ...pack.directory, chunkIds: exchanged(pack.directory.chunkIds) } }
          : pack,
    );
    const { code, errors, tree } = await attack.restore();
    assert.deepEqual([code, errors, tree], [3, ["a E_CORRUPT", "b E_CORRUPT"], { c: "" }]);
  });
});

/** Two ids of 32 bytes in the other order. */
function exchanged(ids: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([ids.subarray(32, 64), ids.subarray(0, 32)]));
}

test("a forged tree that claims millions of entries restores those it has", async () => {
  await using attack = await Attack.make((forger) => [
    forger.directory("", [forger.file("one")], { entryCount: 5e6, totalFiles: 5e9, totalDirectories: 4e9, totalBytes: 2 ** 52 }),
  ]);
  const { code, tree } = await attack.restore();
  assert.deepEqual([code, tree], [0, { one: "forged" }]);
});

test(
  "kinds and modes of forged entries make nothing that acts for somebody else",
  { skip: process.geteuid?.() !== 0 && "needs root" },
  async () => {
    await using attack = await Attack.make((forger) => [
      forger.directory("", [
        forger.file("setuid", "#!/bin/sh", { mode: 0o6755, uid: 1234, gid: 1234 }),
        { ...forger.file("socket"), kind: ENTRY_KIND.socket },
      ]),
    ]);
    await attack.restore();
    // Owners are not restored, so the bits would act for root.
    assert.equal(lstatSync(`${attack.target}/setuid`).mode & 0o6000, 0);
    assert.ok(existsSync(`${attack.target}/socket`));
  },
);
