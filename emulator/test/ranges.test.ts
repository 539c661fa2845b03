import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ShareFileClient } from "@azure/storage-file-share";
import { all, pattern, rawHeaders, refuses, startFixture } from "./emulator-fixture.ts";

const MIB = 1024 * 1024;

async function rangesOf(file: ShareFileClient, options = {}): Promise<readonly (readonly [number, number])[]> {
  return (await file.getRangeList(options)).rangeList.map(({ start, end }) => [start, end] as const);
}

async function diffOf(file: ShareFileClient, since: string | undefined, options = {}): Promise<readonly string[]> {
  const items = await all(file.listRangesDiff(since ?? "", options));
  return items.map(({ start, end, isClear }) => `${isClear ? "clear" : "write"} ${start}-${end}`);
}

test("ranges are whole units of 512 bytes, joined where they touch, and end with the file", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(10_001);
  assert.deepEqual(await rangesOf(file), []);
  await file.uploadRange("Hello World", 1000, 11);
  assert.deepEqual(await rangesOf(file), [[512, 1023]]);
  await file.uploadRange(pattern(600), 1024, 600);
  await file.uploadRange(pattern(1), 10_000, 1);
  assert.deepEqual(await rangesOf(file), [
    [512, 2047],
    [9728, 10_000],
  ]);
  assert.deepEqual(await rangesOf(file, { range: { offset: 1536, count: 8704 } }), [
    [1536, 2047],
    [9728, 10_000],
  ]);
  assert.equal((await file.getRangeList()).fileContentLength, 10_001);
});

test("clearing makes a hole of whole units; what is left of them at both ends becomes zeros", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const content = pattern(4096);
  await file.create(4096, { content, contentLength: 4096 });
  await file.clearRange(100, 2000);
  assert.deepEqual(await rangesOf(file), [
    [0, 511],
    [2048, 4095],
  ]);
  const expected = Buffer.from(content).fill(0, 100, 2100);
  assert.deepEqual(await file.downloadToBuffer(), expected);
  await file.clearRange(600, 10);
  await file.clearRange(0, 4096);
  assert.deepEqual(await rangesOf(file), []);
  assert.deepEqual(await file.downloadToBuffer(), Buffer.alloc(4096));
});

test("a file of 10 GiB costs what was written into it", async (t) => {
  const { share, location } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const size = 10 * 1024 * MIB;
  await file.create(size);
  const content = pattern(3 * MIB);
  await file.uploadRange(content, 9 * 1024 * MIB, content.length);
  assert.deepEqual(await rangesOf(file), [[9 * 1024 * MIB, 9 * 1024 * MIB + content.length - 1]]);
  const edge = await file.downloadToBuffer(9 * 1024 * MIB - 10, 30);
  assert.deepEqual(edge, Buffer.concat([Buffer.alloc(10), content.subarray(0, 20)]));
  const folder = join(location, "content");
  const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  assert.ok(onDisk < 4 * MIB, `${onDisk} bytes`);
});

test("a difference holds what was written and cleared since a snapshot, up to another one or to now", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(8192, { content: pattern(4096), contentLength: 4096 });
  const first = (await share.createSnapshot()).snapshot;
  assert.deepEqual(await diffOf(file, first), []);
  await file.uploadRange("Hello", 1024, 5);
  await file.clearRange(2048, 512);
  await file.clearRange(6144, 512);
  const second = (await share.createSnapshot()).snapshot;
  await file.uploadRange("Later", 0, 5);
  const frozen = share.withSnapshot(second ?? "").rootDirectoryClient.getFileClient("f");
  assert.deepEqual(await diffOf(frozen, first), ["write 1024-1535", "clear 2048-2559"]);
  assert.deepEqual(await diffOf(file, first), ["write 0-511", "write 1024-1535", "clear 2048-2559"]);
  assert.deepEqual(await diffOf(file, second), ["write 0-511"]);
  assert.deepEqual(await diffOf(file, first, { range: { offset: 1024, count: 1024 } }), ["write 1024-1535"]);
  const list = await file.getRangeListDiff(first ?? "");
  assert.deepEqual(list.clearRanges, [{ start: 2048, end: 2559 }]);
});

test("what a shorter size cut off and a longer one brought back is cleared", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(4096, { content: pattern(4096), contentLength: 4096 });
  const { snapshot } = await share.createSnapshot();
  await file.resize(1000);
  assert.deepEqual(await diffOf(file, snapshot), []);
  await file.resize(4096);
  assert.deepEqual(await diffOf(file, snapshot), ["clear 1024-4095"]);
});

test("a file made anew has another generation, and no difference", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  const [file, replaced, fresh] = ["f", "g", "h"].map((name) => root.getFileClient(name));
  assert.ok(file && replaced && fresh);
  for (const one of [file, replaced]) await one.create(1024, { content: pattern(1024), contentLength: 1024 });
  const { snapshot } = await share.createSnapshot();
  await file.delete();
  for (const one of [file, replaced, fresh]) await one.create(1024, { content: pattern(1024), contentLength: 1024 });
  for (const one of [file, replaced, fresh]) await refuses(diffOf(one, snapshot), 409, "FileGenerationMismatch");
});

test("a renamed file has a difference only for those who allow for renames", async (t) => {
  const { share } = await startFixture(t);
  await share.createDirectory("d");
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(2048, { content: pattern(2048), contentLength: 2048 });
  const { snapshot } = await share.createSnapshot();
  await file.rename("d/g");
  const moved = share.getDirectoryClient("d").getFileClient("g");
  await moved.uploadRange("x", 600, 1);
  await assert.rejects(diffOf(moved, snapshot), { statusCode: 409 });
  assert.deepEqual(await diffOf(moved, snapshot, { includeRenames: true }), ["write 512-1023"]);
});

test("snapshots that are not there, or not older, are refused", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(10);
  const first = (await share.createSnapshot()).snapshot ?? "";
  const second = (await share.createSnapshot()).snapshot ?? "";
  await refuses(diffOf(file, "2020-01-01T00:00:00.0000000Z"), 404, "PreviousSnapshotNotFound");
  const frozen = share.withSnapshot(first).rootDirectoryClient.getFileClient("f");
  await refuses(diffOf(frozen, second), 409, "PreviousSnapshotOperationNotSupported");
  await refuses(diffOf(frozen, first), 409, "PreviousSnapshotOperationNotSupported");
});

test("range lists come in pages", async (t) => {
  const { share, emulator } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(20 * 1024);
  for (let index = 0; index < 7; index += 1) await file.uploadRange("x", index * 2048, 1);
  const pages = await all(file.listRanges().byPage({ maxPageSize: 3 }));
  assert.deepEqual(
    pages.map(({ ranges }) => ranges?.map(({ start }) => start / 2048)),
    [[0, 1, 2], [3, 4, 5], [6]],
  );
  assert.equal(emulator.counters().operations["ListRanges"]?.requests, 3);
});

test("a write answers with the time and ETag it gave the file", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(10);
  const written = rawHeaders(await file.uploadRange("abc", 0, 3));
  const seen = rawHeaders(await file.getProperties());
  assert.equal(written["etag"], seen["etag"]);
  assert.equal(written["x-ms-file-last-write-time"], seen["x-ms-file-last-write-time"]);
  assert.equal(written["x-ms-request-server-encrypted"], "true");
});
