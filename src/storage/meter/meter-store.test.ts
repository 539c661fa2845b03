import assert from "node:assert/strict";
import { test } from "node:test";
import { listed, objectStoreSuite, patternBytes } from "../../../test/support/object-store-suite.ts";
import { ManualClock } from "../../shared/clock.ts";
import { FaultStore } from "../fault/fault-store.ts";
import { scriptedFaults } from "../fault/faults.ts";
import { AppError } from "../../shared/errors.ts";
import { RequestGauge } from "../../telemetry/request-gauge.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { MeterStore, addStoreMeter, newStoreMeter } from "./meter-store.ts";

objectStoreSuite("MeterStore", async () => {
  const objects = new Map<string, Uint8Array>();
  return { connect: async () => new MeterStore(new MemoryStore(objects)), dispose: async () => undefined };
});

test("the meter counts calls and bytes exactly", async () => {
  const store = new MeterStore(new MemoryStore());
  await store.create("a", [patternBytes(10), patternBytes(5)]);
  await store.create("a", [patternBytes(7)]);
  await store.create("b", []);
  await store.read("a");
  await store.read("a", { offset: 3, length: 4 });
  await store.stat("a");
  await store.stat("none");
  await listed(store);
  for await (const _ of store.list("")) break;
  await store.remove("b");
  assert.deepEqual(store.meter, {
    calls: { create: 3, read: 2, stat: 2, list: 2, remove: 1 },
    requests: 0,
    errors: 0,
    retries: 0,
    bytesSent: 22,
    bytesCreated: 15,
    bytesReceived: 19,
    objectsListed: 3,
  });
});

test("the meter counts each failed call once, a listing that broke included", async () => {
  const plan = scriptedFaults([
    { operation: "create", fault: { kind: "fail-after" } },
    { operation: "list", fault: { kind: "break-list", afterObjects: 1 } },
  ]);
  const store = new MeterStore(new FaultStore(new MemoryStore(), plan, new ManualClock()));
  await assert.rejects(store.create("a", [patternBytes(9)]));
  await assert.rejects(store.read("none"));
  await assert.rejects(listed(store));
  assert.deepEqual([store.meter.errors, store.meter.bytesSent, store.meter.bytesCreated, store.meter.objectsListed], [3, 9, 0, 1]);
});

test("addStoreMeter() adds every count", () => {
  const [sum, more] = [newStoreMeter(), newStoreMeter()];
  more.calls.read = 2;
  more.calls.list = 1;
  Object.assign(more, { requests: 3, errors: 4, retries: 5, bytesSent: 6, bytesCreated: 7, bytesReceived: 8, objectsListed: 9 });
  addStoreMeter(sum, more);
  assert.deepEqual(sum, more);
  addStoreMeter(sum, more);
  assert.deepEqual([sum.calls.read, sum.requests, sum.objectsListed], [4, 6, 18]);
});

test("a gauge counts each call and each step of a listing, in flight and throttled", async () => {
  const gauge = new RequestGauge();
  const inner = new MemoryStore();
  const store = new MeterStore(inner, newStoreMeter(), gauge);
  await store.create("a", [patternBytes(3)]);
  await store.create("b", []);
  await listed(store);
  assert.deepEqual(gauge.counts, { inFlight: 0, requests: 5, throttled: 0, failed: 0 }, "two objects and the end of the list");
  const { promise, resolve } = Promise.withResolvers<undefined>();
  inner.stat = () => promise;
  const stat = store.stat("a");
  assert.equal(gauge.counts.inFlight, 1);
  resolve(undefined);
  await stat;
  for (const status of [503, 429, 500]) {
    inner.remove = async () => {
      throw new AppError({ code: "E_STORE_UNAVAILABLE", what: "busy", data: { status } });
    };
    await assert.rejects(store.remove("a"));
  }
  assert.deepEqual(gauge.counts, { inFlight: 0, requests: 9, throttled: 2, failed: 3 });
});
