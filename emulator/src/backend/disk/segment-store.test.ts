import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { SegmentStore } from "./segment-store.ts";

const MIB = 1024 * 1024;

async function startStore(t: TestContext): Promise<{ readonly store: SegmentStore; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "segments-"));
  const store = new SegmentStore(folder, () => true);
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { store, folder };
}

test("bytes are found where they were put, by a store that is opened later as well", async (t) => {
  const { store, folder } = await startStore(t);
  const parts = [Buffer.from("one"), Buffer.alloc(100_000, 2), Buffer.from("three")];
  const locations = await Promise.all(parts.map(async (part) => store.append(part)));
  assert.equal(new Set(locations.map(({ position }) => position)).size, 3);
  for (const [index, location] of locations.entries())
    assert.deepEqual(Buffer.from(await store.read(location, parts[index]?.length ?? 0)), parts[index]);
  await store.close();
  const again = new SegmentStore(folder, () => true);
  const next = await again.append(Buffer.from("four"));
  assert.ok(
    locations.every(({ position }) => next.position > position),
    "nothing is overwritten",
  );
  assert.deepEqual(Buffer.from(await again.read(locations[2] ?? next, 5)).toString(), "three");
  await again.close();
});

test("a segment is removed when nobody uses it, but not under a reader, and not while it is filled", async (t) => {
  const { store, folder } = await startStore(t);
  const block = Buffer.alloc(30 * MIB, 1);
  const [first, second, third] = [await store.append(block), await store.append(block), await store.append(block)];
  assert.deepEqual([first.segment, second.segment, third.segment], [1, 1, 2]);
  await store.release([1, 1, 2]);
  store.pin([1]);
  await store.drop(1);
  assert.equal(readdirSync(folder).length, 2);
  assert.equal((await store.read(second, MIB)).length, MIB);
  await store.release([1]);
  assert.deepEqual(readdirSync(folder), ["00000002.seg"]);
  await store.drop(2);
  assert.deepEqual(readdirSync(folder), ["00000002.seg"]);
});

test("what a crash left behind goes when the folder is opened, what is no segment stays", async (t) => {
  const { store, folder } = await startStore(t);
  const block = Buffer.alloc(40 * MIB, 1);
  for (let count = 0; count < 3; count += 1) await store.append(block);
  await store.close();
  writeFileSync(join(folder, "notes.txt"), "");
  const again = new SegmentStore(folder, (segment) => segment === 2);
  assert.deepEqual(readdirSync(folder).sort(), ["00000002.seg", "00000003.seg", "notes.txt"]);
  assert.equal((await again.append(Buffer.from("x"))).segment, 3);
  await again.close();
});

test("a segment that is shorter than what it should hold is an error, not zeros", async (t) => {
  const { store } = await startStore(t);
  const location = await store.append(Buffer.from("short"));
  await assert.rejects(store.read(location, 6), /ends before/);
});
