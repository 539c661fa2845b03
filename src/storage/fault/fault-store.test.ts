import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode, listed, objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { ManualClock } from "../../shared/clock.ts";
import { isAppError } from "../../shared/errors.ts";
import { seededRandom } from "../../shared/random.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { FaultStore } from "./fault-store.ts";
import { scriptedFaults, seededFaults } from "./faults.ts";
import type { ScriptedFault } from "./faults.ts";

objectStoreSuite("FaultStore without faults", async () => {
  const objects = new Map<string, Uint8Array>();
  return {
    connect: async () => new FaultStore(new MemoryStore(objects), () => undefined, new ManualClock()),
    dispose: async () => undefined,
  };
});

function scene(...script: readonly ScriptedFault[]): { store: FaultStore; memory: MemoryStore; clock: ManualClock } {
  const memory = new MemoryStore();
  const clock = new ManualClock();
  return { store: new FaultStore(memory, scriptedFaults(script), clock), memory, clock };
}

test("fail-before fails the nth call of its operation and leaves the store as it was", async () => {
  const { store, memory } = scene({ operation: "create", number: 2, fault: { kind: "fail-before" } });
  assert.equal(await store.create("a", []), "created");
  await assert.rejects(store.create("b", []), (error) => isAppError(error, "E_STORE_UNAVAILABLE") && error.retryable);
  assert.equal(await memory.stat("b"), undefined);
  assert.equal(await store.create("b", []), "created");
});

test("fail-after takes effect and fails", async () => {
  const { store, memory } = scene(
    { operation: "create", fault: { kind: "fail-after" } },
    { operation: "remove", fault: { kind: "fail-after" } },
  );
  await assert.rejects(store.create("a", [patternBytes(3)]));
  assert.equal((await memory.stat("a"))?.size, 3);
  await assert.rejects(store.remove("a"));
  assert.equal(await memory.stat("a"), undefined);
});

test("an error code other than the usual one is final unless the fault says otherwise", async () => {
  const { store } = scene(
    { operation: "stat", number: 1, fault: { kind: "fail-before", code: "E_STORE_FULL" } },
    { operation: "stat", number: 2, fault: { kind: "fail-before", code: "E_STORE", retryable: true, retryAfterMs: 5 } },
  );
  await assert.rejects(store.stat("a"), (error) => isAppError(error, "E_STORE_FULL") && !error.retryable);
  await assert.rejects(store.stat("a"), (error) => isAppError(error, "E_STORE") && error.retryable && error.data["retryAfterMs"] === 5);
});

test("truncate and flip damage what is read and nothing else", async () => {
  const { store, memory } = scene(
    { operation: "read", number: 1, fault: { kind: "truncate", keepBytes: 4 } },
    { operation: "read", number: 2, fault: { kind: "truncate", keepBytes: 99 } },
    { operation: "read", number: 3, fault: { kind: "flip", bit: 17 } },
  );
  await memory.create("a", [new Uint8Array(10)]);
  assert.equal((await store.read("a")).length, 4);
  assert.equal((await store.read("a")).length, 9, "at least one byte is gone");
  assert.deepEqual([...(await store.read("a"))], [0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(await store.read("a"), new Uint8Array(10));
});

test("break-list fails after the objects it lets through, also when there are fewer", async () => {
  const { store, memory } = scene({ operation: "list", prefix: "a/", fault: { kind: "break-list", afterObjects: 2 } });
  for (const key of ["a/1", "a/2", "a/3", "b/1"]) await memory.create(key, []);
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const { key } of store.list("a/")) seen.push(key);
  }, hasCode("E_STORE_UNAVAILABLE"));
  assert.deepEqual(seen, ["a/1", "a/2"]);
  assert.equal((await listed(store, "b/")).length, 1);
  await memory.remove("a/1");
  await memory.remove("a/2");
  await assert.rejects(listed(store, "a/"));
});

test("delay moves the clock and lets the call through", async () => {
  const { store, clock } = scene({ operation: "stat", fault: { kind: "delay", delayMs: 1500 } });
  const startMs = clock.monotonicMs();
  assert.equal(await store.stat("a"), undefined);
  assert.equal(Math.round(clock.monotonicMs() - startMs), 1500);
});

test("seededFaults() gives the same faults for the same seed, and about as many as asked", () => {
  const draw = (seed: number): string[] => {
    const plan = seededFaults(seededRandom(seed), { failBefore: 0.1, failAfter: 0.2, breakList: 0.5, truncate: 0.3, flip: 0.3 });
    const operations = ["create", "read", "list"] as const;
    return Array.from({ length: 3000 }, (_, index) => {
      const operation = operations[index % 3] ?? "read";
      return `${operation} ${plan({ operation, key: "a", number: index })?.kind ?? "none"}`;
    });
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  const counts = (what: string): number => draw(1).filter((kind) => kind === what).length;
  for (const [what, expected] of [
    ["create fail-before", 100],
    ["create fail-after", 180],
    ["list break-list", 450],
    ["read truncate", 216],
    ["read flip", 151],
  ] as const) {
    assert.ok(Math.abs(counts(what) - expected) < 60, `${what}: ${counts(what)}`);
  }
});
