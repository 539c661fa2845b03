import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { makeCertificate } from "../../emulator/test/support/certificate.ts";
import { patternBytes } from "../support/object-store-suite.ts";
import { tempFolder } from "../support/temp.ts";
import { ReceivingAgents } from "../../src/storage/azure-blob/receiving-agents.ts";

const folder = await tempFolder("agents");
after(() => folder.remove());

/** Answers `/N` with N bytes of a pattern that N chooses. */
function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  response.end(patternBytes(Number(request.url?.slice(1)), Number(request.url?.slice(1)) % 251));
}

/** Fetches a body; `slow` reads it more slowly than it comes. */
async function fetchBody(url: string, options: https.RequestOptions, slow: boolean): Promise<Buffer> {
  const request = (url.startsWith("https:") ? https : http).get(url, options);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    if (slow) await pause(1);
  }
  return Buffer.concat(pieces);
}

async function exerciseAgents(server: http.Server, scheme: string): Promise<void> {
  let connections = 0;
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const agents = new ReceivingAgents();
  try {
    const { port } = server.address() as AddressInfo;
    const sizes = [0, 1, 17_000, 300_000, 3_000_000, 5_000_001, 12, 700_000];
    const fetchAll = (): Promise<void[]> =>
      Promise.all(
        sizes.map(async (size, index) => {
          const url = `${scheme}://127.0.0.1:${port}/${size}`;
          const body = await fetchBody(url, { agent: agents.of(url), rejectUnauthorized: false }, index % 2 === 0);
          assert.ok(body.equals(patternBytes(size, size % 251)), `${scheme} ${size}`);
        }),
      );
    await fetchAll();
    await fetchAll();
    assert.equal(connections, sizes.length, "connections are used again");
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("connections that read into the same memory keep their bodies apart, whoever is slow", async () => {
  await exerciseAgents(http.createServer(answer), "http");
});

test("the same holds over TLS", async (context) => {
  const certificate = await makeCertificate(folder.path);
  if (certificate === undefined) return context.skip("there is no openssl to make a certificate with");
  const [cert, key] = await Promise.all([readFile(certificate.cert), readFile(certificate.key)]);
  await exerciseAgents(https.createServer({ cert, key }, answer), "https");
});

test("a connection that breaks off in the middle of a body is an error and not an end", async () => {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write("half");
    setImmediate(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(fetchBody(url, { agent: new ReceivingAgents().of(url) }, false), { code: "ECONNRESET" });
  } finally {
    server.close();
  }
});
