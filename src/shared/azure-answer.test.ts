import assert from "node:assert/strict";
import { test } from "node:test";
import { azureAnswer, azureFacts, whyNoAnswer } from "./azure-answer.ts";

test("azureAnswer() reads anything without throwing", () => {
  for (const odd of [undefined, null, 5, "x", {}, { response: 5 }, { response: { headers: {} } }, { statusCode: "403" }]) {
    assert.deepEqual(azureAnswer(odd), { status: 0, code: "", requestId: "", retryAfterMs: undefined, date: "" });
  }
});

test("azureAnswer() takes the service's code before the system's, and both forms of a pause", () => {
  const headers = (values: Record<string, string>): unknown => ({
    statusCode: 503,
    response: { headers: { get: (name: string) => values[name] } },
  });
  const busy = azureAnswer(headers({ "x-ms-error-code": "ServerBusy", "x-ms-request-id": "r-1", "retry-after": "7", date: "today" }));
  assert.deepEqual(busy, { status: 503, code: "ServerBusy", requestId: "r-1", retryAfterMs: 7000, date: "today" });
  assert.equal(azureAnswer(headers({ "retry-after-ms": "250", "retry-after": "7" })).retryAfterMs, 250);
  assert.equal(azureAnswer(headers({ "retry-after": "tomorrow" })).retryAfterMs, undefined);
  assert.equal(azureAnswer(Object.assign(new Error("x"), { code: "ECONNRESET" })).code, "ECONNRESET");
});

test("azureFacts() carries nothing that could be more than a code or an id", () => {
  const odd = { status: 400, code: "a code with spaces", requestId: "id=1&sig=secret", retryAfterMs: undefined, date: "" };
  assert.deepEqual(azureFacts(odd), { status: 400 });
  assert.deepEqual(azureFacts({ ...odd, status: 0, code: "ServerBusy", requestId: "r-1", retryAfterMs: 5 }), {
    serviceCode: "ServerBusy",
    requestId: "r-1",
    retryAfterMs: 5,
  });
});

test("whyNoAnswer() tells what repeating cannot mend from what may pass", () => {
  assert.equal(whyNoAnswer(new Error("x"), "CERT_HAS_EXPIRED"), "tls");
  assert.equal(whyNoAnswer(Object.assign(new Error("x"), { name: "CredentialUnavailableError" }), ""), "identity");
  assert.equal(whyNoAnswer(new TypeError("x"), ""), "defect");
  assert.equal(whyNoAnswer(new Error("x"), "ECONNREFUSED"), "unreachable");
});
