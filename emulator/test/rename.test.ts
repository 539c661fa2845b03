import assert from "node:assert/strict";
import { test } from "node:test";
import { all, pattern, rawHeaders, refuses, startFixture } from "./emulator-fixture.ts";

test("a renamed file keeps id, content and properties; its change time moves", async (t) => {
  const { share } = await startFixture(t);
  await share.createDirectory("to");
  const file = share.rootDirectoryClient.getFileClient("from & away.txt");
  const content = pattern(3000);
  await file.create(content.length, {
    content,
    contentLength: content.length,
    metadata: { a: "b" },
    fileHttpHeaders: { fileContentType: "text/x" },
  });
  const before = rawHeaders(await file.getProperties());
  const { destinationFileClient } = await file.rename("to/new name.txt");
  const seen = await share.getDirectoryClient("to").getFileClient("new name.txt").getProperties();
  const after = rawHeaders(seen);
  for (const name of ["x-ms-file-id", "x-ms-file-creation-time", "x-ms-file-last-write-time", "content-type"])
    assert.equal(after[name], before[name], name);
  assert.ok((after["x-ms-file-change-time"] ?? "") > (before["x-ms-file-change-time"] ?? ""));
  assert.deepEqual(seen.metadata, { a: "b" });
  assert.deepEqual(await share.getDirectoryClient("to").getFileClient("new name.txt").downloadToBuffer(), content);
  assert.ok(destinationFileClient.url.includes("new%20name.txt"));
  await refuses(file.getProperties(), 404, "ResourceNotFound");
});

test("a renamed directory takes everything below it along, unchanged", async (t) => {
  const { share } = await startFixture(t);
  for (const path of ["a", "a/b", "a/b/c", "x"]) await share.createDirectory(path);
  const file = share.getDirectoryClient("a/b/c").getFileClient("f");
  await file.create(3, { content: Buffer.from("abc"), contentLength: 3 });
  const before = rawHeaders(await file.getProperties());
  const { fileId } = await share.getDirectoryClient("a/b").getProperties();
  await share.getDirectoryClient("a/b").rename("x/moved");
  const moved = share.getDirectoryClient("x/moved");
  assert.equal((await moved.getProperties()).fileId, fileId);
  const after = rawHeaders(await moved.getDirectoryClient("c").getFileClient("f").getProperties());
  for (const name of ["etag", "x-ms-file-id", "x-ms-file-parent-id", "x-ms-file-change-time"])
    assert.equal(after[name], before[name], name);
  assert.deepEqual(await all(share.getDirectoryClient("a").listFilesAndDirectories()), []);
  await refuses(moved.rename("x/moved/c/inside"), 400, "InvalidInput");
});

test("what is in the way is replaced only when asked, read-only only when told to ignore that, directories never", async (t) => {
  const { share } = await startFixture(t);
  const root = share.rootDirectoryClient;
  const [source, target] = [root.getFileClient("source"), root.getFileClient("target")];
  await source.create(3, { content: Buffer.from("new"), contentLength: 3 });
  await target.create(3, { content: Buffer.from("old"), contentLength: 3, fileAttributes: { toString: () => "ReadOnly" } as never });
  await share.createDirectory("d");
  await refuses(source.rename("target"), 409, "ResourceAlreadyExists");
  await refuses(source.rename("target", { replaceIfExists: true }), 409, "ReadOnlyAttribute");
  await refuses(source.rename("d", { replaceIfExists: true }), 409, "ResourceAlreadyExists");
  await source.rename("target", { replaceIfExists: true, ignoreReadOnly: true });
  assert.equal((await target.downloadToBuffer()).toString(), "new");
  await refuses(source.rename("other"), 404, "ResourceNotFound");
  await refuses(target.rename("none/other"), 404, "ParentNotFound");
});

test("a rename may set times and descriptor on its way", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(3);
  await file.rename("g", {
    copyFileSmbInfo: { fileLastWriteTime: "2011-12-13T14:15:16.7654321Z", fileAttributes: "Hidden" },
    filePermission: "O:SYG:SYD:(A;;FA;;;WD)",
  });
  const headers = rawHeaders(await share.rootDirectoryClient.getFileClient("g").getProperties());
  assert.equal(headers["x-ms-file-last-write-time"], "2011-12-13T14:15:16.7654321Z");
  assert.equal(headers["x-ms-file-attributes"], "Hidden");
  assert.equal((await share.getPermission(headers["x-ms-file-permission-key"] ?? "")).permission, "O:SYG:SYD:(A;;FA;;;WD)");
});
