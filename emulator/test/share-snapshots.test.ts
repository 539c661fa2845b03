import assert from "node:assert/strict";
import { test } from "node:test";
import { all, pattern, rawBody, refuses, startFixture } from "./emulator-fixture.ts";

test("a snapshot shows content, properties and names as they were, whatever happens to the live tree", async (t) => {
  const { share } = await startFixture(t);
  const directory = share.getDirectoryClient("Dir");
  await directory.create({ metadata: { v: "1" } });
  const [kept, changed, removed] = ["kept", "changed", "removed"].map((name) => directory.getFileClient(name));
  assert.ok(kept && changed && removed);
  const [one, two] = [pattern(3000, 1), pattern(3000, 2)];
  for (const file of [kept, changed, removed]) {
    await file.create(one.length, { metadata: { v: "1" } });
    await file.uploadRange(one, 0, one.length);
  }
  const before = await changed.getProperties();
  const { snapshot } = await share.createSnapshot();
  assert.match(snapshot ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);

  await changed.uploadRange(two, 0, two.length);
  await changed.setMetadata({ v: "2" });
  await removed.delete();
  await kept.rename("Dir/moved");
  await directory.getFileClient("fresh").create(1);
  await directory.setMetadata({ v: "2" });

  const frozen = share.withSnapshot(snapshot ?? "").getDirectoryClient("Dir");
  const names = (await all(frozen.listFilesAndDirectories())).map(({ name }) => name);
  assert.deepEqual(names, ["changed", "kept", "removed"]);
  for (const name of names) assert.deepEqual(await frozen.getFileClient(name).downloadToBuffer(), one);
  const after = await frozen.getFileClient("changed").getProperties();
  assert.deepEqual([after.etag, after.lastModified, after.fileChangeOn], [before.etag, before.lastModified, before.fileChangeOn]);
  assert.deepEqual(after.metadata, { v: "1" });
  assert.deepEqual((await frozen.getProperties()).metadata, { v: "1" });
  await refuses(frozen.getFileClient("fresh").getProperties(), 404, "ResourceNotFound");
  assert.deepEqual(await changed.downloadToBuffer(), two);
  const live = (await all(directory.listFilesAndDirectories())).map(({ name }) => name);
  assert.deepEqual(live, ["changed", "fresh", "moved"]);
});

test("a listing of a snapshot says which one it is", async (t) => {
  const { share } = await startFixture(t);
  const { snapshot } = await share.createSnapshot();
  const pages = await all(
    share
      .withSnapshot(snapshot ?? "")
      .rootDirectoryClient.listFilesAndDirectories()
      .byPage(),
  );
  const body = pages.map((page) => rawBody(page as never)).join("");
  assert.ok(body.includes(` ShareSnapshot="${snapshot}"`), body);
});

test("snapshots are listed before their share, have their own metadata, and cannot be written to", async (t) => {
  const { service, share } = await startFixture(t);
  await share.setMetadata({ of: "share" });
  const first = await share.createSnapshot();
  const second = await share.createSnapshot({ metadata: { of: "snapshot" } });
  const items = await all(service.listShares({ includeSnapshots: true, includeMetadata: true }));
  assert.deepEqual(
    items.map(({ name, snapshot, metadata }) => [name, snapshot, metadata]),
    [
      ["share", first.snapshot, { of: "share" }],
      ["share", second.snapshot, { of: "snapshot" }],
      ["share", undefined, { of: "share" }],
    ],
  );
  const frozen = share.withSnapshot(first.snapshot ?? "");
  assert.deepEqual((await frozen.getProperties()).metadata, { of: "share" });
  await refuses(frozen.getDirectoryClient("d").create(), 409, "ShareSnapshotOperationNotSupported");
  await refuses(share.withSnapshot("2020-01-01T00:00:00.0000000Z").getProperties(), 404, "ShareSnapshotNotFound");
  await refuses(share.withSnapshot("2020-01-01T00:00:00.0000000Z").rootDirectoryClient.getProperties(), 404, "ShareSnapshotNotFound");
});

test("deleting one snapshot leaves the others and the live tree alone", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  const snapshots: string[] = [];
  const contents = [1, 2, 3, 4].map((seed) => pattern(2000, seed));
  for (const content of contents) {
    await file.create(content.length);
    await file.uploadRange(content, 0, content.length);
    snapshots.push((await share.createSnapshot()).snapshot ?? "");
  }
  const [a = "", b = "", c = "", d = ""] = snapshots;
  await share.withSnapshot(b).delete();
  await share.withSnapshot(a).delete();
  await refuses(share.withSnapshot(b).getProperties(), 404, "ShareSnapshotNotFound");
  for (const [snapshot, content] of [
    [c, contents[2]],
    [d, contents[3]],
  ] as const) {
    assert.deepEqual(await share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("f").downloadToBuffer(), content);
  }
  assert.deepEqual(await file.downloadToBuffer(), contents[3]);
});

test("a share with snapshots is deleted only together with them", async (t) => {
  const { share } = await startFixture(t);
  await share.createSnapshot();
  await refuses(share.delete(), 409, "ShareHasSnapshots");
  await share.delete({ deleteSnapshots: "include" });
  await refuses(share.getProperties(), 404, "ShareNotFound");
});

test("a share has 200 snapshots and not one more", async (t) => {
  const { share } = await startFixture(t);
  const first = await share.createSnapshot();
  for (let count = 1; count < 200; count += 1) await share.createSnapshot();
  await refuses(share.createSnapshot(), 409, "ShareSnapshotCountExceeded");
  await share.withSnapshot(first.snapshot ?? "").delete();
  await share.createSnapshot();
});
