import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "../../test/support/object-store-suite.ts";
import { EMULATOR_ACCOUNT, EMULATOR_KEY } from "../shared/azure-account.ts";
import type { AzureBlobSpec } from "./azure-blob/azure-spec.ts";
import { describeLocation, parseLocation } from "./location.ts";

const SAS = "sv=2025-11-05&sr=c&sp=rcl&sig=SeCrEt%2Bsignature%3D";
const KEY = "c2VjcmV0LWtleQ==";

function azure(text: string, env: Readonly<Record<string, string | undefined>> = {}): AzureBlobSpec {
  const spec = parseLocation(text, env);
  assert.equal(spec.kind, "azure-blob");
  return spec;
}

test("parseLocation() makes paths absolute", () => {
  assert.deepEqual(parseLocation("./dir", {}), { kind: "local", path: resolve("dir") });
  assert.deepEqual(parseLocation("dir/sub", {}), { kind: "local", path: resolve("dir/sub") });
  assert.deepEqual(parseLocation("/srv/repo/", {}), { kind: "local", path: "/srv/repo" });
  assert.deepEqual(parseLocation("./a:b", {}), { kind: "local", path: resolve("a:b") });
  assert.deepEqual(parseLocation("file:/srv/repo", {}), { kind: "local", path: "/srv/repo" });
  assert.deepEqual(parseLocation("file:///srv/my%20repo", {}), { kind: "local", path: "/srv/my repo" });
});

test("parseLocation() reads az:// with a key from the environment", () => {
  assert.deepEqual(parseLocation("az://acct/backup/a/b", { AZURE_STORAGE_KEY: KEY }), {
    kind: "azure-blob",
    account: "acct",
    serviceUrl: "https://acct.blob.core.windows.net",
    container: "backup",
    prefix: "a/b/",
    credential: { kind: "key", key: KEY },
  });
});

test("parseLocation() reads azure:container:/prefix with the account from the environment, under all its names", () => {
  for (const env of [
    { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_KEY: KEY },
    { AZURE_ACCOUNT_NAME: "acct", AZURE_ACCOUNT_KEY: KEY },
  ]) {
    const spec = azure("azure:backup:/a", env);
    assert.deepEqual([spec.account, spec.container, spec.prefix, spec.credential], ["acct", "backup", "a/", { kind: "key", key: KEY }]);
  }
  assert.equal(azure("azure:backup", { AZURE_STORAGE_ACCOUNT: "acct" }).prefix, "");
  assert.equal(
    azure("azure:backup:/", { AZURE_STORAGE_ACCOUNT: "acct", AZURE_ENDPOINT_SUFFIX: "core.chinacloudapi.cn" }).serviceUrl,
    "https://acct.blob.core.chinacloudapi.cn",
  );
  assert.throws(() => parseLocation("azure:backup:/a", {}), hasCode("E_CONFIG"));
});

test("parseLocation() reads service URLs, path-style ones and custom hosts", () => {
  const plain = azure("https://acct.blob.core.windows.net/backup/a%20b/c/");
  assert.deepEqual(
    [plain.account, plain.serviceUrl, plain.container, plain.prefix],
    ["acct", "https://acct.blob.core.windows.net", "backup", "a b/c/"],
  );
  const emulator = azure("http://127.0.0.1:10000/devstoreaccount1/backup/x");
  assert.deepEqual(
    [emulator.account, emulator.serviceUrl, emulator.prefix],
    [EMULATOR_ACCOUNT, "http://127.0.0.1:10000/devstoreaccount1", "x/"],
  );
  assert.deepEqual(emulator.credential, { kind: "key", key: EMULATOR_KEY });
  const custom = azure("https://backup.example.com/box", { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_KEY: KEY });
  assert.deepEqual([custom.account, custom.serviceUrl, custom.credential.kind], ["acct", "https://backup.example.com", "key"]);
  assert.throws(() => parseLocation("https://backup.example.com/box", {}), hasCode("E_CONFIG"));
});

test("parseLocation() tells that a proxy is named, whichever way", () => {
  for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]) {
    const env = { [name]: "http://proxy:3128", AZURE_STORAGE_KEY: KEY };
    assert.equal(azure("az://acct/backup", env).proxied, true);
    const text = `AccountName=acct;AccountKey=${KEY}`;
    assert.equal(azure("azure:backup", { [name]: "http://proxy:3128", AZURE_STORAGE_CONNECTION_STRING: text }).proxied, true);
  }
  assert.equal(azure("az://acct/backup", { HTTPS_PROXY: "", AZURE_STORAGE_KEY: KEY }).proxied, undefined);
});

test("parseLocation() takes account, endpoint and credential from a connection string", () => {
  const standard = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.usgovcloudapi.net`;
  assert.deepEqual(azure("azure:backup:/a", { AZURE_STORAGE_CONNECTION_STRING: standard }), {
    kind: "azure-blob",
    account: "acct",
    serviceUrl: "https://acct.blob.core.usgovcloudapi.net",
    container: "backup",
    prefix: "a/",
    credential: { kind: "key", key: KEY },
  });
  const endpoint = { AZURE_STORAGE_CONNECTION_STRING: `BlobEndpoint=https://acct.blob.core.windows.net/;SharedAccessSignature=${SAS}` };
  assert.deepEqual(azure("azure:backup", endpoint).credential, { kind: "sas", sas: SAS });
  assert.equal(
    azure("azure:backup", { AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true" }).serviceUrl,
    "http://127.0.0.1:10000/devstoreaccount1",
  );
  const azurite = `AccountName=devstoreaccount1;AccountKey=${KEY};BlobEndpoint=http://127.0.0.1:7777/devstoreaccount1`;
  assert.equal(
    azure("az://devstoreaccount1/backup", { AZURE_STORAGE_CONNECTION_STRING: azurite }).serviceUrl,
    "http://127.0.0.1:7777/devstoreaccount1",
  );
  assert.throws(() => parseLocation("azure:backup", { AZURE_STORAGE_CONNECTION_STRING: `AccountKey=${KEY}` }), hasCode("E_CONFIG"));
});

test("parseLocation() orders credentials: location, connection string, key, SAS, identity", () => {
  const env = { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_KEY: KEY, AZURE_STORAGE_SAS_TOKEN: `?${SAS}` };
  assert.deepEqual(azure(`az://acct/backup?${SAS}`, env).credential, { kind: "sas", sas: SAS });
  assert.deepEqual(azure("az://acct/backup", env).credential, { kind: "key", key: KEY });
  assert.deepEqual(azure("az://acct/backup", { AZURE_STORAGE_SAS_TOKEN: `?${SAS}` }).credential, { kind: "sas", sas: SAS });
  assert.deepEqual(azure("az://acct/backup", { AZURE_ACCOUNT_SAS: SAS }).credential, { kind: "sas", sas: SAS });
  assert.deepEqual(azure("az://acct/backup").credential, { kind: "default" });
});

test("parseLocation() never sends a credential to an account it is not for", () => {
  assert.deepEqual(azure("az://other/backup", { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_KEY: KEY }).credential, { kind: "default" });
});

test("parseLocation() refuses a SAS or token over plain http, except to this machine", () => {
  assert.throws(() => parseLocation(`http://azurite:10000/acct/backup?${SAS}`, {}), hasCode("E_CONFIG"));
  // An identity's token goes over https only, even on this machine.
  for (const host of ["azurite", "127.0.0.1"])
    assert.throws(() => parseLocation(`http://${host}:10000/acct/backup`, {}), hasCode("E_CONFIG"));
  assert.equal(azure("https://127.0.0.1:10000/acct/backup").credential.kind, "default");
  assert.equal(azure("http://azurite:10000/devstoreaccount1/backup").credential.kind, "key");
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) assert.equal(azure(`http://${host}:10000/acct/backup?${SAS}`).account, "acct");
});

test("parseLocation() is E_CONFIG for what it does not know, and shows no secret", () => {
  const bad = [
    "",
    " ",
    "s3:bucket/x",
    "sftp:host:/x",
    "az://",
    "az://acct",
    "az://acct/",
    "az://UPPER/backup",
    "az://acct/ab",
    "az://acct/-bad",
    "az://acct/a--b",
    "az://acct/backup/../x",
    "azure::/x",
    "https://",
    "https://acct.blob.core.windows.net/",
    "https://user:SeCrEt@acct.blob.core.windows.net/backup",
    "https://acct.blob.core.windows.net/%zz",
    `az://acct/?${SAS}`,
    `https://acct.blob.core.windows.net/B?${SAS}`,
    "file://other/x",
  ];
  for (const text of bad) {
    assert.throws(
      () => parseLocation(text, {}),
      (error) => {
        hasCode("E_CONFIG")(error);
        const { message, why, hint } = error as { message: string; why: string; hint: string };
        assert.ok(!`${message}${why}${hint}`.includes("SeCrEt"), message);
        return true;
      },
      text,
    );
  }
});

test("describeLocation() shows no credential and is read back to the same place", () => {
  const places = [
    "./dir",
    `az://acct/backup/a/b?${SAS}`,
    `https://acct.blob.core.windows.net/backup?${SAS}`,
    `http://127.0.0.1:10000/acct/backup/x?${SAS}`,
    "az://acct/backup/a b/100%/#1",
  ];
  for (const text of places) {
    const spec = parseLocation(text, {});
    const shown = describeLocation(spec);
    assert.ok(!/sig|SeCrEt|\?/.test(shown), shown);
    assert.equal(describeLocation(parseLocation(shown, { AZURE_STORAGE_SAS_TOKEN: SAS })), shown);
  }
});

test("parseLocation() gives plain data that survives posting to a thread, or E_CONFIG, on any text", () => {
  const pieces = fc.constantFrom(
    "az://",
    "azure:",
    "https://",
    "http://",
    "file:",
    "acct",
    "backup",
    "/",
    ":",
    "?",
    "..",
    ".blob.",
    "%",
    "x",
    "@",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      try {
        const spec = parseLocation(parts.join(""), { AZURE_STORAGE_ACCOUNT: "acct" });
        assert.deepEqual(structuredClone(spec), spec);
      } catch (error) {
        hasCode("E_CONFIG")(error);
      }
    }),
  );
});
