import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { after, describe, test } from "node:test";
import { seededRandom } from "../../src/shared/random.ts";
import { compareFacts } from "../support/compare-trees.ts";
import { readTree, writeTree } from "../support/restore-world.ts";
import { MEMORY_PLACE, tempFolder, type TempFolder } from "../support/temp.ts";
import { eventsOf, itemErrorsOf, type ProgramRun, showsStack, VarveProgram } from "../support/varve-program.ts";

// What happens where something ends: space, permission to write, or the file that is just being read.

const MIB = 1024 * 1024;
const random = seededRandom(21);

/** Whether this user may mount; the reason when not. */
function mountProblem(): string | false {
  if (process.geteuid?.() !== 0) return "only root may mount";
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  try {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder], { stdio: "ignore" });
    execFileSync("umount", [folder]);
    return false;
  } catch {
    return "this sandbox does not allow mounts";
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const noMounts = mountProblem();
const home = await tempFolder("limits-home", MEMORY_PLACE);
after(() => home.remove());

/** A folder with a mounted part that is taken away again. */
class Mounted implements AsyncDisposable {
  readonly #folder: TempFolder;
  readonly #points: string[] = [];

  private constructor(folder: TempFolder) {
    this.#folder = folder;
  }

  static async make(): Promise<Mounted> {
    return new Mounted(await tempFolder("limits", MEMORY_PLACE));
  }

  get path(): string {
    return this.#folder.path;
  }

  /** A file system of its own with this much room. */
  small(name: string, bytes: number): string {
    return this.#mount(name, ["-t", "tmpfs", "-o", `size=${bytes},mode=755`, "tmpfs"]);
  }

  /** Another folder, read-only. */
  readOnly(name: string, folder: string): string {
    const point = this.#mount(name, ["--bind", folder]);
    execFileSync("mount", ["-o", "remount,bind,ro", point]);
    return point;
  }

  #mount(name: string, args: readonly string[]): string {
    const point = `${this.path}/${name}`;
    mkdirSync(point);
    execFileSync("mount", [...args, point]);
    this.#points.push(point);
    return point;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const point of this.#points) execFileSync("umount", ["-l", point]);
    await this.#folder.remove();
  }
}

/** Three lines for people, no stack. */
function assertClear(run: ProgramRun, code: number, error: RegExp): void {
  assert.equal(run.code, code, run.stdout + run.stderr);
  assert.ok(!showsStack(run.stderr) && !run.stderr.includes("E_INTERNAL"), run.stderr);
  assert.match(run.stderr + run.stdout, error);
}

describe("a full target", { skip: noMounts }, () => {
  for (const threads of ["0", "2"]) {
    test(`is reported file by file, and what has room is restored, with ${threads} threads`, async () => {
      await using place = await Mounted.make();
      const [source, target] = [`${place.path}/source`, place.small("target", 8 * MIB)];
      const varve = new VarveProgram(home.path, { VARVE_REPOSITORY: `${place.path}/repo` });
      writeTree(source, {
        large: random.bytes(12 * MIB),
        "folder/small": "small",
        ...Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`file-${at}`, random.bytes(300_000)])),
      });
      await varve.succeed("init", "--no-password");
      await varve.succeed("backup", source);
      const full = await varve.run("restore", "latest", "--to", target, "--threads", threads, "--json");
      assertClear(full, 3, /E_TARGET_FULL/);
      const lost = itemErrorsOf(full).map((line) => line.replace(/ E_TARGET_FULL$/, ""));
      assert.ok(lost.length > 0 && lost.length < 42 && lost.includes("large"), `${lost.length} are lost`);
      const there = readTree(target);
      for (const path of lost) assert.equal(there[path], undefined, `nothing of ${path} is left`);
      assert.deepEqual(Object.keys(there).length + lost.length, 43);
      for (const [path, content] of Object.entries(there))
        if (content !== "folder") assert.ok(readFileSync(`${source}/${path}`, "latin1") === content, `${path} is whole`);
      execFileSync("mount", ["-o", "remount,size=64m", target]);
      await varve.succeed("restore", "latest", "--to", target, "--verify");
      assert.deepEqual(compareFacts(source, target), []);
    });
  }
});

describe("a full repository", { skip: noMounts }, () => {
  test("fails the backup without a snapshot, and takes the next one once there is room", async () => {
    await using place = await Mounted.make();
    const [source, repo] = [`${place.path}/source`, place.small("repo", 6 * MIB)];
    const varve = new VarveProgram(home.path, { VARVE_REPOSITORY: repo });
    writeTree(source, { small: "small" });
    await varve.succeed("init", "--no-password");
    await varve.succeed("backup", source);
    writeTree(source, { large: random.bytes(20 * MIB) });
    const full = await varve.run("backup", source);
    assertClear(full, 1, /E_STORE_FULL/);
    const snapshots = async (): Promise<number> =>
      eventsOf(await varve.succeed("snapshots", "--json")).filter(({ kind }) => kind === "snapshot").length;
    assert.equal(await snapshots(), 1);
    await varve.succeed("check", "--read-data");
    execFileSync("mount", ["-o", "remount,size=128m", repo]);
    await varve.succeed("backup", source);
    assert.equal(await snapshots(), 2);
    await varve.succeed("check", "--read-data");
    await varve.succeed("restore", "latest", "--to", `${place.path}/target`);
    assert.deepEqual(compareFacts(source, `${place.path}/target`), []);
  });
});

describe("a read-only place", { skip: noMounts }, () => {
  test("as repository can be read in every way, and refuses a backup in three lines", async () => {
    await using place = await Mounted.make();
    const source = `${place.path}/source`;
    writeTree(source, { file: "content" });
    const writable = new VarveProgram(home.path, { VARVE_REPOSITORY: `${place.path}/repo` });
    await writable.succeed("init", "--no-password");
    await writable.succeed("backup", source);
    const varve = writable.with({ VARVE_REPOSITORY: place.readOnly("read-only", `${place.path}/repo`) });
    for (const command of [
      ["snapshots"],
      ["ls", "latest"],
      ["check", "--read-data"],
      ["stats"],
      ["cat", "latest:file"],
      ["restore", "latest", "--to", `${place.path}/target`],
    ]) {
      await varve.succeed(...command);
    }
    assertClear(await varve.run("backup", source), 13, /E_STORE_DENIED/);
    assertClear(await varve.run("init", "--no-password"), 1, /E_REPO_EXISTS/);
  });

  test("as target is refused before anything is read", async () => {
    await using place = await Mounted.make();
    const [source, target] = [`${place.path}/source`, `${place.path}/target`];
    writeTree(source, { file: "content" });
    mkdirSync(target);
    const varve = new VarveProgram(home.path, { VARVE_REPOSITORY: `${place.path}/repo` });
    await varve.succeed("init", "--no-password");
    await varve.succeed("backup", source);
    const refused = await varve.run("restore", "latest", "--to", place.readOnly("read-only", target));
    assertClear(refused, 1, /E_TARGET_ROOT/);
    assertClear(await varve.run("restore", "latest", "--to", `${place.path}/read-only/below`), 1, /E_TARGET_ROOT/);
  });
});

test("a source with FIFOs, devices and loops of symlinks is saved without waiting for any of them", async () => {
  await using folder = await tempFolder("limits", MEMORY_PLACE);
  const [source, target] = [`${folder.path}/source`, `${folder.path}/target`];
  writeTree(source, { "folder/file": "content" });
  execFileSync("mkfifo", [`${source}/fifo`, `${source}/folder/fifo`]);
  for (const [to, name] of [
    ["loop", "loop"],
    ["b", "a"],
    ["a", "b"],
    [".", "folder/here"],
    ["..", "folder/up"],
    ["/", "folder/all"],
    ["fifo", "to-fifo"],
  ] as const)
    symlinkSync(to, `${source}/${name}`);
  const varve = new VarveProgram(home.path, { VARVE_REPOSITORY: `${folder.path}/repo` });
  await varve.succeed("init", "--no-password");
  await varve.succeed("backup", source);
  await varve.succeed("restore", "latest", "--to", target);
  assert.deepEqual(compareFacts(source, target), []);
  assert.ok(lstatSync(`${target}/fifo`).isFIFO());
  // Named as sources themselves, they are an error or an item, never a hang.
  const fifo = await varve.run("backup", `${source}/fifo`, `${source}/loop`, `${source}/folder`);
  assertClear(fifo, 3, /loop/);
});
