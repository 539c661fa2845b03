import assert from "node:assert/strict";
import { test } from "node:test";
import { objectStoreSuite } from "../../../test/support/object-store-suite.ts";
import { MemoryStore } from "./memory-store.ts";

objectStoreSuite("MemoryStore", async () => {
  const objects = new Map<string, Uint8Array>();
  return { connect: async () => new MemoryStore(objects), dispose: async () => undefined };
});

test("create() keeps its own bytes when the caller changes the parts afterwards", async () => {
  const store = new MemoryStore();
  const part = new Uint8Array([1, 2, 3]);
  await store.create("a", [part]);
  part.fill(9);
  assert.deepEqual([...(await store.read("a"))], [1, 2, 3]);
});

test("read() hands out a copy when the caller changes what it got", async () => {
  const store = new MemoryStore();
  await store.create("a", [new Uint8Array([1, 2, 3])]);
  (await store.read("a")).fill(9);
  (await store.read("a", { offset: 0, length: 2 })).fill(9);
  assert.deepEqual([...(await store.read("a"))], [1, 2, 3]);
});
