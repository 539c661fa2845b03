import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { startEmulator } from "../src/index.ts";
import { all, pattern, rawHeaders, refuses, serviceOf, startFixture } from "./emulator-fixture.ts";

const LEASE = "11111111-1111-4111-8111-111111111111";

test("a restart keeps shares, snapshots, content, properties, descriptors and leases", async (t) => {
  const store = await mkdtemp(join(tmpdir(), "emulator-"));
  t.after(async () => rm(store, { recursive: true, force: true }));
  const first = await startEmulator({ store });
  const share = serviceOf(first).getShareClient("share");
  await share.create({ metadata: { a: "b" } });
  const file = share.rootDirectoryClient.getFileClient("Name");
  const [old, now] = [pattern(9000, 1), pattern(9000, 2)];
  await file.create(9000, { content: old, contentLength: 9000, lastWriteTime: "2011-12-13T14:15:16.7654321Z" as never });
  const { snapshot = "" } = await share.createSnapshot();
  await file.uploadRange(now, 0, 9000, { fileLastWrittenMode: "Preserve" });
  await file.getShareLeaseClient(LEASE).acquireLease();
  const before = rawHeaders(await file.getProperties());
  const permission = (await share.getPermission(before["x-ms-file-permission-key"] ?? "")).permission;
  await first.close();

  const second = await startEmulator({ store });
  t.after(async () => second.close());
  const again = serviceOf(second).getShareClient("share");
  const same = again.rootDirectoryClient.getFileClient("NAME");
  const after = rawHeaders(await same.getProperties());
  for (const name of Object.keys(before).filter((name) => name.startsWith("x-ms-file-") || name === "etag"))
    assert.equal(after[name], before[name], name);
  assert.deepEqual(await same.downloadToBuffer(), now);
  assert.deepEqual(await again.withSnapshot(snapshot).rootDirectoryClient.getFileClient("Name").downloadToBuffer(), old);
  assert.equal((await again.getPermission(after["x-ms-file-permission-key"] ?? "")).permission, permission);
  await refuses(same.delete(), 412, "LeaseIdMissing");
  assert.deepEqual(
    (await all(same.listRangesDiff(snapshot))).map(({ start, end }) => [start, end]),
    [[0, 8999]],
  );
  const made = await again.rootDirectoryClient.getFileClient("new").create(1);
  assert.notEqual(made.fileId, after["x-ms-file-id"], "ids are not given twice");
});

test("content that nobody sees any more leaves the disk", async (t) => {
  const store = await mkdtemp(join(tmpdir(), "emulator-"));
  const emulator = await startEmulator({ store });
  t.after(async () => {
    await emulator.close();
    await rm(store, { recursive: true, force: true });
  });
  const service = serviceOf(emulator);
  const share = service.getShareClient("share");
  await share.create();
  const segments = (): number => readdirSync(join(store, "content")).length;
  const block = Buffer.alloc(4 * 1024 * 1024, 1);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(20 * block.length);
  for (let index = 0; index < 20; index += 1) await file.uploadRange(block, index * block.length, block.length);
  const full = segments();
  assert.ok(full >= 2, `${full} segments`);
  const { snapshot = "" } = await share.createSnapshot();
  await file.delete();
  assert.equal(segments(), full, "the snapshot still sees it");
  await share.withSnapshot(snapshot).delete();
  assert.equal(segments(), 1, "the segment that is being filled stays");
});

test("what was only seen by snapshots that are gone is not kept when it changes", async (t) => {
  const { share, location, emulator } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(1000, { content: pattern(1000), contentLength: 1000 });
  const { snapshot = "" } = await share.createSnapshot();
  await share.withSnapshot(snapshot).delete();
  await file.uploadRange(pattern(1000, 2), 0, 1000);
  await file.rename("g");
  await emulator.close();
  const db = new DatabaseSync(join(location, "metadata.sqlite"), { readOnly: true });
  t.after(() => db.close());
  const count = (table: string): unknown => db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"];
  assert.deepEqual({ extents: count("extent"), nodes: count("node"), names: count("entry") }, { extents: 1, nodes: 2, names: 1 });
});

test("a folder is served by one process at a time", async (t) => {
  const { location, emulator, service } = await startFixture(t);
  await assert.rejects(startEmulator({ store: location }), { code: "EBUSY" });
  await service.getShareClient("still-there").create();
  await emulator.close();
  const again = await startEmulator({ store: location });
  await serviceOf(again).getShareClient("still-there").getProperties();
  await again.close();
});
