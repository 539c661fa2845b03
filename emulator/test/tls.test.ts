import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { SASProtocol, ShareClient, ShareSASPermissions, ShareServiceClient } from "@azure/storage-file-share";
import { makeCertificate } from "./support/certificate.ts";
import { startEmulatorProcess } from "./support/emulator-process.ts";
import { tempFolder } from "./support/temp-folder.ts";

test("the SDK believes the emulator with a certificate, and may then send bearer tokens", async (context) => {
  await using folder = await tempFolder();
  const made = await makeCertificate(folder.path);
  if (made === undefined) {
    context.skip("there is no openssl to make a certificate with");
    return;
  }
  const { cert, key } = made;
  const tlsOptions = { ca: await readFile(cert, "utf8") };
  await using emulator = await startEmulatorProcess(
    "--location",
    join(folder.path, "store"),
    "--cert",
    cert,
    "--cert-key",
    key,
    "--bearer",
  );
  assert.match(emulator.url, /^https:/);
  const token = { token: "anything", expiresOnTimestamp: Date.now() + 3_600_000 };
  // The SDK hands what it does not know on to its HTTP client.
  const options = { fileRequestIntent: "backup", tlsOptions } as const;
  const bearer = new ShareServiceClient(emulator.url, { getToken: async () => token }, options);
  await bearer.getShareClient("made").create();
  await bearer.getShareClient("made").getDirectoryClient("folder").create();
  const owner = ShareServiceClient.fromConnectionString(emulator.connectionString, options);
  const share = owner.getShareClient("made");
  assert.equal(await share.getDirectoryClient("folder").exists(), true);
  const permissions = ShareSASPermissions.parse("l");
  const sas = share.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 3_600_000), protocol: SASProtocol.Https });
  assert.match(sas, /^https:.*spr=https&/);
  const names: string[] = [];
  for await (const { name } of new ShareClient(sas, undefined, options).rootDirectoryClient.listFilesAndDirectories()) names.push(name);
  assert.deepEqual(names, ["folder"]);
});
