import assert from "node:assert/strict";
import { test } from "node:test";
import { listPacks, loadIndexForWriting, readPackDirectory } from "../../src/repository/loaded-index.ts";
import { seededRandom } from "../../src/shared/random.ts";
import type { Fault, FaultCall, FaultPlan } from "../../src/storage/fault/faults.ts";
import type { Tree } from "../support/thin-backup.ts";
import { GatedStore } from "./gate.ts";
import { anyTree, CONTENT_CANARY, NAME_CANARY } from "./trees.ts";
import { type ActorOptions, killedAt, World } from "./world.ts";

/** More calls than any scenario here makes: a loop that gets there does not end by itself. */
const CALLS_MAX = 400;

const ALONE: ActorOptions = { gated: false };

const SHARED = new Uint8Array(Buffer.alloc(5000, `${CONTENT_CANARY} `));
const BASE: Tree = new Map([[`${NAME_CANARY}-base`, SHARED]]);
const TREE: Tree = new Map<string, Uint8Array | Tree>([
  [`${NAME_CANARY}-old`, SHARED],
  [`${NAME_CANARY}-new`, new Uint8Array(Buffer.concat([Buffer.from(CONTENT_CANARY), seededRandom(9).bytes(9000)]))],
  ["below", anyTree(seededRandom(4))],
]);

/** A world with one snapshot, so that writers have something to deduplicate onto and readers something to read. */
async function base(seed: number): Promise<World> {
  const world = await World.create(seed);
  assert.equal(await world.backup("base", BASE, ALONE), true);
  await world.invariants.afterStep();
  return world;
}

/** Counts calls, and has `fault` happen to the nth of those it can happen to. */
function nthCall(
  nth: number,
  fault: Fault,
  applies: (call: FaultCall) => boolean = () => true,
): { readonly plan: FaultPlan; readonly reached: () => boolean } {
  let calls = 0;
  const plan: FaultPlan = (call) => {
    if (!applies(call)) return undefined;
    calls += 1;
    return calls === nth ? fault : undefined;
  };
  return { plan, reached: () => calls >= nth };
}

/** Runs the scenario for n = 1, 2, 3 … until it passes untouched; returns how often it was touched. */
async function everyCall(scenario: (world: World, nth: number) => Promise<boolean>): Promise<number> {
  const start = await base(1);
  for (let nth = 1; nth < CALLS_MAX; nth += 1) {
    const world = await start.fork();
    const touched = await scenario(world, nth);
    await world.invariants.afterRun();
    assert.deepEqual(world.history.violations, [], `call ${nth}`);
    if (!touched) return nth - 1;
  }
  return assert.fail("the scenario never passes untouched");
}

/** Chunks that lie in more than one pack: what a run sent in vain. */
async function chunksStoredTwice(world: World): Promise<number> {
  const { context } = await world.open("counter", ALONE);
  const { index } = await loadIndexForWriting(context);
  let stored = 0;
  for await (const { id, size } of listPacks(context))
    stored += (await readPackDirectory(context, id, size))?.directory.chunkLengths.length ?? 0;
  return stored - index.count;
}

for (const lastTakesEffect of [false, true]) {
  test(`a backup killed at any call, which ${lastTakesEffect ? "took effect" : "did nothing"}, is done by a plain rerun that sends nothing twice`, async () => {
    const touched = await everyCall(async (world, nth) => {
      const plan = killedAt(nth, lastTakesEffect);
      let calls = 0;
      const faults: FaultPlan = (call) => ((calls += 1), plan(call));
      const finished = await world.backup("killed", TREE, { ...ALONE, faults });
      await world.invariants.afterRun();
      assert.equal(await world.backup("again", TREE, ALONE), true);
      assert.equal(await chunksStoredTwice(world), 0);
      return !finished || calls >= nth;
    });
    assert.ok(touched > 15, `${touched} calls`);
  });
}

const RETRIED: readonly (readonly [Fault, (call: FaultCall) => boolean])[] = [
  [{ kind: "fail-before", retryable: true }, () => true],
  [{ kind: "fail-after", retryable: true }, ({ operation }) => operation !== "list"],
  [{ kind: "break-list", afterObjects: 0, retryable: true }, ({ operation }) => operation === "list"],
  [{ kind: "break-list", afterObjects: 1, retryable: true }, ({ operation }) => operation === "list"],
];

for (const [fault, applies] of RETRIED) {
  test(`a backup with retries commits exactly one snapshot when any one call suffers ${JSON.stringify(fault)}`, async () => {
    await everyCall(async (world, nth) => {
      const { plan, reached } = nthCall(nth, fault, applies);
      assert.equal(await world.backup("retried", TREE, { ...ALONE, faults: plan, retries: true }), true);
      await world.invariants.afterStep();
      assert.equal(world.invariants.committed.size, 2);
      return reached();
    });
  });
}

const DAMAGE: readonly Fault[] = [
  { kind: "truncate", keepBytes: 0 },
  { kind: "truncate", keepBytes: 90 },
  { kind: "flip", bit: 12 },
  { kind: "flip", bit: 777 },
];

test("a backup that reads damage at any call commits what is right or nothing, and a plain rerun is done", async () => {
  for (const fault of DAMAGE) {
    await everyCall(async (world, nth) => {
      const { plan, reached } = nthCall(nth, fault, ({ operation }) => operation === "read");
      await world.backup("damaged", TREE, { ...ALONE, faults: plan });
      assert.equal(await world.backup("again", TREE, ALONE), true);
      return reached();
    });
  }
});

test("a reader that meets a fault at any call reads what is right or says what went wrong", async () => {
  const kinds: readonly Fault[] = [
    ...DAMAGE,
    { kind: "fail-before" },
    { kind: "break-list", afterObjects: 0 },
    { kind: "break-list", afterObjects: 1 },
  ];
  for (const fault of kinds) {
    await everyCall(async (world, nth) => {
      const { plan, reached } = nthCall(
        nth,
        fault,
        ({ operation }) => (fault.kind === "break-list") === (operation === "list") || fault.kind === "fail-before",
      );
      await world.readAll("reader", { ...ALONE, faults: plan });
      return reached();
    });
  }
});

test("a session that is closed before any of its calls is either committed already or never", async () => {
  let fenced = 0;
  await everyCall(async (world, nth) => {
    // The writer's call waits while somebody else closes the session: then it goes on as if nothing had happened.
    let calls = 0;
    const pass = async (): Promise<void> => {
      calls += 1;
      if (calls === nth) await world.closeNewest(false);
    };
    const closing: ActorOptions = { ...ALONE, store: (inner) => new GatedStore(inner, { pass }, "closed") };
    const done = await world.backup("closed", TREE, closing);
    await world.invariants.afterStep();
    assert.equal(world.invariants.committed.size, done ? 2 : 1);
    if (!done) fenced += 1;
    return calls >= nth;
  });
  assert.ok(fenced > 5, `${fenced} times in time`);
});
