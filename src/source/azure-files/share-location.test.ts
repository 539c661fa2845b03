import assert from "node:assert/strict";
import { test } from "node:test";
import { EMULATOR_ACCOUNT, EMULATOR_KEY } from "../../shared/azure-account.ts";
import { isAppError } from "../../shared/errors.ts";
import { parseShareLocation } from "./share-location.ts";
import { describeShare } from "./share-spec.ts";

const KEY = Buffer.alloc(64, 1).toString("base64");
const SAS = "sv=2024-11-04&ss=f&srt=sco&sp=rl&se=2030-01-01T00:00:00Z&sig=c2VjcmV0";

test("parseShareLocation() reads azfiles://, the portal's address and an emulator's", () => {
  const expected = { account: "acct", share: "projects", path: "2024/plan 50%", serviceUrl: "https://acct.file.core.windows.net" };
  for (const text of ["azfiles://acct/projects/2024/plan 50%", "https://acct.file.core.windows.net/projects/2024/plan%2050%25/"]) {
    const { account, share, path, serviceUrl } = parseShareLocation(text, {});
    assert.deepEqual({ account, share, path, serviceUrl }, expected, text);
  }
  const emulator = parseShareLocation("http://127.0.0.1:20004/devstoreaccount1/projects", {});
  assert.equal(emulator.serviceUrl, "http://127.0.0.1:20004/devstoreaccount1");
  assert.deepEqual(emulator.credential, { kind: "key", key: EMULATOR_KEY });
  assert.equal(parseShareLocation(`azfiles://${EMULATOR_ACCOUNT}/projects`, {}).serviceUrl, "http://127.0.0.1:10004/devstoreaccount1");
  assert.equal(
    parseShareLocation("azfiles://acct/projects?snapshot=2024-05-01T10:20:30.0000000Z", {}).snapshot,
    "2024-05-01T10:20:30.0000000Z",
  );
});

test("parseShareLocation() takes the source's credential, then the repository's of the same account, then the identity", () => {
  const credentialOf = (env: Record<string, string>, side: "VARVE_SOURCE" | "VARVE_TARGET" = "VARVE_SOURCE"): unknown =>
    parseShareLocation("azfiles://acct/projects", env, side).credential;
  assert.deepEqual(credentialOf({}), { kind: "default" });
  assert.deepEqual(credentialOf({ VARVE_SOURCE_SAS_TOKEN: `?${SAS}`, AZURE_STORAGE_KEY: KEY }), { kind: "sas", sas: SAS });
  assert.deepEqual(credentialOf({ AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_KEY: KEY }), { kind: "key", key: KEY });
  assert.deepEqual(credentialOf({ AZURE_STORAGE_ACCOUNT: "vault", AZURE_STORAGE_KEY: KEY }), { kind: "default" });
  assert.deepEqual(credentialOf({ VARVE_TARGET_KEY: KEY, VARVE_SOURCE_SAS_TOKEN: SAS }, "VARVE_TARGET"), { kind: "key", key: KEY });
  assert.deepEqual(credentialOf({ VARVE_TARGET_KEY: KEY, VARVE_SOURCE_SAS_TOKEN: SAS }), { kind: "sas", sas: SAS });
});

test("parseShareLocation() reads connection strings and an endpoint of its own", () => {
  const text = `AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.chinacloudapi.cn`;
  const spec = parseShareLocation("azfiles://acct/projects", { VARVE_SOURCE_CONNECTION_STRING: text });
  assert.equal(spec.serviceUrl, "https://acct.file.core.chinacloudapi.cn");
  assert.deepEqual(spec.credential, { kind: "key", key: KEY });
  const own = parseShareLocation("azfiles://acct/projects", { VARVE_SOURCE_ENDPOINT: "http://localhost:9/acct/", VARVE_SOURCE_KEY: KEY });
  assert.equal(own.serviceUrl, "http://localhost:9/acct");
  const signed = `FileEndpoint=https://acct.file.core.windows.net/;SharedAccessSignature=${SAS}`;
  assert.deepEqual(parseShareLocation("azfiles://acct/projects", { VARVE_SOURCE_CONNECTION_STRING: signed }).credential, {
    kind: "sas",
    sas: SAS,
  });
});

test("parseShareLocation() refuses what it does not understand, and shows no secret", () => {
  const cases: readonly [string, Record<string, string>, RegExp][] = [
    ["azfiles://ACCT/projects", {}, /account name/],
    ["azfiles://acct", {}, /share name/],
    ["azfiles://acct/pr--ojects", {}, /share name/],
    ["azfiles://acct/projects/a:b", {}, /can be called "a:b"/],
    ["azfiles://acct/projects/../other", {}, /can be called "\.\."/],
    [`azfiles://acct/projects?${SAS}`, {}, /every process/],
    ["https://example.com/projects", {}, /no file service/],
    ["https://acct.file.core.windows.net/projects/%E0%A4", {}, /percent-encoding/],
    ["azfiles://acct/projects", { VARVE_SOURCE_KEY: "secret!" }, /^VARVE_SOURCE_KEY is not understood .*not base64/],
    ["azfiles://acct/projects", { VARVE_SOURCE_SAS_TOKEN: "sp=r&secret" }, /^VARVE_SOURCE_SAS_TOKEN is not understood .*no signature/],
    ["azfiles://acct/projects", { AZURE_STORAGE_KEY: "secret!" }, /^AZURE_STORAGE_KEY is not understood/],
    [
      "azfiles://acct/projects",
      { VARVE_SOURCE_CONNECTION_STRING: "AccountName=acct;AccountKey=secret!" },
      /^VARVE_SOURCE_CONNECTION_STRING is/,
    ],
    ["azfiles://acct/projects", { VARVE_SOURCE_CONNECTION_STRING: "AccountKey=secret" }, /neither AccountName/],
    ["azfiles://acct/projects", { VARVE_SOURCE_CONNECTION_STRING: "AccountName=acct" }, /neither AccountKey/],
    ["azfiles://acct/projects", { VARVE_SOURCE_ENDPOINT: "ftp://acct" }, /neither http nor https .*https:\/\/account\.file/],
    ["azfiles://acct/projects", { VARVE_SOURCE_ENDPOINT: "http://10.0.0.1/acct", VARVE_SOURCE_SAS_TOKEN: SAS }, /in clear/],
    ["azfiles://acct/projects", { VARVE_SOURCE_ENDPOINT: "http://127.0.0.1/acct" }, /token of an Azure identity would be sent in clear/],
  ];
  for (const [text, env, why] of cases) {
    assert.throws(
      () => parseShareLocation(text, env),
      (error) => {
        assert.ok(isAppError(error, "E_CONFIG"), `${text}: ${String(error)}`);
        const shown = `${error.what} ${error.why} ${error.hint}`;
        assert.match(shown, why, text);
        assert.doesNotMatch(shown, /secret|c2VjcmV0/);
        return true;
      },
    );
  }
});

test("describeShare() names the place and nothing else", () => {
  const spec = parseShareLocation("azfiles://acct/projects/a b?snapshot=x", { VARVE_SOURCE_SAS_TOKEN: SAS });
  assert.equal(describeShare(spec), "azfiles://acct/projects/a b");
});
