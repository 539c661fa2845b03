import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { ErrorCode } from "../../shared/error-codes.ts";
import { azureError, isBlobMissing } from "./azure-errors.ts";

const scene = { doing: "read object a", key: "a", description: "container c of account x", credential: "sas" } as const;

/** An error shaped like those of the SDK. */
function answer(statusCode: number, headers: Record<string, string> = {}, secret = ""): Error {
  const get = (name: string): string | undefined => headers[name];
  return Object.assign(new Error(`failed ${secret}`), {
    name: "RestError",
    statusCode,
    request: { url: secret },
    response: { headers: { get } },
  });
}

function network(code: string): Error {
  return Object.assign(new Error(code), { name: "RestError", code });
}

test("azureError() maps status and service code to a code, and tells whether to try again", () => {
  const table: readonly (readonly [number, string, ErrorCode, boolean])[] = [
    [404, "BlobNotFound", "E_OBJECT_NOT_FOUND", false],
    [404, "ContainerNotFound", "E_STORE_CONTAINER", false],
    [409, "ContainerBeingDeleted", "E_STORE_CONTAINER", false],
    [401, "", "E_STORE_DENIED", false],
    [403, "AuthenticationFailed", "E_STORE_DENIED", false],
    [403, "AuthorizationFailure", "E_STORE_DENIED", false],
    [400, "InvalidAuthenticationInfo", "E_STORE_DENIED", false],
    [409, "BlobImmutableDueToPolicy", "E_STORE_DENIED", false],
    [409, "BlobArchived", "E_STORE", false],
    [412, "LeaseIdMissing", "E_STORE", false],
    [400, "OutOfRangeInput", "E_STORE", false],
    [408, "", "E_STORE_UNAVAILABLE", true],
    [429, "", "E_STORE_UNAVAILABLE", true],
    [500, "InternalError", "E_STORE_UNAVAILABLE", true],
    [500, "OperationTimedOut", "E_STORE_UNAVAILABLE", true],
    [400, "Md5Mismatch", "E_STORE_UNAVAILABLE", true],
    [503, "ServerBusy", "E_STORE_UNAVAILABLE", true],
    [507, "", "E_STORE_FULL", false],
  ];
  for (const [status, serviceCode, code, retryable] of table) {
    const error = azureError(answer(status, { "x-ms-error-code": serviceCode, "x-ms-request-id": "id-1" }), scene);
    assert.deepEqual([error.code, error.retryable], [code, retryable], `${status} ${serviceCode}`);
    assert.equal(error.data["requestId"], "id-1");
    assert.equal(error.data["status"], status);
    assert.ok(error.hint !== "" && error.why !== "");
  }
});

test("isBlobMissing() believes the service and not a bare 404", () => {
  assert.equal(isBlobMissing(answer(404, { "x-ms-error-code": "BlobNotFound" })), true);
  for (const code of ["ContainerNotFound", "constructor", ""]) assert.equal(isBlobMissing(answer(404, { "x-ms-error-code": code })), false);
  assert.equal(azureError(answer(404), scene).code, "E_STORE");
});

test("azureError() retries broken connections, and neither unknown hosts nor untrusted certificates", () => {
  const table: readonly (readonly [string, ErrorCode, boolean])[] = [
    ["ECONNRESET", "E_STORE_UNAVAILABLE", true],
    ["ECONNREFUSED", "E_STORE_UNAVAILABLE", true],
    ["EAI_AGAIN", "E_STORE_UNAVAILABLE", true],
    ["REQUEST_SEND_ERROR", "E_STORE_UNAVAILABLE", true],
    ["ENOTFOUND", "E_STORE_UNAVAILABLE", false],
    ["CERT_HAS_EXPIRED", "E_STORE", false],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "E_STORE", false],
  ];
  for (const [system, code, retryable] of table) {
    const error = azureError(network(system), scene);
    assert.deepEqual([error.code, error.retryable, error.data["serviceCode"]], [code, retryable, system]);
  }
});

test("azureError() is E_STORE_DENIED when no identity is signed in, and E_INTERNAL for a defect in the client", () => {
  const named = (name: string): Error => Object.assign(new Error(name), { name });
  for (const name of ["CredentialUnavailableError", "AggregateAuthenticationError", "AuthenticationError"]) {
    assert.equal(azureError(named(name), { ...scene, credential: "default" }).code, "E_STORE_DENIED", name);
  }
  assert.equal(azureError(new TypeError("x is not a function"), scene).code, "E_INTERNAL");
});

test("azureError() passes on how long the service wants to be left alone", () => {
  assert.equal(azureError(answer(503, { "retry-after": "7" }), scene).data["retryAfterMs"], 7000);
  assert.equal(azureError(answer(503, { "x-ms-retry-after-ms": "250", "retry-after": "7" }), scene).data["retryAfterMs"], 250);
  assert.equal(azureError(answer(503, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }), scene).data["retryAfterMs"], undefined);
});

test("azureError() carries nothing of the SDK's message, request or an odd service code", () => {
  const secret = "sig=SeCrEt%2B";
  const error = azureError(answer(403, { "x-ms-error-code": `Odd ${secret}` }, secret), scene);
  assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes("SeCrEt"));
  assert.equal(error.cause, undefined);
});
