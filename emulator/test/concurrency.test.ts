import assert from "node:assert/strict";
import { test } from "node:test";
import { RestError } from "@azure/storage-file-share";
import { all, pattern, startFixture } from "./emulator-fixture.ts";

const WRITERS = 24;

/** Status codes of work that may fail. */
async function statuses(work: readonly Promise<unknown>[]): Promise<readonly number[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === "fulfilled") return 200;
    assert.ok(one.reason instanceof RestError, String(one.reason));
    return one.reason.statusCode ?? 0;
  });
}

test("of many who make one directory at once, one succeeds", async (t) => {
  const { share } = await startFixture(t);
  const seen = await statuses(Array.from({ length: WRITERS }, async (_, index) => share.createDirectory(index % 2 === 0 ? "d" : "D")));
  assert.deepEqual([seen.filter((status) => status === 200).length, seen.filter((status) => status === 409).length], [1, WRITERS - 1]);
});

test("files that replace each other at once leave one whole file", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const contents = Array.from({ length: WRITERS }, (_, index) => pattern(5000, index + 1));
  await Promise.all(contents.map(async (content) => file.create(content.length, { content, contentLength: content.length })));
  const left = await file.downloadToBuffer();
  assert.ok(contents.some((content) => content.equals(left)));
  assert.equal((await all(share.rootDirectoryClient.listFilesAndDirectories())).length, 1);
  assert.equal((await share.getStatistics()).shareUsageBytes, 5000);
});

test("ranges written at once all arrive, and snapshots taken meanwhile hold each of them whole or not at all", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const size = 3000;
  await file.create(WRITERS * size);
  const contents = Array.from({ length: WRITERS }, (_, index) => pattern(size, index + 1));
  const writes = contents.map(async (content, index) => file.uploadRange(content, index * size, size));
  const snapshots = await Promise.all(Array.from({ length: 5 }, async () => share.createSnapshot()));
  await Promise.all(writes);
  assert.ok(Buffer.concat(contents).equals(await file.downloadToBuffer()));
  for (const { snapshot = "" } of snapshots) {
    const frozen = await share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("f").downloadToBuffer();
    for (const [index, content] of contents.entries()) {
      const part = frozen.subarray(index * size, (index + 1) * size);
      assert.ok(part.equals(content) || part.equals(Buffer.alloc(size)), `range ${index} of ${snapshot}`);
    }
  }
});

test("a download shows the file as it was when it was asked for, whatever is written meanwhile", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const content = pattern(6_000_000);
  await file.uploadData(content);
  const answer = await file.download();
  await file.clearRange(0, content.length);
  await file.resize(10);
  const chunks: Buffer[] = [];
  for await (const chunk of answer.readableStreamBody ?? []) chunks.push(chunk as Buffer);
  assert.ok(Buffer.concat(chunks).equals(content));
  await file.delete();
});
