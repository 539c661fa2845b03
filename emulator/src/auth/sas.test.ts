import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  FileSASPermissions,
  generateAccountSASQueryParameters,
  generateFileSASQueryParameters,
  SASProtocol,
  ShareSASPermissions,
  type AccountSASSignatureValues,
  type FileSASSignatureValues,
} from "@azure/storage-file-share";
import { ACCOUNT, bareRequest, credential, options, refusal } from "../../test/support/auth-fixture.ts";
import { authenticate } from "./authenticate.ts";

const HOUR_MS = 3_600_000;
const later = (): Date => new Date(Date.now() + HOUR_MS);

function accountSas(more: Partial<AccountSASSignatureValues> = {}): string {
  const values: AccountSASSignatureValues = {
    permissions: AccountSASPermissions.parse("rl"),
    services: AccountSASServices.parse("bf").toString(),
    resourceTypes: AccountSASResourceTypes.parse("sco").toString(),
    expiresOn: later(),
    ...more,
  };
  return generateAccountSASQueryParameters(values, credential).toString();
}

function shareSas(more: Partial<FileSASSignatureValues> = {}): string {
  const values = { shareName: "share", permissions: ShareSASPermissions.parse("rcl"), expiresOn: later(), ...more };
  return generateFileSASQueryParameters(values, credential).toString();
}

test("authenticate() believes account signatures of every form the SDK makes", async () => {
  const forms: readonly Partial<AccountSASSignatureValues>[] = [
    {},
    { version: "2019-12-12" },
    { version: "2020-12-06", startsOn: new Date(Date.now() - HOUR_MS) },
    { protocol: SASProtocol.HttpsAndHttp, ipRange: { start: "127.0.0.0", end: "127.0.0.9" } },
  ];
  for (const form of forms) {
    const caller = await authenticate(bareRequest(`/share?restype=share&${accountSas(form)}`), options);
    assert.deepEqual(caller, { kind: "accountSas", permissions: "rl", resourceTypes: "sco" });
  }
});

test("authenticate() believes a share's signature on all paths of that share and on no other share", async () => {
  const sas = shareSas();
  for (const path of ["/share", "/share/a", "/share/d%C3%A9/x%20y.txt"]) {
    const caller = await authenticate(bareRequest(`${path}?restype=directory&comp=list&${sas}`), options);
    assert.deepEqual(caller, { kind: "shareSas", permissions: "rcl" });
  }
  await refusal(bareRequest(`/other/a?${sas}`), "AuthenticationFailed");
  await refusal(bareRequest(`/shareb?${sas}`), "AuthenticationFailed");
  await refusal(bareRequest(`/?comp=list&${sas}`), "AuthenticationFailed");
});

test("authenticate() believes a file's signature on that file alone", async () => {
  const sas = shareSas({ filePath: "dé/x y.txt", permissions: FileSASPermissions.parse("rw") });
  assert.deepEqual(await authenticate(bareRequest(`/share/d%C3%A9/x%20y.txt?${sas}`), options), { kind: "fileSas", permissions: "rw" });
  await refusal(bareRequest(`/share/d%C3%A9/x%20z.txt?${sas}`), "AuthenticationFailed");
  await refusal(bareRequest(`/share?${sas}`), "AuthenticationFailed");
});

test("authenticate() covers everything a service signature can carry", async () => {
  const full = {
    startsOn: new Date(Date.now() - HOUR_MS),
    ipRange: { start: "127.0.0.1" },
    protocol: SASProtocol.HttpsAndHttp,
    cacheControl: "no-cache",
    contentDisposition: 'attachment; filename="a b"',
    contentEncoding: "gzip",
    contentLanguage: "de",
    contentType: "text/plain",
  };
  assert.equal((await authenticate(bareRequest(`/share/f?${shareSas(full)}`), options)).kind, "shareSas");
});

test("authenticate() refuses signatures of which any part was changed", async () => {
  const tokens: readonly (readonly [path: string, sas: string])[] = [
    [
      "/share",
      accountSas({ startsOn: new Date(Date.now() - HOUR_MS), protocol: SASProtocol.HttpsAndHttp, ipRange: { start: "127.0.0.1" } }),
    ],
    [
      "/share/f",
      shareSas({
        startsOn: new Date(Date.now() - HOUR_MS),
        protocol: SASProtocol.HttpsAndHttp,
        ipRange: { start: "127.0.0.1" },
        contentType: "a/b",
      }),
    ],
    ["/share/f", shareSas({ filePath: "f", permissions: FileSASPermissions.parse("r") })],
  ];
  const changed: Readonly<Record<string, string>> = {
    sv: "2020-08-04",
    ss: "f",
    srt: "o",
    sr: "x",
    sp: "rwdl",
    st: "2001-01-01",
    se: "2099-01-01",
    sip: "127.0.0.2",
    spr: "http",
    rsct: "x/y",
    sig: "AAAA",
  };
  for (const [path, sas] of tokens) {
    assert.ok(await authenticate(bareRequest(`${path}?${sas}`), options));
    for (const name of new URLSearchParams(sas).keys()) {
      const tampered = new URLSearchParams(sas);
      tampered.set(name, changed[name] ?? assert.fail(name));
      await refusal(bareRequest(`${path}?${tampered.toString()}`), "AuthenticationFailed");
    }
    await refusal(bareRequest(`${path}?${sas}`), "AuthenticationFailed", { key: Buffer.from("another") });
    await refusal(bareRequest(`${path}?${sas}`), "AuthenticationFailed", { account: "other" });
  }
});

test("authenticate() says from when to when a signature is valid that is expired or not valid yet", async () => {
  const startsOn = new Date("2026-03-04T05:06:07Z");
  const expiresOn = new Date("2026-03-04T06:06:07Z");
  for (const [path, sas] of [
    ["/share", accountSas({ startsOn, expiresOn })],
    ["/share", shareSas({ startsOn, expiresOn })],
  ] as const) {
    const at = (ms: number) => ({ ...options, nowMs: () => ms });
    const request = bareRequest(`${path}?restype=share&${sas}`);
    assert.ok(await authenticate(request, at(startsOn.getTime())));
    assert.ok(await authenticate(request, at(expiresOn.getTime() - 1)));
    for (const ms of [startsOn.getTime() - 1, expiresOn.getTime()]) {
      const error = await refusal(request, "AuthenticationFailed", at(ms));
      assert.match(
        error.details["AuthenticationErrorDetail"] ?? "",
        /Start \[Wed, 04 Mar 2026 05:06:07 GMT\] - Expiry \[Wed, 04 Mar 2026 06:06:07 GMT\]/,
      );
    }
  }
});

test("authenticate() refuses the wrong protocol, address and service by name", async () => {
  await refusal(bareRequest(`/share?${shareSas({ protocol: SASProtocol.Https })}`), "AuthorizationProtocolMismatch");
  const error = await refusal(
    bareRequest(`/share?${accountSas({ ipRange: { start: "10.0.0.1", end: "10.0.0.9" } })}`),
    "AuthorizationSourceIPMismatch",
  );
  assert.equal(error.details["SourceIP"], "127.0.0.1");
  const blobOnly = accountSas({ services: AccountSASServices.parse("bqt").toString() });
  await refusal(bareRequest(`/share?${blobOnly}`), "AuthorizationServiceMismatch");
});

test("authenticate() takes the fields a stored access policy gives, and refuses an unknown one and a clash", async () => {
  const named = generateFileSASQueryParameters({ shareName: "share", identifier: "weekly" }, credential).toString();
  const policy = { permissions: "rl", start: "2026-01-01", expiry: "2099-01-01T00:00Z" };
  const policyOf = async (share: string, id: string) => (share === "share" && id === "weekly" ? policy : undefined);
  assert.deepEqual(await authenticate(bareRequest(`/share/f?${named}`), { ...options, policyOf }), { kind: "shareSas", permissions: "rl" });
  await refusal(bareRequest(`/share/f?${named}`), "AuthenticationFailed");
  await refusal(bareRequest(`/share/f?${named}`), "AuthenticationFailed", { policyOf: async () => ({ ...policy, expiry: "2026-01-02" }) });
  const clash = shareSas({ identifier: "weekly" });
  await refusal(bareRequest(`/share/f?${clash}`), "AuthenticationFailed", { policyOf });
});

test("authenticate() refuses user delegation signatures and says why", async () => {
  const now = new Date();
  const key = {
    signedObjectId: "o",
    signedTenantId: "t",
    signedStartsOn: now,
    signedExpiresOn: later(),
    signedService: "f",
    signedVersion: "2025-07-05",
    value: "AAAA",
  };
  const values = { shareName: "share", permissions: ShareSASPermissions.parse("r"), expiresOn: later() };
  const sas = generateFileSASQueryParameters(values, key, ACCOUNT).toString();
  const error = await refusal(bareRequest(`/share?${sas}`), "AuthenticationFailed");
  assert.match(error.details["AuthenticationErrorDetail"] ?? "", /user delegation/);
});

test("authenticate() refuses requests without any proof with 401 and a challenge", async () => {
  const error = await refusal(bareRequest("/share?restype=share"), "NoAuthenticationInformation");
  assert.equal(error.status, 401);
  assert.match(error.headers["WWW-Authenticate"] ?? "", /^Bearer /);
});

test("authenticate() believes bearer tokens in open mode only, and only with backup intent", async () => {
  const headers = { authorization: "Bearer anything", "x-ms-file-request-intent": "backup" };
  assert.deepEqual(await authenticate(bareRequest("/share", { headers }), { ...options, bearer: "open" }), { kind: "bearer" });
  await refusal(bareRequest("/share", { headers }), "AuthenticationFailed");
  const error = await refusal(bareRequest("/share", { headers: { authorization: "Bearer x" } }), "MissingRequiredHeader", {
    bearer: "open",
  });
  assert.equal(error.details["HeaderName"], "x-ms-file-request-intent");
  await refusal(bareRequest("/share", { headers: { ...headers, authorization: "Bearer " } }), "AuthenticationFailed", { bearer: "open" });
});
