import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AccountSASPermissions,
  FileSASPermissions,
  ShareClient,
  ShareFileClient,
  ShareSASPermissions,
  ShareServiceClient,
  StorageSharedKeyCredential,
  type ShareDirectoryClient,
} from "@azure/storage-file-share";
import { refuses, startFixture, type Fixture } from "./emulator-fixture.ts";

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
const ONE_TRY = { retryOptions: { maxTries: 1 } };

/** The share of a fixture under a signature for it. */
function withShareSas({ share }: Fixture, permissions: string, expiresOn = inAnHour()): ShareDirectoryClient {
  const url = share.generateSasUrl({ permissions: ShareSASPermissions.parse(permissions), expiresOn });
  return new ShareClient(url, undefined, ONE_TRY).rootDirectoryClient;
}

async function withFile(context: Parameters<typeof startFixture>[0], name: string): Promise<Fixture> {
  const fixture = await startFixture(context);
  const file = fixture.share.rootDirectoryClient.getFileClient(name);
  await file.create(2);
  await file.uploadRange("hi", 0, 2);
  return fixture;
}

test("a signature to read and list does that and nothing else", async (context) => {
  const root = withShareSas(await withFile(context, "f.txt"), "rl");
  const file = root.getFileClient("f.txt");
  assert.equal((await file.downloadToBuffer()).toString(), "hi");
  assert.equal((await root.listFilesAndDirectories().next()).done, false);
  for (const write of [
    () => file.delete(),
    () => file.uploadRange("ho", 0, 2),
    () => root.createSubdirectory("d"),
    () => file.setMetadata({ a: "b" }),
  ]) {
    await refuses(write(), 403, "AuthorizationPermissionMismatch");
  }
  assert.equal((await file.downloadToBuffer()).toString(), "hi");
});

test("a signature to create makes new files and does not touch those that are there", async (context) => {
  const fixture = await withFile(context, "f.txt");
  const root = withShareSas(fixture, "c");
  await root.createSubdirectory("d");
  await root.getFileClient("new.txt").create(1, { content: Buffer.from("x"), contentLength: 1 });
  await refuses(root.getFileClient("f.txt").create(1), 403, "AuthorizationPermissionMismatch");
  await refuses(root.getFileClient("new.txt").downloadToBuffer(0, 1), 403, "AuthorizationPermissionMismatch");
  const file = fixture.share.rootDirectoryClient.getFileClient("f.txt");
  assert.equal((await file.downloadToBuffer()).toString(), "hi");
});

test("an expired signature, one that is not valid yet and a changed one are no signatures", async (context) => {
  const fixture = await withFile(context, "f.txt");
  await refuses(
    withShareSas(fixture, "r", new Date(Date.now() - 1000))
      .getFileClient("f.txt")
      .downloadToBuffer(0, 1),
    403,
    "AuthenticationFailed",
  );
  const permissions = ShareSASPermissions.parse("r");
  const early = fixture.share.generateSasUrl({ permissions, startsOn: inAnHour(), expiresOn: new Date(Date.now() + 7_200_000) });
  await refuses(
    new ShareClient(early, undefined, ONE_TRY).rootDirectoryClient.getFileClient("f.txt").downloadToBuffer(0, 1),
    403,
    "AuthenticationFailed",
  );
  const changed = fixture.share.generateSasUrl({ permissions, expiresOn: inAnHour() }).replace("sp=r", "sp=rw");
  await refuses(
    new ShareClient(changed, undefined, ONE_TRY).rootDirectoryClient.getFileClient("f.txt").downloadToBuffer(0, 1),
    403,
    "AuthenticationFailed",
  );
});

test("a signature for one file reaches that file alone", async (context) => {
  const { share } = await withFile(context, "f.txt");
  const url = share.rootDirectoryClient
    .getFileClient("f.txt")
    .generateSasUrl({ permissions: FileSASPermissions.parse("r"), expiresOn: inAnHour() });
  assert.equal((await new ShareFileClient(url, undefined, ONE_TRY).downloadToBuffer()).toString(), "hi");
  const other = url.replace("f.txt", "g.txt");
  await refuses(new ShareFileClient(other, undefined, ONE_TRY).downloadToBuffer(0, 1), 403, "AuthenticationFailed");
});

test("an account signature is kept to its resource types, and its holder cannot change policies", async (context) => {
  const { service } = await withFile(context, "f.txt");
  const of = (resourceTypes: string): ShareServiceClient => {
    const sas = service.generateAccountSasUrl(inAnHour(), AccountSASPermissions.parse("rwdlc"), resourceTypes);
    return new ShareServiceClient(sas, undefined, ONE_TRY);
  };
  assert.ok((await of("o").getShareClient("share").rootDirectoryClient.getFileClient("f.txt").getProperties()).contentLength === 2);
  await refuses(
    of("o")
      .createShare("other")
      .then((made) => made.shareClient),
    403,
    "AuthorizationResourceTypeMismatch",
  );
  await refuses(of("co").listShares().next(), 403, "AuthorizationResourceTypeMismatch");
  await refuses(of("sco").getShareClient("share").setAccessPolicy([]), 403, "AuthorizationFailure");
});

test("a stored access policy gives a signature its rights, and takes them away", async (context) => {
  const { share } = await withFile(context, "f.txt");
  const accessPolicy = { startsOn: new Date(Date.now() - 60_000), expiresOn: inAnHour(), permissions: "r" };
  await share.setAccessPolicy([{ id: "readers", accessPolicy }]);
  const url = share.generateSasUrl({ identifier: "readers" });
  const file = new ShareClient(url, undefined, ONE_TRY).rootDirectoryClient.getFileClient("f.txt");
  assert.equal((await file.downloadToBuffer()).toString(), "hi");
  await refuses(file.delete(), 403, "AuthorizationPermissionMismatch");
  await share.setAccessPolicy([]);
  await refuses(file.downloadToBuffer(0, 1), 403, "AuthenticationFailed");
});

test("a wrong key is refused, and so is a clock that is more than 15 minutes off", async (context) => {
  let offMs = 0;
  const { emulator, service } = await startFixture(context, { nowMs: () => Date.now() + offMs });
  const wrong = new StorageSharedKeyCredential(emulator.account, Buffer.from("wrong").toString("base64"));
  await refuses(new ShareServiceClient(emulator.url, wrong, ONE_TRY).listShares().next(), 403, "AuthenticationFailed");
  offMs = 14 * 60_000;
  assert.equal((await service.listShares().next()).done, false);
  offMs = 16 * 60_000;
  await refuses(service.listShares().next(), 403, "AuthenticationFailed");
});

test("the open bearer mode believes any token with backup intent, and no other mode does", async (context) => {
  const { emulator } = await startFixture(context, { bearer: "open" });
  const ask = (url: string, more: Record<string, string>): Promise<Response> =>
    fetch(`${url}/share?restype=directory&comp=list`, { headers: { authorization: "Bearer any", "x-ms-version": "2025-05-05", ...more } });
  assert.equal((await ask(emulator.url, { "x-ms-file-request-intent": "backup" })).status, 200);
  const without = await ask(emulator.url, {});
  assert.deepEqual([without.status, without.headers.get("x-ms-error-code")], [400, "MissingRequiredHeader"]);
  const { emulator: closed } = await startFixture(context);
  assert.equal((await ask(closed.url, { "x-ms-file-request-intent": "backup" })).status, 403);
  const anonymous = await fetch(`${closed.url}/share?restype=share`, { headers: { "x-ms-version": "2025-05-05" } });
  assert.equal(anonymous.status, 401);
  assert.match(anonymous.headers.get("www-authenticate") ?? "", /^Bearer/);
});
