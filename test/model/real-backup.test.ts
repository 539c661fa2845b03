import assert from "node:assert/strict";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { runBackup } from "../../src/archiver/backup.ts";
import { NO_EXCLUDES } from "../../src/archiver/face.ts";
import { byteStringOf } from "../../src/shared/bytes.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { systemRandom } from "../../src/shared/random.ts";
import type { Fault, FaultPlan } from "../../src/storage/fault/faults.ts";
import { silentReporter } from "../../src/telemetry/events.ts";
import { seededRandom } from "../../src/shared/random.ts";
import { tempFolder } from "../support/temp.ts";
import type { Tree } from "../support/thin-backup.ts";
import { CONTENT_CANARY } from "./trees.ts";
import { type ActorOptions, killedAt, World } from "./world.ts";

/** The whole backup (walk, catalog, lanes, pages) on a real folder, where the other model tests use its parts on trees in memory. */
const CALLS_MAX = 200;

function text(what: string): Uint8Array {
  return new Uint8Array(Buffer.from(`${CONTENT_CANARY} ${what} `.repeat(50)));
}

const BEFORE: Tree = new Map<string, Uint8Array | Tree>([
  ["stays", text("stays")],
  ["changes", text("before")],
  ["goes", text("goes")],
  ["large", seededRandom(5).bytes(2_500_000)],
  ["folder", new Map([["inner", text("inner")]])],
  ["quiet", new Map([["untouched", text("untouched")]])],
]);

const AFTER: Tree = new Map<string, Uint8Array | Tree>([
  ["stays", text("stays")],
  ["changes", text("after, and longer than before")],
  ["large", seededRandom(5).bytes(2_500_000)],
  [
    "renamed",
    new Map<string, Uint8Array | Tree>([
      ["inner", text("inner")],
      ["new", text("new")],
      ["empty", new Uint8Array(0)],
    ]),
  ],
  ["quiet", new Map([["untouched", text("untouched")]])],
]);

async function writeTree(path: string, tree: Tree): Promise<void> {
  await mkdir(path, { recursive: true });
  for (const [name, node] of tree)
    await (node instanceof Uint8Array ? writeFile(`${path}/${name}`, node) : writeTree(`${path}/${name}`, node));
}

/** Makes the folder what `AFTER` says, with the renames that a person would do. */
async function changeTree(path: string): Promise<void> {
  await rename(`${path}/folder`, `${path}/renamed`);
  await rm(`${path}/goes`);
  for (const [name, node] of AFTER) {
    if (name === "changes" && node instanceof Uint8Array) await writeFile(`${path}/${name}`, node);
    if (name === "renamed" && !(node instanceof Uint8Array))
      for (const fresh of ["new", "empty"]) await writeFile(`${path}/${name}/${fresh}`, node.get(fresh) as Uint8Array);
  }
}

interface RealBackup {
  readonly job: string;
  readonly source: string;
  readonly catalog: string;
  readonly tree: Tree;
}

/** One backup by the real archiver, in this thread. True when it was told that its snapshot is committed. */
async function backup(world: World, { job, source, catalog, tree }: RealBackup, how: ActorOptions = {}): Promise<boolean> {
  world.history.job(job, tree);
  try {
    const repository = await world.open(job, { ...how, gated: false });
    const request = {
      sources: [byteStringOf(source)],
      exclude: NO_EXCLUDES,
      tags: [job],
      host: "host",
      user: "user",
      dryRun: false,
      rereadAll: false,
      threads: 0,
      compressionLevel: 1,
    };
    const signal = new AbortController().signal;
    const { snapshot, issues } = await runBackup({
      repository,
      catalogPath: catalog,
      request,
      reporter: silentReporter(),
      clock: systemClock,
      random: systemRandom,
      signal,
    });
    assert.equal(issues, 0);
    world.history.acknowledged.add(snapshot);
    return true;
  } catch (error) {
    world.history.failed(job, error);
    return false;
  } finally {
    await world.invariants.afterStep();
  }
}

/**
 * A folder was backed up once and changed since. The next backup meets trouble at call 1, 2, 3 … until it passes untouched; each time
 * a plain rerun with the catalog it left behind must give what is in the folder.
 */
async function everyCall(trouble: (nth: number) => { readonly options: ActorOptions; readonly reached: () => boolean }): Promise<number> {
  await using folder = await tempFolder("model");
  const source = `${folder.path}/source`;
  const first = `${folder.path}/first.db`;
  await writeTree(source, BEFORE);
  const start = await World.create(11);
  assert.equal(await backup(start, { job: "first", source, catalog: first, tree: BEFORE }), true);
  await changeTree(source);
  for (let nth = 1; nth < CALLS_MAX; nth += 1) {
    const world = await start.fork();
    const catalog = `${folder.path}/${nth}.db`;
    await copyFile(first, catalog);
    const { options, reached } = trouble(nth);
    await backup(world, { job: "troubled", source, catalog, tree: AFTER }, options);
    assert.equal(await backup(world, { job: "again", source, catalog, tree: AFTER }), true);
    await world.invariants.afterRun();
    assert.deepEqual(world.history.violations, [], `call ${nth}`);
    if (!reached()) return nth - 1;
  }
  return assert.fail("the backup never passes untouched");
}

function counted(plan: FaultPlan): { readonly plan: FaultPlan; readonly calls: () => number } {
  let calls = 0;
  return { plan: (call) => ((calls += 1), plan(call)), calls: () => calls };
}

for (const lastTakesEffect of [false, true]) {
  test(`runBackup() killed at any call, which ${lastTakesEffect ? "took effect" : "did nothing"}, is made good by a plain rerun`, async () => {
    const touched = await everyCall((nth) => {
      const { plan, calls } = counted(killedAt(nth, lastTakesEffect));
      return { options: { faults: plan }, reached: () => calls() >= nth };
    });
    assert.ok(touched > 15, `${touched} calls`);
  });
}

test("runBackup() that reads damage at any call commits what is right or nothing", async () => {
  const faults: readonly Fault[] = [
    { kind: "truncate", keepBytes: 90 },
    { kind: "flip", bit: 777 },
  ];
  for (const fault of faults) {
    await everyCall((nth) => {
      let reads = 0;
      const plan: FaultPlan = ({ operation }) => (operation === "read" && (reads += 1) === nth ? fault : undefined);
      return { options: { faults: plan }, reached: () => reads >= nth };
    });
  }
});
