import assert from "node:assert/strict";
import { test } from "node:test";
import type { Random } from "../../src/shared/random.ts";
import { type FaultPlan, type FaultRates, seededFaults } from "../../src/storage/fault/faults.ts";
import type { Tree } from "../support/thin-backup.ts";
import { anyTree } from "./trees.ts";
import { type ActorOptions, killedAt, World } from "./world.ts";

/**
 * Several writers, readers, a scheduler and a pruner that close sessions work on one repository through faulty stores, one call at a time, in
 * an order drawn from a seed. A failure names its seed: VARVE_MODEL_SEED=<seed> runs exactly that again. VARVE_MODEL_RUNS sets how
 * many seeds are tried.
 */
const RUNS = Number(process.env["VARVE_MODEL_RUNS"] || 45);
const SEED = process.env["VARVE_MODEL_SEED"];

/** Enough for two attempts with faults, and for each that the pruner closes. */
const ATTEMPTS_MAX = 6;
const TROUBLED_ATTEMPTS_MAX = 2;
const CLOSINGS = 3;

/** Enough for several faults in the hundred or so calls of an attempt, and for some attempts without. */
const WRITER_RATES: FaultRates = { failBefore: 0.01, failAfter: 0.01, breakList: 0.02, truncate: 0.01, flip: 0.01 };
const READER_RATES: FaultRates = { failBefore: 0.005, breakList: 0.02, truncate: 0.01, flip: 0.01 };

/** How an attempt meets the store: killed at some call, or among faults with or without repetition, or undisturbed. */
function anyTrouble(random: Random): ActorOptions {
  const kind = Math.floor(random.fraction() * 4);
  if (kind === 0) return {};
  if (kind === 1) return { faults: killedAt(1 + Math.floor(random.fraction() * 60), random.fraction() < 0.5) };
  return { faults: seededFaults(random, WRITER_RATES), retries: kind === 2 };
}

/** Passes the gate that often: for as long as others make that many calls, more or less. */
async function hesitate(world: World, steps: number): Promise<void> {
  for (let step = 0; step < steps; step += 1) await world.gate.pass("hesitation");
}

/**
 * A job as a scheduler runs it: attempts until one commits, the last without faults. Sometimes it takes a worker for dead that is
 * only slow, closes its session and starts the next attempt beside it.
 */
async function job(world: World, name: string, tree: Tree): Promise<void> {
  const random = world.random(`job ${name}`);
  const attempts: Promise<boolean>[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const running = world.backup(name, tree, { attempt, ...(attempt > TROUBLED_ATTEMPTS_MAX ? {} : anyTrouble(random)) });
    attempts.push(running);
    const patience = random.fraction() < 0.5 ? hesitate(world, 10 + random.fraction() * 40) : running;
    await Promise.race([running, patience]);
    let { done, closed } = await world.closeSessions(name);
    if (!closed.has(`${name}#${attempt}`)) {
      // It has not announced itself, so it cannot be closed either: only its end tells.
      await running;
      ({ done, closed } = await world.closeSessions(name));
    }
    if (done) break;
  }
  await Promise.all(attempts);
  const { done } = await world.closeSessions(name);
  if (!done) world.history.violate(`I11 ${name} is not done after ${ATTEMPTS_MAX} attempts`);
}

async function writer(world: World, name: string): Promise<void> {
  const random = world.random(`trees ${name}`);
  for (let number = 1; number <= 2; number += 1) await job(world, `${name}.${number}`, anyTree(random));
}

async function reader(world: World, name: string): Promise<void> {
  const random = world.random(`faults ${name}`);
  for (let round = 0; round < 4; round += 1) {
    await hesitate(world, 40 * random.fraction());
    const faults: FaultPlan = seededFaults(random, READER_RATES);
    await world.readAll(name, random.fraction() < 0.3 ? {} : { faults, retries: random.fraction() < 0.5 });
  }
}

async function pruner(world: World): Promise<void> {
  const random = world.random("pruner");
  for (let round = 0; round < CLOSINGS; round += 1) {
    await hesitate(world, 10 + 80 * random.fraction());
    await world.closeNewest();
  }
}

async function play(seed: number): Promise<World> {
  const world = await World.create(seed);
  await world.run(writer(world, "w1"), writer(world, "w2"), writer(world, "w3"), reader(world, "r1"), reader(world, "r2"), pruner(world));
  return world;
}

/** What a run was, to compare it with another. */
function account({ gate, objects, history }: World): unknown {
  return { trace: gate.trace, objects: [...objects.keys()], violations: history.violations };
}

test(`writers, readers and those who close sessions keep every invariant at every call, whatever fails (${SEED === undefined ? `${RUNS} seeds` : `seed ${SEED}`})`, async () => {
  const seeds = SEED === undefined ? Array.from({ length: RUNS }, (_, at) => at + 1) : [Number(SEED)];
  for (const seed of seeds) {
    const { history, invariants } = await play(seed);
    assert.deepEqual(history.violations, [], `VARVE_MODEL_SEED=${seed}`);
    assert.equal(invariants.committed.size, 6, `every job ends, VARVE_MODEL_SEED=${seed}`);
  }
});

test("a seed replays: the same calls in the same order, the same objects", async () => {
  const [first, second, other] = [await play(7), await play(7), await play(8)];
  assert.deepEqual(account(first), account(second));
  assert.notDeepEqual(account(first), account(other));
});
