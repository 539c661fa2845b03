import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode, listed, objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { totalLength } from "../../shared/bytes.ts";
import { ManualClock } from "../../shared/clock.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom } from "../../shared/random.ts";
import { FaultStore } from "../fault/fault-store.ts";
import { scriptedFaults, seededFaults } from "../fault/faults.ts";
import type { FaultPlan, ScriptedFault } from "../fault/faults.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { RetryStore } from "./retry-store.ts";
import type { RetryBounds } from "./repeater.ts";
import { sameBytes } from "./same-bytes.ts";

interface Scene {
  readonly store: RetryStore;
  readonly memory: MemoryStore;
  readonly clock: ManualClock;
  readonly pausesMs: number[];
}

function scene(plan: FaultPlan | readonly ScriptedFault[], bounds: Partial<RetryBounds> = {}): Scene {
  const memory = new MemoryStore();
  const clock = new ManualClock();
  const pausesMs: number[] = [];
  const noting = {
    nowNs: () => clock.nowNs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (durationMs: number, signal?: AbortSignal) => {
      pausesMs.push(durationMs);
      return clock.sleep(durationMs, signal);
    },
  };
  const faulty = new FaultStore(memory, typeof plan === "function" ? plan : scriptedFaults(plan), clock);
  return { store: new RetryStore(faulty, { clock: noting, random: seededRandom(1), bounds }), memory, clock, pausesMs };
}

objectStoreSuite("RetryStore over a store that fails in a third of all calls", async () => {
  const objects = new Map<string, Uint8Array>();
  let seed = 0;
  const connect = async (): Promise<RetryStore> => {
    seed += 1;
    const plan = seededFaults(seededRandom(seed), { failBefore: 0.15, failAfter: 0.15, breakList: 0.3 });
    const clock = new ManualClock();
    return new RetryStore(new FaultStore(new MemoryStore(objects), plan, clock), { clock, random: seededRandom(seed) });
  };
  return { connect, dispose: async () => undefined };
});

const lostAnswer = { operation: "create", number: 1, fault: { kind: "fail-after" } } as const;

test("create() is created when the first attempt took effect and lost its answer", async () => {
  const { store } = scene([lostAnswer]);
  assert.equal(await store.create("commits/s", [patternBytes(5), patternBytes(6)]), "created");
});

test("create() is exists when it failed and the object has other bytes or another length", async () => {
  for (const theirs of [patternBytes(11, 2), patternBytes(10), patternBytes(12)]) {
    const { store, memory } = scene([{ ...lostAnswer, fault: { kind: "fail-before" } }]);
    await memory.create("commits/s", [theirs]);
    assert.equal(await store.create("commits/s", [patternBytes(5), patternBytes(6)]), "exists");
  }
});

test("create() is exists, and reads nothing, when the first attempt answers so", async () => {
  const { store, memory } = scene([{ operation: "read", fault: { kind: "fail-before", code: "E_STORE" } }]);
  await memory.create("commits/s", [patternBytes(5)]);
  assert.equal(await store.create("commits/s", [patternBytes(5)]), "exists");
});

test("create() is exists when it may not read back, and repeats the read-back when that fails for a while", async () => {
  const blind = scene([lostAnswer, { operation: "read", fault: { kind: "fail-before", code: "E_STORE_DENIED" } }]);
  assert.equal(await blind.store.create("a", [patternBytes(5)]), "exists");
  const slow = scene([lostAnswer, { operation: "read", number: 1, fault: { kind: "fail-before" } }]);
  assert.equal(await slow.store.create("a", [patternBytes(5)]), "created");
});

test("every call passes an error that is not retryable at once", async () => {
  const plan: FaultPlan = () => ({ kind: "fail-before", code: "E_STORE_DENIED" });
  const { store, pausesMs } = scene(plan);
  const denied = hasCode("E_STORE_DENIED");
  await assert.rejects(store.create("a", []), denied);
  await assert.rejects(store.read("a"), denied);
  await assert.rejects(store.stat("a"), denied);
  await assert.rejects(store.remove("a"), denied);
  await assert.rejects(listed(store), denied);
  assert.deepEqual(pausesMs, []);
});

test("every call gives up after the attempts allowed, with an error that is final and tells how many", async () => {
  const { store, pausesMs } = scene(() => ({ kind: "fail-before" }), { attemptsMax: 4 });
  for (const call of [
    () => store.create("a", []),
    () => store.read("a"),
    () => store.stat("a"),
    () => store.remove("a"),
    () => listed(store),
  ]) {
    pausesMs.length = 0;
    await assert.rejects(call(), (error) => isAppError(error, "E_STORE_UNAVAILABLE") && !error.retryable && error.data["attempts"] === 4);
    assert.equal(pausesMs.length, 3);
  }
});

test("pauses double up to their bound, with jitter in the upper half", async () => {
  const { store, pausesMs } = scene(() => ({ kind: "fail-before" }), { attemptsMax: 9, delayMsFirst: 100, delayMsMax: 1000 });
  await assert.rejects(store.stat("a"));
  const full = [100, 200, 400, 800, 1000, 1000, 1000, 1000];
  assert.equal(pausesMs.length, full.length);
  pausesMs.forEach((pauseMs, index) =>
    assert.ok(pauseMs >= (full[index] ?? 0) / 2 && pauseMs <= (full[index] ?? 0), `${index}: ${pauseMs}`),
  );
  assert.ok(
    pausesMs.some((pauseMs, index) => pauseMs !== full[index] && pauseMs !== (full[index] ?? 0) / 2),
    "there is jitter",
  );
});

test("no attempt starts after the time allowed", async () => {
  const { store, clock } = scene(() => ({ kind: "fail-before" }), { attemptsMax: 1e6, elapsedMsMax: 60_000 });
  const startMs = clock.monotonicMs();
  await assert.rejects(store.stat("a"));
  const spentMs = clock.monotonicMs() - startMs;
  assert.ok(spentMs > 20_000 && spentMs <= 60_000, `${spentMs}`);
});

test("whoever comes first gives up soon when nobody ever answered, and is patient from the first answer on", async () => {
  const spentMs = async (isFirst: boolean, goesWell: (call: number) => boolean): Promise<{ ms: number; remarks: string[] }> => {
    const clock = new ManualClock();
    const remarks: string[] = [];
    let calls = 0;
    const plan: FaultPlan = () => (goesWell((calls += 1)) ? undefined : { kind: "fail-before" });
    const faulty = new FaultStore(new MemoryStore(), plan, clock);
    const store = new RetryStore(faulty, { clock, random: seededRandom(1), isFirst, onWait: (remark) => remarks.push(remark) });
    await store.stat("a").catch(() => undefined);
    const before = clock.monotonicMs();
    await assert.rejects(store.stat("a"));
    return { ms: clock.monotonicMs() - before, remarks };
  };
  const never = await spentMs(true, () => false);
  assert.ok(never.ms <= 10_000, `${never.ms}`);
  assert.match(never.remarks[0] ?? "", /; trying again$/);
  assert.equal(never.remarks.length, 1, "both calls together take less than the time between two remarks");
  for (const { ms, remarks } of [await spentMs(true, (call) => call === 1), await spentMs(false, () => false)]) {
    assert.ok(ms > 5 * 60_000, `${ms}`);
    assert.ok(remarks.length > 5, "it says now and then that it waits");
  }
});

test("a pause is as long as the server asks for, within its bound", async () => {
  const asking = (retryAfterMs: number): ScriptedFault => ({ operation: "stat", number: 1, fault: { kind: "fail-before", retryAfterMs } });
  for (const [askedMs, pauseMs] of [
    [7000, 7000],
    [500_000, 120_000],
  ] as const) {
    const { store, pausesMs } = scene([asking(askedMs)]);
    await store.stat("a");
    assert.deepEqual(pausesMs, [pauseMs]);
  }
});

test("list() starts over after a break, and yields each object once", async () => {
  const breaks = [3, 0, 7].map((afterObjects, index): ScriptedFault => ({
    operation: "list",
    number: index + 1,
    fault: { kind: "break-list", afterObjects },
  }));
  const { store, memory } = scene(breaks);
  for (let index = 0; index < 10; index += 1) await memory.create(`a/${index}`, []);
  const keys: string[] = [];
  for await (const { key } of store.list("a/")) keys.push(key);
  assert.equal(keys.length, 10);
  assert.equal(new Set(keys).size, 10);
});

test("a pause ends with the caller's reason when the caller aborts", async () => {
  const stop = new AbortController();
  const reason = new Error("stop");
  const { store } = scene(() => {
    stop.abort(reason);
    return { kind: "fail-before" };
  });
  await assert.rejects(store.stat("a", { signal: stop.signal }), (error) => error === reason);
});

test("exactly one of many concurrent creators with different bytes is created, however their answers are lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 2, max: 8 }), async (seed, writers) => {
      const { store, memory } = scene(seededFaults(seededRandom(seed), { failBefore: 0.2, failAfter: 0.4 }));
      const bodies = Array.from({ length: writers }, (_, index) => patternBytes(20, index));
      const outcomes = await Promise.all(bodies.map((body) => store.create("commits/s", [body])));
      const winner = outcomes.indexOf("created");
      assert.equal(outcomes.filter((outcome) => outcome === "created").length, 1);
      assert.deepEqual(await memory.read("commits/s"), bodies[winner]);
    }),
  );
});

test("sameBytes() compares a whole with parts as if they were joined", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 }), fc.nat(), (parts, at) => {
      const whole = new Uint8Array(Buffer.concat(parts));
      assert.equal(sameBytes(whole, parts), true);
      assert.equal(sameBytes(new Uint8Array(Buffer.concat([whole, new Uint8Array(1)])), parts), false);
      if (totalLength(parts) === 0) return;
      const place = at % whole.length;
      whole[place] = (whole[place] ?? 0) ^ 4;
      assert.equal(sameBytes(whole, parts), false);
    }),
  );
});
