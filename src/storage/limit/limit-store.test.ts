import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { ManualClock } from "../../shared/clock.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import type { CreateOutcome } from "../object-store.ts";
import { LimitStore } from "./limit-store.ts";
import { RateGate } from "./rate-gate.ts";

objectStoreSuite("LimitStore", async () => {
  const objects = new Map<string, Uint8Array>();
  const limits = { callsMax: 2, uploadBytesPerSecondMax: 1000, downloadBytesPerSecondMax: 1000 };
  return { connect: async () => new LimitStore(new MemoryStore(objects), limits, new ManualClock()), dispose: async () => undefined };
});

/** A store that counts how many calls are in it at once. */
class CrowdedStore extends MemoryStore {
  most = 0;
  #inside = 0;

  override async create(key: string, parts: readonly Uint8Array[]): Promise<CreateOutcome> {
    this.#inside += 1;
    this.most = Math.max(this.most, this.#inside);
    await new Promise((resolve) => setImmediate(resolve));
    this.#inside -= 1;
    return await super.create(key, parts);
  }
}

test("create() lets no more calls in at once than allowed, and that many", async () => {
  const inner = new CrowdedStore();
  const store = new LimitStore(inner, { callsMax: 3 }, new ManualClock());
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.create(`a/${index}`, [])));
  assert.equal(inner.most, 3);
  assert.equal(store.capabilities.concurrency, 3);
});

test("a call that failed gives its place back", async () => {
  const store = new LimitStore(new MemoryStore(), { callsMax: 1 }, new ManualClock());
  await assert.rejects(store.read("none"));
  await assert.rejects(store.read("none"));
  assert.equal(await store.create("a", []), "created");
});

test("a listing holds no place while its reader makes calls", async () => {
  const store = new LimitStore(new MemoryStore(), { callsMax: 1 }, new ManualClock());
  await store.create("a/1", [patternBytes(3)]);
  await store.create("a/2", [patternBytes(3)]);
  let bytes = 0;
  for await (const { key } of store.list("a/")) bytes += (await store.read(key)).length;
  assert.equal(bytes, 6);
});

test("create() and read() keep to their own rates", async () => {
  const clock = new ManualClock();
  const store = new LimitStore(new MemoryStore(), { uploadBytesPerSecondMax: 1000, downloadBytesPerSecondMax: 500 }, clock);
  const spent = async (work: () => Promise<unknown>): Promise<number> => {
    const startMs = clock.monotonicMs();
    await work();
    return Math.round(clock.monotonicMs() - startMs);
  };
  assert.equal(await spent(() => store.create("a", [patternBytes(2000)])), 0, "the first passes at once");
  assert.equal(await spent(() => store.create("b", [patternBytes(10)])), 2000, "the second waits for the first");
  assert.equal(await spent(() => store.read("a", { offset: 0, length: 500 })), 0, "downloads owe nothing for uploads");
  assert.equal(await spent(() => store.read("a", { offset: 0, length: 500 })), 1000);
  assert.equal(await spent(() => store.read("a")), 1000);
  assert.equal(await spent(() => store.read("b")), 4000, "a whole object is paid for by the next call");
});

test("RateGate.pass() keeps the rate over any run of calls", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ bytes: fc.nat(5000), idleMs: fc.nat(2000) }), { minLength: 1 }), async (calls) => {
      const clock = new ManualClock();
      const gate = new RateGate(clock, 1000);
      const startMs = clock.monotonicMs();
      let before = 0;
      for (const { bytes, idleMs } of calls) {
        clock.advance(idleMs);
        await gate.pass(bytes);
        assert.ok(clock.monotonicMs() - startMs >= before - 1, "what went before has been paid for");
        before += bytes;
      }
      const idleMs = calls.reduce((sum, call) => sum + call.idleMs, 0);
      assert.ok(clock.monotonicMs() - startMs <= before + idleMs + 1, "nobody waits for more than the bytes take");
    }),
  );
});
