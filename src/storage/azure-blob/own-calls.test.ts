import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { azureAnswer } from "../../shared/azure-answer.ts";
import { ManualClock } from "../../shared/clock.ts";
import { tokenAuthorization } from "./authorization.ts";
import type { BlobCalls } from "./blob-calls.ts";
import { UnusualAnswer } from "./http-connection.ts";
import { HttpConnections } from "./http-connections.ts";
import { OwnCalls } from "./own-calls.ts";
import { PreferredCalls } from "./preferred-calls.ts";

const watch = { signal: new AbortController().signal, moved: () => undefined };

interface Scene {
  readonly calls: BlobCalls;
  readonly requests: () => number;
}

/** Calls to a server that answers as `answer` says. */
async function serverOf(context: TestContext, answer: http.RequestListener): Promise<Scene> {
  const server = http.createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const clock = new ManualClock();
  let requests = 0;
  const calls = new OwnCalls({
    container: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/box`),
    authorization: tokenAuthorization(async () => "token"),
    connections: new HttpConnections(clock),
    clock,
    onRequest: () => (requests += 1),
  });
  return { calls, requests: () => requests };
}

test("what the service refuses tells its code, its request and when to come back", async (context) => {
  const { calls } = await serverOf(context, (_request, response) => {
    response.writeHead(503, { "x-ms-error-code": "ServerBusy", "x-ms-request-id": "id-1", "retry-after": "7" }).end("<Error/>");
  });
  await assert.rejects(calls.read("a", {}, watch), (error) => {
    const { status, code, requestId, retryAfterMs } = azureAnswer(error);
    assert.deepEqual([status, code, requestId, retryAfterMs], [503, "ServerBusy", "id-1", 7000]);
    return true;
  });
});

test("where another proof is asked for, the second way is taken, and the first no more", async (context) => {
  const { calls, requests } = await serverOf(context, (_request, response) => response.writeHead(401).end());
  const read = { bytes: new Uint8Array(0), md5: undefined, metadata: {}, version: "v" };
  const second = { read: async () => read } as unknown as BlobCalls;
  const preferred = new PreferredCalls(calls, async () => second);
  for (let count = 0; count < 3; count += 1) assert.equal(await preferred.read("a", {}, watch), read);
  assert.equal(requests(), 1);
});

test("a second way takes over from answers that only it understands, and from no way; other failures stay", async (context) => {
  const { calls } = await serverOf(context, (_request, response) => response.socket?.end("HTTP/1.1 200 OK\r\n\r\nof unknown length"));
  await assert.rejects(calls.read("a", {}, watch), UnusualAnswer);
  await assert.rejects(calls.page({ prefix: "", from: undefined, blobsMax: 5 }, watch), UnusualAnswer);
  const second = { read: async () => undefined } as unknown as BlobCalls;
  assert.equal(await new PreferredCalls(calls, async () => second).read("a", {}, watch), undefined);
  assert.equal(await new PreferredCalls(undefined, async () => second).read("a", {}, watch), undefined);
  const failing = { read: () => Promise.reject(new Error("no line")) } as unknown as BlobCalls;
  await assert.rejects(new PreferredCalls(failing, async () => second).read("a", {}, watch), /no line/);
});

test("a listing that is none is an unusual answer, and one that breaks off a lost connection", async (context) => {
  const { calls } = await serverOf(context, (request, response) => {
    if (request.url?.includes("prefix=cut") === true) {
      response.writeHead(200, { "content-length": 100 }).write("<Enum");
      setImmediate(() => response.destroy());
    } else response.end("<html></html>");
  });
  await assert.rejects(calls.page({ prefix: "", from: undefined, blobsMax: 5 }, watch), UnusualAnswer);
  await assert.rejects(calls.page({ prefix: "cut", from: undefined, blobsMax: 5 }, watch), { code: "ECONNRESET" });
});
