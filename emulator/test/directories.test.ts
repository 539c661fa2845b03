import assert from "node:assert/strict";
import { test } from "node:test";
import { rawHeaders, refuses, startFixture } from "./emulator-fixture.ts";

test("a directory keeps times at 100 ns, attributes and metadata, and knows its ids", async (t) => {
  const { share } = await startFixture(t);
  const parent = share.getDirectoryClient("parent");
  const made = await parent.create();
  const directory = parent.getDirectoryClient("child");
  await directory.create({
    creationTime: "2001-02-03T04:05:06.1234567Z" as never,
    lastWriteTime: "2011-12-13T14:15:16.7654321Z" as never,
    fileAttributes: { toString: () => "Hidden|System" } as never,
    metadata: { a: "b" },
  });
  const seen = await directory.getProperties();
  const headers = rawHeaders(seen);
  assert.equal(headers["x-ms-file-creation-time"], "2001-02-03T04:05:06.1234567Z");
  assert.equal(headers["x-ms-file-last-write-time"], "2011-12-13T14:15:16.7654321Z");
  assert.equal(headers["x-ms-file-attributes"], "Hidden | System | Directory");
  assert.deepEqual(seen.metadata, { a: "b" });
  assert.equal(seen.fileParentId, made.fileId);
  const root = await share.rootDirectoryClient.getProperties();
  assert.deepEqual([root.fileId, made.fileParentId], ["0", "0"]);
  assert.ok(BigInt(made.fileId ?? 0) > 2n ** 53n, "ids do not fit into a double");
});

test("setProperties() and setMetadata() change a directory in place", async (t) => {
  const { share } = await startFixture(t);
  const directory = share.getDirectoryClient("d");
  const made = await directory.create();
  await directory.setProperties({
    lastWriteTime: "2011-12-13T14:15:16.7654321Z" as never,
    changeTime: "2012-12-13T14:15:16.0000007Z" as never,
  });
  const headers = rawHeaders(await directory.getProperties());
  assert.equal(headers["x-ms-file-last-write-time"], "2011-12-13T14:15:16.7654321Z");
  assert.equal(headers["x-ms-file-change-time"], "2012-12-13T14:15:16.0000007Z");
  assert.equal(headers["x-ms-file-id"], made.fileId);
  await directory.setMetadata({ x: "y" });
  assert.deepEqual((await directory.getProperties()).metadata, { x: "y" });
});

test("names in a directory move its write time, content of its files does not", async (t) => {
  const { share } = await startFixture(t);
  const directory = share.getDirectoryClient("d");
  await directory.create();
  const written = async (): Promise<string> => rawHeaders(await directory.getProperties())["x-ms-file-last-write-time"] ?? "";
  const first = await written();
  const file = directory.getFileClient("f");
  await file.create(4);
  const second = await written();
  assert.ok(second > first);
  await file.uploadRange("abcd", 0, 4);
  await file.setMetadata({ a: "b" });
  assert.equal(await written(), second);
  await file.delete();
  assert.ok((await written()) > second);
});

test("only an empty directory is deleted, and the root never", async (t) => {
  const { share } = await startFixture(t);
  const directory = share.getDirectoryClient("d");
  await directory.create();
  await directory.getFileClient("f").create(1);
  await refuses(directory.delete(), 409, "DirectoryNotEmpty");
  await directory.getFileClient("f").delete();
  await directory.delete();
  await refuses(directory.getProperties(), 404, "ResourceNotFound");
  await refuses(share.rootDirectoryClient.delete(), 409, "CannotDeleteFileOrDirectory");
});

test("a directory is not made twice, nor below what is missing, nor over a file", async (t) => {
  const { share } = await startFixture(t);
  await share.createDirectory("d");
  await refuses(share.getDirectoryClient("d").create(), 409, "ResourceAlreadyExists");
  await refuses(share.getDirectoryClient("D").create(), 409, "ResourceAlreadyExists");
  await refuses(share.getDirectoryClient("x/y").create(), 404, "ParentNotFound");
  await share.rootDirectoryClient.getFileClient("f").create(1);
  await refuses(share.getDirectoryClient("f").create(), 409, "ResourceAlreadyExists");
  await refuses(share.getDirectoryClient("f/g").create(), 404, "ParentNotFound");
});
