import assert from "node:assert/strict";
import { test } from "node:test";
import { refuses, startFixture } from "./emulator-fixture.ts";

test("service properties come back as they were set", async (t) => {
  const { service } = await startFixture(t);
  const before = await service.getProperties();
  assert.equal(before.hourMetrics?.enabled, false);
  const cors = [
    { allowedOrigins: "https://example.org", allowedMethods: "GET", allowedHeaders: "*", exposedHeaders: "*", maxAgeInSeconds: 5 },
  ];
  await service.setProperties({ ...before, cors });
  const after = await service.getProperties();
  assert.deepEqual([after.cors?.[0]?.allowedOrigins, after.cors?.[0]?.maxAgeInSeconds], ["https://example.org", 5]);
});

test("every answer names its request, the client's, the version and the time", async (t) => {
  const { emulator } = await startFixture(t, { bearer: "open" });
  const headers = {
    authorization: "Bearer x",
    "x-ms-file-request-intent": "backup",
    "x-ms-version": "2025-01-05",
    "x-ms-client-request-id": "mine",
  };
  const response = await fetch(`${emulator.url}/share?restype=share`, { headers });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("x-ms-request-id") ?? "", /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    ["x-ms-version", "x-ms-client-request-id"].map((name) => response.headers.get(name)),
    ["2025-01-05", "mine"],
  );
  assert.ok(Math.abs(Date.parse(response.headers.get("date") ?? "") - Date.now()) < 60_000);
});

test("errors come as XML with code and message, and without a body for HEAD", async (t) => {
  const { emulator } = await startFixture(t, { bearer: "open" });
  const headers = { authorization: "Bearer x", "x-ms-file-request-intent": "backup", "x-ms-version": "2025-01-05" };
  const ask = async (path: string, method = "GET", more: Record<string, string> = {}): Promise<readonly unknown[]> => {
    const response = await fetch(`${emulator.url}${path}`, { method, headers: { ...headers, ...more } });
    const body = await response.text();
    return [response.status, response.headers.get("x-ms-error-code"), /<Code>(.*)<\/Code>/.exec(body)?.[1] ?? body];
  };
  assert.deepEqual(await ask("/share/none"), [404, "ResourceNotFound", "ResourceNotFound"]);
  assert.deepEqual(await ask("/share/none", "HEAD"), [404, "ResourceNotFound", ""]);
  assert.deepEqual(await ask("/share?restype=share&comp=wrong"), [400, "InvalidQueryParameterValue", "InvalidQueryParameterValue"]);
  assert.deepEqual(await ask("/share?restype=share&comp=stats", "DELETE"), [405, "UnsupportedHttpVerb", "UnsupportedHttpVerb"]);
  assert.deepEqual(await ask("/share/%zz"), [400, "InvalidUri", "InvalidUri"]);
  assert.deepEqual(await ask("/share/f", "GET", { "if-match": '"x"' }), [
    400,
    "ConditionHeadersNotSupported",
    "ConditionHeadersNotSupported",
  ]);
  assert.deepEqual(await ask("/share/f", "GET", { "x-ms-version": "new" }), [400, "InvalidHeaderValue", "InvalidHeaderValue"]);
  assert.deepEqual(await ask("/share/f", "PUT"), [400, "MissingRequiredHeader", "MissingRequiredHeader"]);
});

test("what the emulator does not have is refused as such", async (t) => {
  const { service } = await startFixture(t);
  await refuses(service.undeleteShare("share", "1"), 501, "NotImplemented");
});
