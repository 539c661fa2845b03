import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageSharedKeyCredential, ShareServiceClient } from "@azure/storage-file-share";
import { all, rawBody, refuses, startFixture, type Fixture } from "./emulator-fixture.ts";

async function names({ share }: Pick<Fixture, "share">): Promise<readonly string[]> {
  return (await all(share.rootDirectoryClient.listFilesAndDirectories())).map(({ name }) => name);
}

test("names are found whatever their case, and keep the one they were given", async (t) => {
  const fixture = await startFixture(t);
  const root = fixture.share.rootDirectoryClient;
  const made = await root.getFileClient("Grüße.TXT").create(3);
  assert.equal((await root.getFileClient("GRÜßE.txt").getProperties()).fileId, made.fileId);
  await refuses(root.getFileClient("GRÜSSE.txt").getProperties(), 404, "ResourceNotFound");
  assert.deepEqual(await names(fixture), ["Grüße.TXT"]);
  await root.getFileClient("Grüße.TXT").rename("grüße.txt");
  assert.deepEqual(await names(fixture), ["grüße.txt"]);
});

test("trailing dots fall off unless the client keeps them", async (t) => {
  const fixture = await startFixture(t);
  const { emulator, share } = fixture;
  const credential = new StorageSharedKeyCredential(emulator.account, emulator.key);
  const keeping = new ShareServiceClient(emulator.url, credential, { allowTrailingDot: true, allowSourceTrailingDot: true });
  const plain = share.rootDirectoryClient.getFileClient("a");
  const dotted = keeping.getShareClient("share").rootDirectoryClient.getFileClient("a.");
  await plain.create(1);
  await dotted.create(2);
  assert.deepEqual(await names(fixture), ["a", "a."]);
  assert.equal((await dotted.getProperties()).contentLength, 2);
  assert.equal((await share.rootDirectoryClient.getFileClient("a...").getProperties()).contentLength, 1);
});

test("names with everything a URL and XML have words for come back as they were", async (t) => {
  const fixture = await startFixture(t);
  const wanted = [
    "a&b;'<c>".replace(/[<>]/g, "_"),
    "ein Leer zeichen",
    "100%25",
    "plus+plus",
    "#hash",
    "日本語",
    "😀",
    "q=1&r=[]{}^~`@!$()",
    " lead",
  ];
  for (const name of wanted) await fixture.share.rootDirectoryClient.getFileClient(name).create(1);
  assert.deepEqual([...(await names(fixture))].sort(), [...wanted].sort());
  for (const name of wanted) assert.equal((await fixture.share.rootDirectoryClient.getFileClient(name).getProperties()).contentLength, 1);
});

test("names that XML cannot carry are listed encoded", async (t) => {
  const { share } = await startFixture(t);
  const name = "odd\uFFFEname\uFFFF";
  await share.createDirectory(name);
  await share.getDirectoryClient(name).getFileClient("in").create(1);
  const [page] = await all(share.rootDirectoryClient.listFilesAndDirectories().byPage());
  const body = rawBody(page as never);
  assert.ok(body.includes('<Name Encoded="true">odd%EF%BF%BEname%EF%BF%BF</Name>'), body);
  assert.deepEqual(
    page?.segment.directoryItems.map((item) => item.name),
    [name],
  );
  const [inner] = await all(share.getDirectoryClient(name).listFilesAndDirectories().byPage());
  assert.match(rawBody(inner as never), /DirectoryPath="odd%EF%BF%BEname%EF%BF%BF" Encoded="true"/);
});

test("names that the service refuses are refused", async (t) => {
  const { share } = await startFixture(t);
  for (const name of ["a:b", "a|b", "a<b", "a>b", "a*b", "a?b", 'a"b', "a\u0001b", "x".repeat(256)]) {
    await refuses(share.rootDirectoryClient.getFileClient(name).create(1), 400, "InvalidFileOrDirectoryPathName");
  }
  await share.rootDirectoryClient.getFileClient("x".repeat(255)).create(1);
  const deep = Array.from({ length: 251 }, () => "d").join("/");
  await refuses(share.getDirectoryClient(deep).create(), 400, "InvalidFileOrDirectoryPathName");
  const long = Array.from({ length: 9 }, () => "y".repeat(240)).join("/");
  await refuses(share.getDirectoryClient(long).create(), 400, "InvalidFileOrDirectoryPathName");
});
