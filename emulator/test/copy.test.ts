import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { ShareClient } from "@azure/storage-file-share";
import { all, pattern, rawHeaders, refuses, startFixture } from "./emulator-fixture.ts";

test("a copy has content, headers and metadata of its source, and tells where it came from", async (t) => {
  const { share, service } = await startFixture(t);
  const source = share.rootDirectoryClient.getFileClient("source");
  const content = pattern(5_000_000);
  await source.uploadData(content, { metadata: { a: "b" } });
  await source.resize(content.length + 1_000_000);
  await source.setHttpHeaders({ fileContentType: "text/x" });
  const other = service.getShareClient("other");
  await other.create();
  const target = other.rootDirectoryClient.getFileClient("target");
  const started = await target.startCopyFromURL(source.url);
  assert.equal(started.copyStatus, "success");
  const seen = await target.getProperties();
  assert.deepEqual([seen.contentLength, seen.contentType, seen.metadata], [content.length + 1_000_000, "text/x", { a: "b" }]);
  assert.deepEqual([seen.copyStatus, seen.copyId, seen.copySource], ["success", started.copyId, source.url]);
  assert.deepEqual((await target.downloadToBuffer()).subarray(0, content.length), content);
  assert.deepEqual((await target.getRangeList()).rangeList.length, 1, "holes stay holes");
  await refuses(target.abortCopyFromURL(started.copyId ?? ""), 409, "NoPendingCopyOperation");
});

test("a copy may come from a snapshot and take times, attributes and descriptor over", async (t) => {
  const { share } = await startFixture(t);
  const source = share.rootDirectoryClient.getFileClient("source");
  await source.create(3, {
    content: Buffer.from("old"),
    contentLength: 3,
    lastWriteTime: "2011-12-13T14:15:16.7654321Z" as never,
    creationTime: "2001-12-13T14:15:16.7654321Z" as never,
    fileAttributes: { toString: () => "Hidden" } as never,
    filePermission: "O:SYG:SYD:(A;;FA;;;WD)",
  });
  const { snapshot = "" } = await share.createSnapshot();
  await source.uploadRange("new", 0, 3);
  const frozen = share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("source");
  const target = share.rootDirectoryClient.getFileClient("target");
  await target.startCopyFromURL(frozen.url, {
    copyFileSmbInfo: {
      filePermissionCopyMode: "source",
      fileLastWriteTime: "source",
      fileCreationTime: "source",
      fileAttributes: "source",
      setArchiveAttribute: false,
    } as never,
  });
  assert.equal((await target.downloadToBuffer()).toString(), "old");
  const headers = rawHeaders(await target.getProperties());
  assert.equal(headers["x-ms-file-last-write-time"], "2011-12-13T14:15:16.7654321Z");
  assert.equal(headers["x-ms-file-creation-time"], "2001-12-13T14:15:16.7654321Z");
  assert.equal(headers["x-ms-file-attributes"], "Hidden");
  assert.equal((await share.getPermission(headers["x-ms-file-permission-key"] ?? "")).permission, "O:SYG:SYD:(A;;FA;;;WD)");
});

test("a range comes from another file, or from any server", async (t) => {
  const { share } = await startFixture(t);
  const content = pattern(4000);
  const source = share.rootDirectoryClient.getFileClient("source");
  await source.create(4000, { content, contentLength: 4000 });
  const target = share.rootDirectoryClient.getFileClient("target");
  await target.create(4000);
  await target.uploadRangeFromURL(source.url, 100, 200, 300);
  assert.deepEqual(await target.downloadToBuffer(200, 300), content.subarray(100, 400));
  const server = createServer((request, response) => {
    const [, start = 0, end = 0] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")?.map(Number) ?? [];
    if (request.method === "HEAD") response.writeHead(200, { "content-length": 4000 }).end();
    else response.writeHead(request.url === "/good" ? 206 : 403).end(content.subarray(start, end + 1));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await target.uploadRangeFromURL(`${origin}/good`, 1000, 2000, 1000);
  assert.deepEqual(await target.downloadToBuffer(2000, 1000), content.subarray(1000, 2000));
  await refuses(target.uploadRangeFromURL(`${origin}/bad`, 0, 0, 10), 404, "CannotVerifyCopySource");
  assert.deepEqual((await all(target.listRanges())).length, 2);
});

test("a source that the asker cannot read is not copied", async (t) => {
  const { share } = await startFixture(t);
  const source = share.rootDirectoryClient.getFileClient("source");
  await source.create(3, { content: Buffer.from("abc"), contentLength: 3 });
  const expiresOn = new Date(Date.now() + 3_600_000);
  const sas = async (permissions: string): Promise<string> =>
    share.generateSasUrl({ permissions: { toString: () => permissions } as never, expiresOn });
  const writer = new ShareClient(await sas("cw"));
  const target = writer.rootDirectoryClient.getFileClient("target");
  await assert.rejects(target.startCopyFromURL(source.url), { statusCode: 401 });
  const query = (await sas("r")).split("?")[1];
  assert.equal((await target.startCopyFromURL(`${source.url}?${query}`)).copyStatus, "success");
  assert.equal((await share.rootDirectoryClient.getFileClient("target").getProperties()).copySource?.includes("sig=***"), true);
  await refuses(target.startCopyFromURL(`${source.url}x?${query}`), 404, "ResourceNotFound");
});
