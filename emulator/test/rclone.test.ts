import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { startEmulatorProcess, type EmulatorProcess } from "./support/emulator-process.ts";
import { describeTree, fileTimes, makeTree } from "./support/local-tree.ts";
import { tempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);
const env = { ...process.env, RCLONE_CONFIG: "/dev/null" };

const rclone = async (...args: readonly string[]): Promise<string> => (await run("rclone", [...args, "--retries", "1"], { env })).stdout;

/** True when there is an rclone on PATH that knows file shares; those before 1.65 do not. */
async function hasRclone(): Promise<boolean> {
  const help = await run("rclone", ["help", "backends"], { env }).catch(() => ({ stdout: "" }));
  return help.stdout.includes("azurefiles");
}

interface Scene {
  readonly emulator: EmulatorProcess;
  readonly source: string;
  readonly target: string;
}

async function withScene(context: TestContext, body: (scene: Scene) => Promise<void>): Promise<void> {
  if (!(await hasRclone())) {
    context.skip("there is no rclone with the azurefiles backend on PATH");
    return;
  }
  await using folder = await tempFolder();
  const [source, target] = [join(folder.path, "source"), join(folder.path, "target")];
  for (const one of [source, target]) await mkdir(one);
  await makeTree(source);
  await using emulator = await startEmulatorProcess("--location", join(folder.path, "store"), "--share", "data");
  await body({ emulator, source, target });
}

const remote = (setting: string): string => `:azurefiles,share_name=data,${setting}:`;

test("rclone copies a tree into a share by shared key and back by signature, times to 100 ns", async (context) => {
  await withScene(context, async ({ emulator, source, target }) => {
    const byKey = `${remote(`connection_string='${emulator.connectionString}'`)}some/where`;
    const bySas = `${remote(`sas_url='${emulator.url}?${emulator.sas("rl")}'`)}some/where`;
    await rclone("copy", "--create-empty-src-dirs", source, byKey);
    await rclone("copy", "--create-empty-src-dirs", bySas, target);
    assert.deepEqual(await describeTree(target), await describeTree(source));
    assert.deepEqual(await fileTimes(target, 100n), await fileTimes(source, 100n));
    await rclone("check", source, byKey);
  });
});

test("rclone syncs, moves, copies on the server, measures and purges", async (context) => {
  await withScene(context, async ({ emulator, source, target }) => {
    const share = remote(`connection_string='${emulator.connectionString}'`);
    await rclone("sync", source, `${share}a`);
    await rclone("moveto", `${share}a/one.txt`, `${share}a/moved.txt`);
    await rclone("copyto", `${share}a/big/over-8MiB.bin`, `${share}a/copied.bin`);
    assert.match(await rclone("about", share), /Used:\s+\d+/);
    await rclone("copy", `${share}a`, target);
    const found = await describeTree(target);
    const expected = await describeTree(source);
    assert.equal(found["moved.txt"], expected["one.txt"]);
    assert.equal(found["copied.bin"], expected["big/over-8MiB.bin"]);
    assert.equal(found["one.txt"], undefined);
    await rclone("purge", `${share}a`);
    assert.equal(await rclone("lsf", share), "");
  });
});
