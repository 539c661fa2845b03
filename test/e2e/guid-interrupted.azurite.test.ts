import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, test } from "node:test";
import { startAzurite } from "../support/azurite.ts";
import type { Azurite } from "../support/azurite.ts";
import { blobNames, guidScene } from "../support/guid-e2e.ts";
import type { GuidScene } from "../support/guid-e2e.ts";
import { patternBytes } from "../support/object-store-suite.ts";
import { itemErrorsOf, summaryOf } from "../support/varve-program.ts";
import type { RunningProgram } from "../support/varve-program.ts";

const MIB = 2 ** 20;
const FILES = 400;
const WAIT_MS = 20;
const WORKERS = 2;

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

const contentOf = (index: number): Uint8Array => patternBytes(index % 50 === 0 ? 9 * MIB : 2000 + index, index);

/** Many small files and some that go in blocks: enough to be caught in the middle. */
async function fill({ data, varve, mapping }: GuidScene): Promise<void> {
  for (let index = 0; index < FILES; index += 1) {
    mkdirSync(`${data}/${index % 20}`, { recursive: true });
    writeFileSync(`${data}/${index % 20}/f${index}`, contentOf(index));
  }
  await varve.succeed("guid", "index", data, "--mapping", mapping, "--quiet");
}

/** Waits until `some` says that the run is under way, then ends it with `signal`. False when it was done before. */
async function endInTheMiddle(run: RunningProgram, some: () => Promise<number>, signal: NodeJS.Signals): Promise<boolean> {
  while (run.child.exitCode === null && (await some()) < FILES / 10) await pause(WAIT_MS);
  return run.child.kill(signal);
}

const filesBelow = (path: string): number => {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  } catch {
    return 0;
  }
};

function everythingIsBack(scene: GuidScene): void {
  for (let index = 0; index < FILES; index += 1)
    assert.ok(readFileSync(`${scene.out}${scene.data}/${index % 20}/f${index}`).equals(contentOf(index)), `f${index}`);
  assert.equal(filesBelow(scene.out), FILES, "nothing else was left behind");
}

for (const signal of ["SIGKILL", "SIGINT"] as const)
  test(`a save and a restore that were ended by ${signal} go on when they are run again`, async () => {
    await using scene = await guidScene(azurite);
    const { varve, where, client, out } = scene;
    await fill(scene);
    await client.create();
    const saving = varve.start("guid", "save", ...where, "--max-workers", `${WORKERS}`);
    assert.ok(await endInTheMiddle(saving, async () => (await blobNames(client)).length, signal));
    const ended = await saving.ended;
    if (signal === "SIGINT") {
      assert.equal(ended.code, 130);
      assert.match(ended.stderr, /interrupted \[E_ABORTED\][\s\S]*run the same command again/);
    }
    const before = (await blobNames(client)).length;
    assert.ok(before >= FILES / 10 && before < FILES, `${before} blobs`);
    const saved = summaryOf(await varve.succeed("guid", "save", ...where, "--json"));
    // Of the two uploads that were under way when the run ended, the service may have finished either after the blobs were counted.
    const unchanged = Number(saved["files_unchanged"]);
    assert.ok(unchanged >= before && unchanged <= before + WORKERS, `${unchanged} unchanged of ${before}`);
    assert.equal(saved["files_uploaded"], FILES - unchanged);

    const restoring = varve.start("guid", "restore", ...where, "--to", out, "--metrics-log", "none", "--max-workers", `${WORKERS}`);
    assert.ok(await endInTheMiddle(restoring, async () => filesBelow(out), signal));
    const stopped = await restoring.ended;
    if (signal === "SIGINT") assert.equal(stopped.code, 130);
    // Whatever is there under its name is whole: a restore that skips what it finds may rely on that.
    const restored = summaryOf(
      await varve.succeed("guid", "restore", ...where, "--to", out, "--metrics-log", "none", "--overwrite", "skip", "--json"),
    );
    assert.ok(Number(restored["files_skipped"]) >= FILES / 10 - 1);
    everythingIsBack(scene);
  });

test("a full disk costs the files that do not fit, and the next restore goes on", async (context) => {
  await using scene = await guidScene(azurite);
  const { varve, where, data, mapping, out } = scene;
  const sizes = { "1-fits": 100_000, "2-too-large": 12 * MIB, "3-too-large": 3 * MIB, "4-fits": 1000 };
  for (const [name, size] of Object.entries(sizes)) writeFileSync(`${data}/${name}`, patternBytes(size));
  await varve.succeed("guid", "index", data, "--mapping", mapping, "--quiet");
  await varve.succeed("guid", "save", ...where, "--create-container");
  mkdirSync(out);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "varve-test", out], { stdio: "ignore" });
  } catch {
    return context.skip("no file system can be mounted here");
  }
  const restore = ["guid", "restore", ...where, "--to", out, "--metrics-log", "none", "--json"];
  try {
    const run = await varve.run(...restore);
    assert.equal(run.code, 3, run.stdout);
    assert.deepEqual(itemErrorsOf(run).toSorted(), [`${data}/2-too-large E_TARGET_FULL`, `${data}/3-too-large E_TARGET_FULL`]);
    assert.deepEqual(readdirSync(`${out}${data}`).toSorted(), ["1-fits", "4-fits"]);
    execFileSync("mount", ["-o", "remount,size=64m", out]);
    assert.deepEqual(summaryOf(await varve.succeed(...restore))["files_unchanged"], 2);
    for (const [name, size] of Object.entries(sizes)) assert.ok(readFileSync(`${out}${data}/${name}`).equals(patternBytes(size)));
  } finally {
    execFileSync("umount", [out]);
  }
});
