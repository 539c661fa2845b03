import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { FileCreateOptions, FileSetHttpHeadersOptions } from "@azure/storage-file-share";
import { pattern, rawHeaders, refuses, startFixture } from "./emulator-fixture.ts";

/** Times that a JavaScript Date cannot hold; the SDK passes text through as it is. */
const TIMES = {
  creationTime: "2001-02-03T04:05:06.1234567Z",
  lastWriteTime: "2011-12-13T14:15:16.7654321Z",
  changeTime: "2021-02-03T04:05:06.0000001Z",
} as unknown as Pick<FileCreateOptions, "creationTime" | "lastWriteTime" | "changeTime">;

test("create() keeps times at 100 ns, attributes, content headers and metadata", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const md5 = createHash("md5").update("x").digest();
  await file.create(5, {
    ...TIMES,
    fileAttributes: { toString: () => "ReadOnly|Hidden|NotContentIndexed" } as never,
    fileHttpHeaders: {
      fileContentType: "text/x",
      fileContentEncoding: "gzip",
      fileContentLanguage: "de",
      fileCacheControl: "no-store",
      fileContentDisposition: "inline",
      fileContentMD5: md5,
    },
    metadata: { one: "1", two: "zwei & <drei>" },
  });
  const seen = await file.getProperties();
  const headers = rawHeaders(seen);
  assert.deepEqual(
    ["creation", "last-write", "change"].map((name) => headers[`x-ms-file-${name}-time`]),
    Object.values(TIMES).map(String),
  );
  assert.equal(headers["x-ms-file-attributes"], "ReadOnly | Hidden | NotContentIndexed");
  assert.deepEqual(
    [seen.contentType, seen.contentEncoding, seen.contentLanguage, seen.cacheControl, seen.contentDisposition, seen.contentLength],
    ["text/x", "gzip", "de", "no-store", "inline", 5],
  );
  assert.deepEqual(Buffer.from(seen.contentMD5 ?? []), md5);
  assert.deepEqual(seen.metadata, { one: "1", two: "zwei & <drei>" });
  assert.match(headers["etag"] ?? "", /^"0x8D[0-9A-F]{13}"$/);
  assert.deepEqual([headers["x-ms-type"], headers["x-ms-version"]?.length], ["File", 10]);
});

test("create() takes content along, and reads give it back whole and in ranges", async (t) => {
  const { share, emulator } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const content = pattern(100_000);
  await file.create(content.length, { content, contentLength: content.length });
  assert.deepEqual(await file.downloadToBuffer(), content);
  assert.equal(emulator.counters().operations["PutRange"], undefined);
  const part = await file.download(1000, 2000, { rangeGetContentMD5: true });
  const chunks: Buffer[] = [];
  for await (const chunk of part.readableStreamBody ?? []) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), content.subarray(1000, 3000));
  assert.equal(part.contentRange, "bytes 1000-2999/100000");
  assert.deepEqual(Buffer.from(part.contentMD5 ?? []), createHash("md5").update(content.subarray(1000, 3000)).digest());
  assert.deepEqual(await file.downloadToBuffer(99_990), content.subarray(99_990));
});

test("reads behind the end are refused, an empty file is read whole", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(0);
  assert.equal((await file.download()).contentLength, 0);
  await refuses(file.download(0, 1), 416, "InvalidRange");
  await file.create(10);
  await refuses(file.download(10, 1), 416, "InvalidRange");
  assert.equal((await file.download(9, 100)).contentLength, 1);
});

test("an MD5 that does not fit stops a write before it happens", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(4);
  const wrong = createHash("md5").update("other").digest();
  await refuses(file.uploadRange("abcd", 0, 4, { contentMD5: wrong }), 400, "Md5Mismatch");
  assert.deepEqual(await file.downloadToBuffer(), Buffer.alloc(4));
  await file.uploadRange("abcd", 0, 4, { contentMD5: createHash("md5").update("abcd").digest() });
  assert.deepEqual((await file.downloadToBuffer()).toString(), "abcd");
});

test("setProperties() changes times, size and attributes, and clears content headers that are not sent", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const content = pattern(2000);
  await file.create(2000, { content, contentLength: 2000, fileHttpHeaders: { fileContentType: "text/x" } });
  const before = await file.getProperties();
  await file.setProperties({ ...(TIMES as unknown as FileSetHttpHeadersOptions), fileHttpHeaders: { fileContentLanguage: "en" } });
  const headers = rawHeaders(await file.getProperties());
  assert.equal(headers["x-ms-file-last-write-time"], "2011-12-13T14:15:16.7654321Z");
  assert.equal(headers["x-ms-file-change-time"], "2021-02-03T04:05:06.0000001Z");
  assert.deepEqual([headers["content-type"], headers["content-language"]], ["application/octet-stream", "en"]);
  assert.notEqual(headers["etag"], before.etag);
  await file.resize(1000);
  await file.resize(3000);
  assert.deepEqual(await file.downloadToBuffer(), Buffer.concat([content.subarray(0, 1000), Buffer.alloc(2000)]));
});

test("a data write moves the write time, unless it asks to preserve it; a metadata write moves the change time only", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(10, TIMES);
  const times = async (): Promise<readonly (string | undefined)[]> => {
    const headers = rawHeaders(await file.getProperties());
    return ["creation", "last-write", "change"].map((name) => headers[`x-ms-file-${name}-time`]);
  };
  const [created, written, changed] = await times();
  await file.uploadRange("x", 0, 1, { fileLastWrittenMode: "Preserve" });
  const preserved = await times();
  assert.deepEqual(preserved.slice(0, 2), [created, written]);
  assert.ok((preserved[2] ?? "") > (changed ?? ""));
  await file.setMetadata({ a: "b" });
  const described = await times();
  assert.deepEqual(described.slice(0, 2), [created, written]);
  assert.ok((described[2] ?? "") > (preserved[2] ?? ""));
  await file.uploadRange("x", 0, 1);
  const moved = await times();
  assert.deepEqual(moved[0], created);
  assert.ok((moved[1] ?? "") > (described[2] ?? ""));
  assert.equal(moved[1], moved[2]);
});

test("creating a file over another makes a new file with a new id", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const first = await file.create(4, { content: Buffer.from("abcd"), contentLength: 4, metadata: { a: "b" } });
  const second = await file.create(4);
  assert.notEqual(second.fileId, first.fileId);
  assert.deepEqual(await file.downloadToBuffer(), Buffer.alloc(4));
  assert.deepEqual((await file.getProperties()).metadata, {});
});

test("what is not there, not a file, or in the way is refused with the service's codes", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  await root.getDirectoryClient("d").create();
  await refuses(root.getFileClient("none").getProperties(), 404, "ResourceNotFound");
  await refuses(root.getFileClient("d").download(), 404, "ResourceNotFound");
  await refuses(root.getFileClient("d").create(1), 409, "ResourceTypeMismatch");
  await refuses(share.getDirectoryClient("none").getFileClient("f").create(1), 404, "ParentNotFound");
  await refuses(share.getDirectoryClient("none").getFileClient("f").delete(), 404, "ParentNotFound");
  await refuses(root.getFileClient("f").delete(), 404, "ResourceNotFound");
  assert.equal(await root.getFileClient("f").exists(), false);
});

test("limits: 4 MiB a range, 8 KiB of metadata, writes inside the size", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(5 * 1024 * 1024);
  const large = Buffer.alloc(4 * 1024 * 1024 + 1);
  await assert.rejects(file.uploadRange(large, 0, large.length), /4194304|4MB/i, "the SDK refuses it by itself");
  await file.uploadRange(large.subarray(1), 0, large.length - 1);
  await refuses(file.uploadRange("abc", 5 * 1024 * 1024 - 2, 3), 416, "InvalidRange");
  await refuses(file.setMetadata({ a: "x".repeat(8 * 1024) }), 400, "MetadataTooLarge");
  await refuses(file.setMetadata({ "a-b": "x" }), 400, "InvalidMetadata");
});

test("a read-only file is neither written nor deleted", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(3, { fileAttributes: { toString: () => "ReadOnly" } as never });
  await refuses(file.uploadRange("abc", 0, 3), 409, "ReadOnlyAttribute");
  await refuses(file.delete(), 409, "ReadOnlyAttribute");
  await refuses(file.create(3), 409, "ReadOnlyAttribute");
  await file.setProperties({ fileAttributes: { toString: () => "None" } as never });
  await file.delete();
});
