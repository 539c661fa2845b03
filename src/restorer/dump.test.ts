import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { compareFacts } from "../../test/support/compare-trees.ts";
import { buildFidelityTree } from "../../test/support/fidelity-tree.ts";
import { readTree, RestoreWorld, writeTree } from "../../test/support/restore-world.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { dumpFile, dumpTar } from "./dump.ts";

const superuser = process.geteuid?.() === 0;
const MIB = 1024 * 1024;

/** Writes what a dump of the newest snapshot gives into a file. */
async function dumpTo(
  world: RestoreWorld,
  file: string,
  dump: (repository: OpenRepository, snapshot: Snapshot) => AsyncIterable<Uint8Array>,
): Promise<void> {
  writeFileSync(file, "");
  await world.open(async (repository) => {
    for await (const piece of dump(repository, await repository.findSnapshot("latest"))) appendFileSync(file, piece);
  });
}

/** Dumps a path as an archive and extracts it with GNU tar. */
async function extract(world: RestoreWorld, path: string, ...options: readonly string[]): Promise<string> {
  const archive = `${world.path}/archive.tar`;
  await dumpTo(world, archive, (repository, snapshot) => dumpTar(repository, snapshot, byteStringOf(path)));
  world.nextTarget();
  mkdirSync(world.target);
  execFileSync("tar", ["-xpf", archive, "-C", world.target, "--numeric-owner", "--warning=no-timestamp", ...options]);
  return world.target;
}

describe("dumpTar()", () => {
  test("gives an archive from which GNU tar makes an equal tree: names, times, attributes, links, devices", async () => {
    await using world = await RestoreWorld.make(tmpdir());
    buildFidelityTree(world.source + "/tree", { superuser, largeDirectoryEntries: 100 });
    // Tar knows no sockets, and its holes are data: both are looked at below.
    for (const special of ["specials/socket"]) unlinkSync(`${world.source}/tree/${special}`);
    for (const name of readdirSync(`${world.source}/tree/sparse`)) unlinkSync(`${world.source}/tree/sparse/${name}`);
    execFileSync("touch", ["-d", "2020-01-01", `${world.source}/tree/specials`, `${world.source}/tree/sparse`]);
    await world.backup([`${world.source}/tree`]);
    const target = await extract(world, "", "--xattrs", "--xattrs-include=*");
    assert.deepEqual(compareFacts(`${world.source}/tree`, target), []);
  });

  test("writes holes as zeros and leaves sockets out", async () => {
    await using world = await RestoreWorld.make();
    const file = openSync(`${world.source}/sparse`, "w");
    writeSync(file, "middle", 2 * MIB);
    ftruncateSync(file, 5 * MIB + 3);
    closeSync(file);
    execFileSync("python3", ["-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", `${world.source}/socket`]);
    await world.backup();
    const target = await extract(world, "");
    assert.deepEqual(readdirSync(target), ["sparse"]);
    assert.equal(Buffer.compare(readFileSync(`${target}/sparse`), readFileSync(`${world.source}/sparse`)), 0);
  });

  test("holds a folder without its parents, a file by its name, several sources in folders", async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, { "one/a/b": "1", "two/c": "2" });
    await world.backup([`${world.source}/one`, `${world.source}/two`]);
    assert.deepEqual(readTree(await extract(world, "")), { one: "folder", "one/a": "folder", "one/a/b": "1", two: "folder", "two/c": "2" });
    assert.deepEqual(readTree(await extract(world, "one/a")), { b: "1" });
    assert.deepEqual(readTree(await extract(world, "two/c")), { c: "2" });
  });

  test("ends with an error, and no end of archive, when content is damaged", async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, { a: seededRandom(1).bytes(3 * MIB) });
    await world.backup();
    for (const path of execFileSync("find", [`${world.path}/repository/packs`, "-size", "+2M", "-type", "f"], { encoding: "utf8" })
      .trim()
      .split("\n")) {
      chmodSync(path, 0o600);
      const bytes = readFileSync(path);
      bytes[MIB + 1000] = (bytes[MIB + 1000] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    }
    await assert.rejects(extract(world, ""), (error) => isAppError(error, "E_CORRUPT"));
  });
});

describe("dumpFile()", () => {
  test("gives the bytes of a file, sparse, empty or large", async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, { empty: "", large: seededRandom(2).bytes(9 * MIB) });
    const file = openSync(`${world.source}/sparse`, "w");
    writeSync(file, "middle", 2 * MIB);
    ftruncateSync(file, 3 * MIB);
    closeSync(file);
    await world.backup();
    for (const name of ["empty", "large", "sparse"]) {
      await dumpTo(world, `${world.path}/out`, (repository, snapshot) => dumpFile(repository, snapshot, byteStringOf(name)));
      assert.equal(Buffer.compare(readFileSync(`${world.path}/out`), readFileSync(`${world.source}/${name}`)), 0, name);
    }
  });

  test("throws E_USAGE for what is no file, and E_NOT_FOUND for nothing", async () => {
    await using world = await RestoreWorld.make();
    writeTree(world.source, { "folder/a": "a" });
    await world.backup();
    for (const [path, code] of [
      ["", "E_USAGE"],
      ["folder", "E_USAGE"],
      ["none", "E_NOT_FOUND"],
    ] as const) {
      const dumped = dumpTo(world, `${world.path}/out`, (repository, snapshot) => dumpFile(repository, snapshot, byteStringOf(path)));
      await assert.rejects(dumped, (error) => isAppError(error, code));
    }
  });
});
