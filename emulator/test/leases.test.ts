import assert from "node:assert/strict";
import { test } from "node:test";
import { refuses, startFixture } from "./emulator-fixture.ts";

const MINE = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";

test("a leased file is written and deleted by who holds the lease, and read by all", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(4);
  const lease = file.getShareLeaseClient(MINE);
  assert.equal((await lease.acquireLease()).leaseId, MINE);
  const leased = { leaseAccessConditions: { leaseId: MINE } };
  const stolen = { leaseAccessConditions: { leaseId: OTHER } };
  await refuses(file.uploadRange("abcd", 0, 4), 412, "LeaseIdMissing");
  await refuses(file.uploadRange("abcd", 0, 4, stolen), 412, "LeaseIdMismatchWithFileOperation");
  await refuses(file.delete(), 412, "LeaseIdMissing");
  await refuses(file.create(4), 412, "LeaseIdMissing");
  await refuses(file.setMetadata({ a: "b" }), 412, "LeaseIdMissing");
  await file.uploadRange("abcd", 0, 4, leased);
  assert.equal((await file.downloadToBuffer()).toString(), "abcd");
  const seen = await file.getProperties();
  assert.deepEqual([seen.leaseState, seen.leaseStatus, seen.leaseDuration], ["leased", "locked", "infinite"]);
  await refuses(file.getShareLeaseClient(OTHER).acquireLease(), 409, "LeaseAlreadyPresent");
  await lease.releaseLease();
  await refuses(file.uploadRange("abcd", 0, 4, leased), 412, "LeaseNotPresentWithFileOperation");
  await file.delete();
});

test("a leased file that its holder creates anew stays leased, and a write that fails takes no lease away", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(4);
  await file.getShareLeaseClient(MINE).acquireLease();
  const leased = { leaseAccessConditions: { leaseId: MINE } };
  await refuses(file.create(4, { ...leased, filePermissionKey: "1*2" }), 400, "FileInvalidPermissionKey");
  await refuses(file.uploadRange("x", 0, 1), 412, "LeaseIdMissing");
  await file.create(8, leased);
  await refuses(file.uploadRange("x", 0, 1), 412, "LeaseIdMissing");
  await file.uploadRange("x", 7, 1, leased);
  await file.delete(leased);
  await file.create(1);
});

test("a file's lease is changed, broken at once, and taken again", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(4);
  const lease = file.getShareLeaseClient(MINE);
  await lease.acquireLease();
  assert.equal((await lease.changeLease(OTHER)).leaseId, OTHER);
  await refuses(file.getShareLeaseClient(MINE).releaseLease(), 409, "LeaseIdMismatchWithLeaseOperation");
  await lease.breakLease();
  assert.equal((await file.getProperties()).leaseState, "broken");
  await file.uploadRange("abcd", 0, 4);
  await file.getShareLeaseClient(MINE).acquireLease();
  await refuses(file.getShareLeaseClient(MINE).acquireLease(30), 400, "InvalidHeaderValue");
});

test("a leased share, and one with a leased snapshot, is not deleted by others", async (t) => {
  const { share } = await startFixture(t);
  const { snapshot = "" } = await share.createSnapshot();
  const frozen = share.withSnapshot(snapshot);
  await frozen.getShareLeaseClient(MINE).acquireLease(-1);
  assert.equal((await frozen.getProperties()).leaseState, "leased");
  assert.equal((await share.getProperties()).leaseState, "available");
  await refuses(frozen.delete(), 412, "LeaseIdMissing");
  await refuses(share.delete({ deleteSnapshots: "include" }), 409, "DeleteShareWhenSnapshotLeased");
  await frozen.delete({ leaseAccessConditions: { leaseId: MINE } });
  await share.getShareLeaseClient(OTHER).acquireLease(-1);
  await refuses(share.delete(), 412, "LeaseIdMissing");
  await share.rootDirectoryClient.getFileClient("f").create(1);
  await share.delete({ leaseAccessConditions: { leaseId: OTHER } });
});
