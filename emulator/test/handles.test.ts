import assert from "node:assert/strict";
import { test } from "node:test";
import { all, refuses, startFixture } from "./emulator-fixture.ts";

test("open handles are listed for a file, for a directory and for all below it, and closed by force", async (t) => {
  const { share, emulator } = await startFixture(t);
  await share.createDirectory("d");
  const directory = share.getDirectoryClient("d");
  for (const name of ["f", "g"]) await directory.getFileClient(name).create(1);
  const first = await emulator.openHandle({ share: "share", path: "d/f" });
  await emulator.openHandle({ share: "share", path: "d/f" });
  await emulator.openHandle({ share: "share", path: "d/g" });
  await emulator.openHandle({ share: "share", path: "d" });
  const file = directory.getFileClient("f");
  const { fileId } = await file.getProperties();
  const handles = await all(file.listHandles());
  assert.deepEqual(
    handles.map(({ path, fileId }) => [path, fileId]),
    [1, 2].map(() => ["d/f", fileId]),
  );
  assert.equal((await all(directory.listHandles())).length, 1);
  assert.equal((await all(directory.listHandles({ recursive: true }))).length, 4);
  assert.equal((await all(directory.listHandles({ recursive: true }).byPage({ maxPageSize: 3 }))).length, 2);
  assert.equal((await file.forceCloseHandle(first)).closedHandlesCount, 1);
  assert.equal((await file.forceCloseAllHandles()).closedHandlesCount, 1);
  assert.equal((await directory.forceCloseAllHandles({ recursive: true })).closedHandlesCount, 2);
  assert.deepEqual(await all(directory.listHandles({ recursive: true })), []);
});

test("what a handle denies is a sharing violation on the live tree, and nothing in a snapshot", async (t) => {
  const { share, emulator } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(4, { content: Buffer.from("abcd"), contentLength: 4 });
  const { snapshot = "" } = await share.createSnapshot();
  await emulator.openHandle({ share: "share", path: "f", denyRead: true, denyWrite: true, denyDelete: true });
  await refuses(file.download(), 409, "SharingViolation");
  await refuses(file.uploadRange("x", 0, 1), 409, "SharingViolation");
  await refuses(file.delete(), 409, "SharingViolation");
  await refuses(file.rename("g"), 409, "SharingViolation");
  await refuses(file.create(1), 409, "SharingViolation");
  const frozen = share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("f");
  assert.equal((await frozen.downloadToBuffer()).toString(), "abcd");
  await file.forceCloseAllHandles();
  assert.equal((await file.downloadToBuffer()).toString(), "abcd");
});

test("a locked range is refused, what lies beside it is not", async (t) => {
  const { share, emulator } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(100);
  await emulator.openHandle({ share: "share", path: "F", lock: { offset: 10, length: 10 } });
  await refuses(file.uploadRange("xx", 19, 2), 409, "FileLockConflict");
  await refuses(file.download(0, 11), 409, "FileLockConflict");
  await file.uploadRange("xx", 20, 2);
  await file.uploadRange("x", 9, 1);
  assert.equal((await file.downloadToBuffer(20, 2)).toString(), "xx");
});

test("a file whose deletion is pending refuses everybody, and goes with its last handle", async (t) => {
  const { share, emulator } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(1);
  const { snapshot = "" } = await share.createSnapshot();
  const handle = await emulator.openHandle({ share: "share", path: "f", deletePending: true });
  await refuses(file.getProperties(), 409, "DeletePending");
  await refuses(file.create(1), 409, "DeletePending");
  const response = await fetch(`${new URL(emulator.url).origin}/_emulator/handles?id=${handle}`, { method: "DELETE" });
  assert.equal(response.status, 204);
  await refuses(file.getProperties(), 404, "ResourceNotFound");
  assert.equal((await share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("f").getProperties()).contentLength, 1);
});

test("the control endpoint opens handles, and says what is wrong with a request for one", async (t) => {
  const { share, emulator } = await startFixture(t);
  await share.rootDirectoryClient.getFileClient("f").create(1);
  const post = async (body: unknown): Promise<Response> =>
    fetch(`${new URL(emulator.url).origin}/_emulator/handles`, { method: "POST", body: JSON.stringify(body) });
  assert.equal((await post({ share: "share", path: "f", denyRead: true })).status, 200);
  await refuses(share.rootDirectoryClient.getFileClient("f").download(), 409, "SharingViolation");
  for (const body of [
    { share: "share", path: "none" },
    { share: "share" },
    { share: "share", path: "f", denyRead: 1 },
    { share: "share", path: "f", lock: {} },
  ]) {
    assert.equal((await post(body)).status, 400, JSON.stringify(body));
  }
});
