import assert from "node:assert/strict";
import { test } from "node:test";
import { all, refuses, startFixture } from "./emulator-fixture.ts";

test("a share has the properties it was made with, until they are set", async (t) => {
  const { service } = await startFixture(t);
  const share = service.getShareClient("my-share-1");
  const made = await share.create({ quota: 17, accessTier: "Hot", metadata: { team: "x", Kind: "y" } });
  const seen = await share.getProperties();
  assert.equal(seen.etag, made.etag);
  assert.deepEqual([seen.quota, seen.accessTier, seen.protocols?.smbEnabled], [17, "Hot", true]);
  assert.deepEqual(seen.metadata, { team: "x", kind: "y" });
  await share.setProperties({ quotaInGB: 18, accessTier: "Cool" });
  await share.setMetadata({ only: "this" });
  const after = await share.getProperties();
  assert.deepEqual([after.quota, after.accessTier, after.metadata], [18, "Cool", { only: "this" }]);
  assert.notEqual(after.etag, seen.etag);
  assert.equal(await share.exists(), true);
});

test("share names that the service refuses are refused, and so is a name that is taken", async (t) => {
  const { service, share } = await startFixture(t);
  for (const name of ["ab", "Upper", "two--dashes", "-start", "end-", "a_b", "x".repeat(64)]) {
    await refuses(service.getShareClient(name).create(), 400, "InvalidResourceName");
  }
  await refuses(share.create(), 409, "ShareAlreadyExists");
  await refuses(service.getShareClient("nothing-here").getProperties(), 404, "ShareNotFound");
  assert.equal(await service.getShareClient("nothing-here").exists(), false);
});

test("listShares() gives names in order, by prefix, in pages, with metadata when asked", async (t) => {
  const { service } = await startFixture(t);
  for (const name of ["b-3", "b-1", "b-2", "c-1"]) await service.getShareClient(name).create({ metadata: { n: name } });
  const names = (await all(service.listShares())).map(({ name }) => name);
  assert.deepEqual(names, ["b-1", "b-2", "b-3", "c-1", "share"]);
  const pages = await all(service.listShares({ prefix: "b-", includeMetadata: true }).byPage({ maxPageSize: 2 }));
  assert.deepEqual(
    pages.map(({ shareItems }) => shareItems?.map(({ name, metadata }) => [name, metadata])),
    [
      [
        ["b-1", { n: "b-1" }],
        ["b-2", { n: "b-2" }],
      ],
      [["b-3", { n: "b-3" }]],
    ],
  );
});

test("statistics count the bytes of the live tree", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("a");
  await file.create(1000);
  await share.rootDirectoryClient.getFileClient("b").create(234);
  assert.equal((await share.getStatistics()).shareUsageBytes, 1234);
  await file.delete();
  assert.equal((await share.getStatistics()).shareUsageBytes, 234);
});

test("a share that is deleted is gone with all it held", async (t) => {
  const { share } = await startFixture(t);
  await share.createDirectory("d");
  await share.delete();
  await refuses(share.getProperties(), 404, "ShareNotFound");
  await refuses(share.getDirectoryClient("d").getProperties(), 404, "ShareNotFound");
  await share.create();
  assert.deepEqual(await all(share.rootDirectoryClient.listFilesAndDirectories()), []);
});

test("stored access policies come back as they were set", async (t) => {
  const { share } = await startFixture(t);
  const startsOn = new Date("2026-01-02T03:04:05Z");
  const expiresOn = new Date("2027-01-02T03:04:05Z");
  await share.setAccessPolicy([
    { id: "first", accessPolicy: { startsOn, expiresOn, permissions: "rl" } },
    { id: "second", accessPolicy: { expiresOn, permissions: "rwdl" } as never },
  ]);
  const { signedIdentifiers } = await share.getAccessPolicy();
  assert.deepEqual(
    signedIdentifiers.map(({ id, accessPolicy }) => [id, accessPolicy?.startsOn, accessPolicy?.expiresOn, accessPolicy?.permissions]),
    [
      ["first", startsOn, expiresOn, "rl"],
      ["second", undefined, expiresOn, "rwdl"],
    ],
  );
  await share.setAccessPolicy([]);
  assert.deepEqual((await share.getAccessPolicy()).signedIdentifiers, []);
});
