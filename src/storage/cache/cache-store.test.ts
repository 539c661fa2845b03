import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode, listed, objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { ManualClock } from "../../shared/clock.ts";
import { FaultStore } from "../fault/fault-store.ts";
import { scriptedFaults } from "../fault/faults.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { MeterStore } from "../meter/meter-store.ts";
import { CacheStore } from "./cache-store.ts";
import { ENTRY_HEADER_BYTES, openEntry, sealEntry } from "./cache-entry.ts";

const options = { keeps: () => true, cacheBytesMax: 10_000, objectBytesMax: 4000 };

objectStoreSuite("CacheStore", async () => {
  const objects = new Map<string, Uint8Array>();
  const all = { ...options, cacheBytesMax: 2 ** 24, objectBytesMax: 2 ** 24 };
  return { connect: () => CacheStore.open(new MemoryStore(objects), new MemoryStore(), all), dispose: async () => undefined };
});

interface Scene {
  readonly store: CacheStore;
  readonly inner: MeterStore;
  readonly cached: Map<string, Uint8Array>;
  /** Another process with the same cache. */
  readonly reopen: (part?: Partial<typeof options>) => Promise<CacheStore>;
}

async function scene(part: Partial<typeof options> = {}): Promise<Scene> {
  const inner = new MeterStore(new MemoryStore());
  const cached = new Map<string, Uint8Array>();
  const reopen = (more: Partial<typeof options> = {}): Promise<CacheStore> =>
    CacheStore.open(inner, new MemoryStore(cached), { ...options, ...part, ...more });
  return { store: await reopen(), inner, cached, reopen };
}

test("read() asks the store once, then serves whole objects and ranges from the cache, also after a restart", async () => {
  const { store, inner, reopen } = await scene();
  await store.create("index/1", [patternBytes(1000)]);
  for (const handle of [store, store, await reopen()]) {
    assert.deepEqual(Buffer.from(await handle.read("index/1")), Buffer.from(patternBytes(1000)));
    assert.deepEqual(
      Buffer.from(await handle.read("index/1", { offset: 10, length: 5 })),
      Buffer.from(patternBytes(1000).subarray(10, 15)),
    );
  }
  assert.equal(inner.meter.calls.read, 1);
});

test("read() of a range fetches all of a kept object once", async () => {
  const { store, inner } = await scene();
  await store.create("packs/x", [patternBytes(1000)]);
  for (let offset = 0; offset < 900; offset += 100) assert.equal((await store.read("packs/x", { offset, length: 100 })).length, 100);
  assert.equal(inner.meter.calls.read, 1);
});

test("read() does not keep what is not wanted or too large", async () => {
  const { store, inner, cached } = await scene({ keeps: (key: string) => key.startsWith("index/") } as Partial<typeof options>);
  await store.create("packs/x", [patternBytes(10)]);
  await store.create("index/big", [patternBytes(4001)]);
  for (const key of ["packs/x", "packs/x", "index/big", "index/big"]) await store.read(key);
  assert.equal(inner.meter.calls.read, 4);
  assert.equal(cached.size, 0);
});

test("read() never returns damage: any damaged entry is dropped and read anew", async () => {
  const payload = patternBytes(300);
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom("flip", "cut", "empty", "swap"), fc.boolean(), async (at, damage, ranged) => {
      const { store, cached, reopen } = await scene();
      await store.create("index/1", [payload]);
      await store.create("index/2", [patternBytes(300, 2)]);
      for (const key of ["index/1", "index/2"]) await store.read(key);
      const entry = cached.get("index/1") ?? new Uint8Array(0);
      const place = at % entry.length;
      if (damage === "flip") entry[place] = (entry[place] ?? 0) ^ 1;
      if (damage === "cut") cached.set("index/1", entry.slice(0, place));
      if (damage === "empty") cached.set("index/1", new Uint8Array(0));
      if (damage === "swap") cached.set("index/1", cached.get("index/2") ?? entry);
      const range = { offset: 100, length: 50 };
      const got = await (await reopen()).read("index/1", ranged ? range : undefined);
      assert.deepEqual(Buffer.from(got), Buffer.from(ranged ? payload.subarray(100, 150) : payload));
      assert.ok(openEntry("index/1", cached.get("index/1") ?? new Uint8Array(0)), "the entry is whole again");
    }),
    { numRuns: 60 },
  );
});

test("read() keeps within its bytes and drops the least recently used", async () => {
  const size = 1000 - ENTRY_HEADER_BYTES;
  const { store, cached, reopen } = await scene({ cacheBytesMax: 3000 });
  for (const key of ["a", "b", "c", "d"]) await store.create(key, [patternBytes(size)]);
  for (const key of ["a", "b", "c", "a", "d"]) await store.read(key);
  assert.deepEqual([...cached.keys()].toSorted(), ["a", "c", "d"]);
  await reopen({ cacheBytesMax: 1000 });
  assert.equal(cached.size, 1);
});

test("every call works when the cache is broken", async () => {
  const inner = new MemoryStore();
  const broken = scriptedFaults(
    (["create", "read", "list", "remove"] as const).map((operation) => ({ operation, fault: { kind: "fail-before" } as const })),
  );
  const store = await CacheStore.open(inner, new FaultStore(new MemoryStore(), broken, new ManualClock()), options);
  await store.create("index/1", [patternBytes(10)]);
  assert.equal((await store.read("index/1")).length, 10);
  assert.equal((await store.read("index/1", { offset: 2, length: 3 })).length, 3);
  await store.remove("index/1");
  await assert.rejects(store.read("index/1"), hasCode("E_OBJECT_NOT_FOUND"));
});

test("remove() takes the copy away too", async () => {
  const { store, cached } = await scene();
  await store.create("index/1", [patternBytes(10)]);
  await store.read("index/1");
  await store.remove("index/1");
  assert.equal(cached.size, 0);
  assert.deepEqual(await listed(store), []);
});

test("openEntry() gives back what sealEntry() took, for its own key only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (payload) => {
      const entry = new Uint8Array(Buffer.concat(sealEntry("index/1", payload)));
      assert.deepEqual(openEntry("index/1", entry), payload);
      assert.equal(openEntry("index/2", entry), undefined);
    }),
  );
});
