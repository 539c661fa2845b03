import assert from "node:assert/strict";
import { test } from "node:test";
import type { ShareClient } from "@azure/storage-file-share";
import { all, rawHeaders, refuses, startFixture, type Fixture } from "./emulator-fixture.ts";

async function nfsShare({ service }: Fixture): Promise<ShareClient> {
  const share = service.getShareClient("nfs");
  await share.create({ protocols: { nfsEnabled: true }, rootSquash: "RootSquash" });
  return share;
}

test("an NFS share has owner, group and mode in the place of attributes and descriptors", async (t) => {
  const share = await nfsShare(await startFixture(t));
  const properties = await share.getProperties();
  assert.deepEqual([properties.protocols?.nfsEnabled, properties.rootSquash], [true, "RootSquash"]);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(1, { posixProperties: { owner: "1000", group: "100", fileMode: mode(0o2751) } });
  const seen = await file.getProperties();
  assert.deepEqual(
    [seen.posixProperties?.owner, seen.posixProperties?.group, seen.posixProperties?.fileType, seen.posixProperties?.linkCount],
    ["1000", "100", "Regular", 1],
  );
  const headers = rawHeaders(seen);
  assert.equal(headers["x-ms-mode"], "2751");
  assert.deepEqual([headers["x-ms-file-attributes"], headers["x-ms-file-permission-key"]], [undefined, undefined]);
  await file.setProperties({ posixProperties: { owner: "7", group: "8", fileMode: mode(0o600) } });
  const after = rawHeaders(await file.getProperties());
  assert.deepEqual([after["x-ms-owner"], after["x-ms-group"], after["x-ms-mode"]], ["7", "8", "0600"]);
  const directory = share.getDirectoryClient("d");
  await directory.create({ posixProperties: { owner: "5", group: "6", fileMode: mode(0o1777) } });
  const inside = rawHeaders(await directory.getProperties());
  assert.deepEqual([inside["x-ms-owner"], inside["x-ms-mode"], inside["x-ms-file-file-type"]], ["5", "1777", "Directory"]);
});

/** The SDK's shape of a mode. */
function mode(bits: number): never {
  const role = (value: number): object => ({ read: (value & 4) !== 0, write: (value & 2) !== 0, execute: (value & 1) !== 0 });
  const [owner, group, other] = [role(bits >> 6), role((bits >> 3) & 7), role(bits & 7)];
  return {
    owner,
    group,
    other,
    effectiveUserIdentity: (bits & 0o4000) !== 0,
    effectiveGroupIdentity: (bits & 0o2000) !== 0,
    stickyBit: (bits & 0o1000) !== 0,
  } as never;
}

test("names on an NFS share differ by case", async (t) => {
  const share = await nfsShare(await startFixture(t));
  const root = share.rootDirectoryClient;
  for (const name of ["name", "NAME", "Name:with?*"]) await root.getFileClient(name).create(name.length);
  assert.deepEqual(
    (await all(root.listFilesAndDirectories())).map(({ name }) => name),
    ["NAME", "Name:with?*", "name"],
  );
  assert.equal((await root.getFileClient("NAME").getProperties()).contentLength, 4);
  await refuses(root.getFileClient("nAME").getProperties(), 404, "ResourceNotFound");
});

test("a symbolic link holds its text and is not followed", async (t) => {
  const share = await nfsShare(await startFixture(t));
  const link = share.rootDirectoryClient.getFileClient("link");
  const text = encodeURIComponent("../any where/ü");
  await link.createSymbolicLink(text, { owner: "3", group: "4" });
  assert.equal((await link.getSymbolicLink()).linkText, text);
  const headers = rawHeaders(await link.getProperties());
  assert.deepEqual([headers["x-ms-file-file-type"], headers["x-ms-owner"]], ["SymLink", "3"]);
  const { snapshot = "" } = await share.createSnapshot();
  await link.delete();
  const frozen = share.withSnapshot(snapshot).rootDirectoryClient.getFileClient("link");
  assert.equal((await frozen.getSymbolicLink()).linkText, text);
});

test("hard links are names of one file: content, id and count are shared until the last is gone", async (t) => {
  const share = await nfsShare(await startFixture(t));
  await share.createDirectory("d");
  const file = share.rootDirectoryClient.getFileClient("one");
  await file.create(3, { content: Buffer.from("abc"), contentLength: 3 });
  const other = share.getDirectoryClient("d").getFileClient("two");
  await other.createHardLink("one");
  const [a, b] = [rawHeaders(await file.getProperties()), rawHeaders(await other.getProperties())];
  assert.deepEqual([a["x-ms-link-count"], b["x-ms-link-count"]], ["2", "2"]);
  assert.equal(a["x-ms-file-id"], b["x-ms-file-id"]);
  await other.uploadRange("xyz", 0, 3);
  assert.equal((await file.downloadToBuffer()).toString(), "xyz");
  await file.delete();
  assert.equal(rawHeaders(await other.getProperties())["x-ms-link-count"], "1");
  assert.equal((await other.downloadToBuffer()).toString(), "xyz");
  await refuses(share.rootDirectoryClient.getFileClient("three").createHardLink("gone"), 404, "ResourceNotFound");
});

test("an SMB share has no links", async (t) => {
  const { share } = await startFixture(t);
  const link = share.rootDirectoryClient.getFileClient("link");
  await refuses(link.createSymbolicLink("x"), 409, "FeatureNotSupportedForProtocol");
  await refuses(link.createHardLink("x"), 409, "FeatureNotSupportedForProtocol");
});
