import assert from "node:assert/strict";
import { test } from "node:test";
import { ShareServiceClient } from "@azure/storage-file-share";
import fc from "fast-check";
import { ACCOUNT, bareRequest, credential, options, refusal } from "../../test/support/auth-fixture.ts";
import { startCaptureServer } from "../../test/support/capture-server.ts";
import type { AuthRequest } from "./auth-request.ts";
import { authenticate } from "./authenticate.ts";
import { sharedKeyStrings } from "./shared-key-string.ts";
import { signatureOf } from "./signature.ts";

/** What the SDK sends for calls whose signatures cover each part of a request. */
async function capture(call: (service: ShareServiceClient) => Promise<unknown>): Promise<AuthRequest> {
  await using server = await startCaptureServer(ACCOUNT);
  const service = new ShareServiceClient(server.url, credential, { retryOptions: { maxTries: 1 } });
  // The answer is empty, so the client may fail to read it; the request is what counts.
  await call(service).catch(() => undefined);
  const [request] = server.requests;
  assert.ok(request, "a request arrived");
  return request;
}

const file = (service: ShareServiceClient) => service.getShareClient("share").getDirectoryClient("dir é").getFileClient("a+b %&=.txt");

test("authenticate() believes each kind of request the SDK signs with the account's key", async () => {
  const calls: readonly ((service: ShareServiceClient) => Promise<unknown>)[] = [
    (service) => service.getProperties(),
    (service) =>
      service.createShare("share", {
        metadata: { a_b: "1", a1: "2", ab: "3", aB2: " spaced  out ", "a-b": "4", "c-dd": "5", "cd-d": "6" },
      }),
    (service) => service.getShareClient("share").createSnapshot(),
    (service) => service.getShareClient("share").withSnapshot("2026-01-02T03:04:05.0000000Z").getProperties(),
    (service) =>
      file(service).create(5, { fileHttpHeaders: { fileContentType: "text/plain", fileContentLanguage: "de", fileContentEncoding: "x" } }),
    (service) => file(service).uploadRange("hello", 0, 5, { contentMD5: new Uint8Array(16) }),
    (service) => file(service).download(1, 3),
    (service) => service.getShareClient("share").rootDirectoryClient.listFilesAndDirectories({ prefix: "a b+ü" }).next(),
  ];
  for (const call of calls) {
    const request = await capture(call);
    assert.deepEqual(await authenticate(request, options), { kind: "sharedKey" }, request.target);
  }
});

test("authenticate() refuses a request of which any signed part was changed", async () => {
  const request = await capture((service) => file(service).uploadRange("hello", 0, 5, { contentMD5: new Uint8Array(16) }));
  const headers = request.headers;
  const tampered: readonly Partial<AuthRequest>[] = [
    { method: "POST" },
    { target: request.target.replace("share", "other") },
    { target: `${request.target}&timeout=5` },
    { target: request.target.replace("comp=range", "comp=properties") },
    ...["x-ms-write", "x-ms-range", "x-ms-date", "x-ms-version", "content-length", "content-type", "content-md5", "range"].map((name) => ({
      headers: { ...headers, [name]: name === "x-ms-date" ? new Date(Date.now() + 1000).toUTCString() : "changed" },
    })),
    { headers: { ...headers, "x-ms-extra": "1" } },
    { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "x-ms-type" && name !== "x-ms-write")) },
  ];
  for (const change of tampered) {
    const error = await refusal({ ...request, ...change }, "AuthenticationFailed");
    assert.match(error.details["AuthenticationErrorDetail"] ?? "", /string to sign/);
  }
});

test("authenticate() refuses another key, another account and a credential without a signature", async () => {
  const request = await capture((service) => service.getProperties());
  await refusal(request, "AuthenticationFailed", { key: Buffer.from("another") });
  await refusal(request, "AuthenticationFailed", { account: "other" });
  await refusal({ ...request, headers: { ...request.headers, authorization: "SharedKey testaccount" } }, "InvalidAuthenticationInfo");
  await refusal({ ...request, headers: { ...request.headers, authorization: "SharedKeyLite testaccount:AAAA" } }, "AuthenticationFailed");
  await refusal({ ...request, headers: { ...request.headers, authorization: "Basic AAAA" } }, "InvalidAuthenticationInfo");
});

test("authenticate() allows clocks to be 15 minutes apart, in both directions", async () => {
  const request = await capture((service) => service.getProperties());
  const sentMs = Date.parse(String(request.headers["x-ms-date"]));
  for (const sign of [-1, 1]) {
    assert.equal((await authenticate(request, { ...options, nowMs: () => sentMs + sign * 900_000 })).kind, "sharedKey");
    await refusal(request, "AuthenticationFailed", { nowMs: () => sentMs + sign * 900_001 });
  }
});

/** A request signed here with the first text that `pick` chooses. */
function signed(request: AuthRequest, pick: (text: string) => boolean = () => true): AuthRequest {
  const text = sharedKeyStrings(request, ACCOUNT).find(pick);
  assert.ok(text !== undefined, "one of the texts fits");
  return { ...request, headers: { ...request.headers, authorization: `SharedKey ${ACCOUNT}:${signatureOf(text, options.key)}` } };
}

test("authenticate() accepts Date in place of x-ms-date, and covers it", async () => {
  const request = signed(bareRequest("/share?restype=share", { headers: { date: new Date().toUTCString() } }));
  assert.equal((await authenticate(request, options)).kind, "sharedKey");
  await refusal({ ...request, headers: { ...request.headers, date: new Date(Date.now() + 1000).toUTCString() } }, "AuthenticationFailed");
  await refusal(signed(bareRequest("/share?restype=share")), "AuthenticationFailed");
});

test("authenticate() accepts language and encoding in either order", async () => {
  const headers = { "x-ms-date": new Date().toUTCString(), "content-language": "de", "content-encoding": "gzip" };
  const request = bareRequest("/share/file", { method: "PUT", headers });
  for (const first of ["PUT\nde\ngzip\n", "PUT\ngzip\nde\n"]) {
    assert.equal(
      (
        await authenticate(
          signed(request, (text) => text.startsWith(first)),
          options,
        )
      ).kind,
      "sharedKey",
    );
  }
});

test("authenticate() accepts x-ms- headers sorted by code unit, as the Go SDK signs them", async () => {
  const headers = { "x-ms-date": new Date().toUTCString(), "x-ms-meta-a1": "1", "x-ms-meta-a_b": "2", "x-ms-metab": "3" };
  const request = bareRequest("/share?restype=share", { method: "PUT", headers });
  for (const order of [/a1:1\nx-ms-meta-a_b:2\nx-ms-metab:3\n/, /a_b:2\nx-ms-meta-a1:1\nx-ms-metab:3\n/]) {
    assert.equal(
      (
        await authenticate(
          signed(request, (text) => order.test(text)),
          options,
        )
      ).kind,
      "sharedKey",
    );
  }
});

test("sharedKeyStrings() begins with the documented text", () => {
  const request = bareRequest("/share/d%C3%A9?restype=directory&Comp=list&prefix=a%20b&prefix=A", {
    headers: {
      "x-ms-date": "now",
      "x-ms-version": " 2025-05-05 ",
      "content-length": "0",
      "if-match": "*",
      range: "bytes=0-1",
      accept: "x",
    },
  });
  const expected =
    "GET\n\n\n\n\n\n\n\n*\n\n\nbytes=0-1\nx-ms-date:now\nx-ms-version:2025-05-05\n/testaccount/testaccount/share/d%C3%A9\ncomp:list\nprefix:A,a b\nrestype:directory";
  assert.equal(sharedKeyStrings(request, ACCOUNT)[0], expected);
});

test("authenticate() never fails with anything but a StorageError, whatever arrives", async () => {
  const names = fc.constantFrom("authorization", "x-ms-date", "date", "content-length", "x-ms-version");
  const values = fc.oneof(fc.string(), fc.constantFrom(`SharedKey ${ACCOUNT}:AAAA`, "Bearer x", new Date().toUTCString()));
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, values), fc.string(), async (headers, query) => {
      await assert.rejects(authenticate(bareRequest(`/s?${query}`, { headers }), options), { name: "StorageError" });
    }),
  );
});
