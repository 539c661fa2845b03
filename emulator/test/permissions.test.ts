import assert from "node:assert/strict";
import { test } from "node:test";
import { refuses, startFixture } from "./emulator-fixture.ts";

const FIRST =
  "O:S-1-5-21-2127521184-1604012920-1887927527-21560751G:S-1-5-21-2127521184-1604012920-1887927527-513D:AI(A;;FA;;;SY)(A;;0x1301bf;;;BU)";
const SECOND = "O:SYG:SYD:PAI(A;OICI;FA;;;BA)(D;;FW;;;WD)S:AI(AU;SA;FA;;;WD)";

test("descriptors have a key of their own, equal ones the same, and come back as text", async (t) => {
  const { share, service } = await startFixture(t);
  const first = (await share.createPermission(FIRST)).filePermissionKey ?? "";
  const second = (await share.createPermission(SECOND)).filePermissionKey ?? "";
  assert.notEqual(first, second);
  assert.equal((await share.createPermission(FIRST)).filePermissionKey, first);
  assert.equal((await share.getPermission(first)).permission, FIRST);
  assert.equal((await share.getPermission(second)).permission, SECOND);
  const other = service.getShareClient("other");
  await other.create();
  await refuses(other.getPermission(first), 400, "FileInvalidPermissionKey");
});

test("binary descriptors come back as they were given", async (t) => {
  const { share } = await startFixture(t);
  const permission = Buffer.from("any bytes at all").toString("base64");
  const { filePermissionKey = "" } = await share.createPermission({ permission, format: "Binary" } as never);
  const seen = await share.getPermission(filePermissionKey, { filePermissionFormat: "Binary" });
  assert.equal(seen.permission, permission);
});

test("files and directories get a descriptor by text, by key, or from their directory", async (t) => {
  const { share } = await startFixture(t);
  const key = (await share.createPermission(SECOND)).filePermissionKey ?? "";
  const directory = share.getDirectoryClient("d");
  await directory.create({ filePermission: FIRST });
  const inherits = directory.getFileClient("inherits");
  const byKey = directory.getFileClient("by-key");
  await inherits.create(1);
  await byKey.create(1, { filePermissionKey: key });
  const keyOf = async (client: { getProperties(): Promise<{ filePermissionKey?: string }> }): Promise<string> =>
    (await client.getProperties()).filePermissionKey ?? "";
  const directoryKey = await keyOf(directory);
  assert.equal((await share.getPermission(directoryKey)).permission, FIRST);
  assert.equal(await keyOf(inherits), directoryKey);
  assert.equal(await keyOf(byKey), key);
  await inherits.setProperties({ filePermissionKey: key });
  assert.equal(await keyOf(inherits), key);
  await inherits.setProperties({ filePermission: FIRST });
  assert.equal(await keyOf(inherits), directoryKey);
  await inherits.setHttpHeaders({ fileContentType: "text/x" });
  assert.equal(await keyOf(inherits), directoryKey, "what is not sent stays");
});

test("the root of a new share has a descriptor, and what is made in it the same", async (t) => {
  const { share } = await startFixture(t);
  const file = share.rootDirectoryClient.getFileClient("f");
  await file.create(1);
  const key = (await share.rootDirectoryClient.getProperties()).filePermissionKey ?? "";
  assert.match(key, /^\d+\*\d+$/);
  assert.equal((await file.getProperties()).filePermissionKey, key);
  assert.match((await share.getPermission(key)).permission ?? "", /^O:SYG:SYD:/);
});

test("a descriptor of more than 8 KiB goes through the share, not through a header", async (t) => {
  const { share } = await startFixture(t);
  const long = `O:SYG:SYD:${"(A;OICI;FA;;;S-1-5-21-2127521184-1604012920-1887927527-21560751)".repeat(200)}`;
  const file = share.rootDirectoryClient.getFileClient("f");
  await refuses(file.create(1, { filePermission: long }), 400, "InvalidHeaderValue");
  const { filePermissionKey = "" } = await share.createPermission(long);
  await file.create(1, { filePermissionKey });
  assert.equal((await share.getPermission(filePermissionKey)).permission, long);
});

test("what is no descriptor and no key is refused", async (t) => {
  const { share } = await startFixture(t);
  await refuses(share.createPermission("hello"), 400, "FileInvalidPermission");
  const file = share.rootDirectoryClient.getFileClient("f");
  await refuses(file.create(1, { filePermission: "O:SY(" }), 400, "FileInvalidPermission");
  await refuses(file.create(1, { filePermissionKey: "1*2" }), 400, "FileInvalidPermissionKey");
});
