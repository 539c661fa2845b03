import assert from "node:assert/strict";
import { test } from "node:test";
import { ContainerClient, newPipeline, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { WebResource } from "@azure/storage-blob";
import { keyAuthorization, sasAuthorization, tokenAuthorization } from "./authorization.ts";
import type { UnsignedRequest } from "./authorization.ts";

const ACCOUNT = "acct";
const KEY = Buffer.from("a key of some length, which is secret").toString("base64");

/** What the official SDK would send. */
async function sentBySdk(url: string, call: (container: ContainerClient) => Promise<unknown>): Promise<WebResource> {
  let sent: WebResource | undefined;
  const httpClient = {
    sendRequest: (request: WebResource): Promise<never> => {
      sent = request;
      return Promise.reject(new Error("not sent"));
    },
  };
  const pipeline = newPipeline(new StorageSharedKeyCredential(ACCOUNT, KEY), { httpClient, retryOptions: { maxTries: 1 } });
  await assert.rejects(call(new ContainerClient(url, pipeline)), /not sent/);
  assert.ok(sent !== undefined);
  return sent;
}

/** The same request as ours, without the signature. */
function unsigned(sent: WebResource): { readonly request: UnsignedRequest; readonly signature: string | undefined } {
  const url = new URL(sent.url);
  const headers = sent.headers.headersArray().map(({ name, value }) => [name.toLowerCase(), value] as const);
  const bodyBytes = Number(headers.find(([name]) => name === "content-length")?.[1] ?? 0);
  return {
    request: {
      method: sent.method,
      path: url.pathname,
      query: [...url.searchParams],
      headers: headers.filter(([name]) => name !== "authorization" && name !== "content-length"),
      bodyBytes,
    },
    signature: headers.find(([name]) => name === "authorization")?.[1],
  };
}

const properties = { metadata: { mtime: "2026-01-02T03:04:05.000000006Z", mode: "0644" }, blobHTTPHeaders: { blobContentType: "a/b" } };
const CALLS: Readonly<Record<string, (container: ContainerClient) => Promise<unknown>>> = {
  "a small blob": (container) =>
    container.getBlockBlobClient("a b/c+d=@.txt").upload("content", 7, {
      ...properties,
      blobHTTPHeaders: { ...properties.blobHTTPHeaders, blobContentMD5: Buffer.alloc(16, 7) },
    }),
  "an empty blob": (container) => container.getBlockBlobClient("empty").upload("", 0, properties),
  "a block": (container) => container.getBlockBlobClient("large").stageBlock("YWJj+/==", "block", 5),
  "a block list": (container) => container.getBlockBlobClient("large").commitBlockList(["YWJj", "ZGVm"], properties),
  "a whole blob": (container) => container.getBlobClient("x/y").download(),
  "a range of a version": (container) => container.getBlobClient("x/y").download(5, 10, { conditions: { ifMatch: '"0x8D"' } }),
  "a listing": (container) => container.listBlobsFlat({ prefix: "a b/ü" }).byPage({ maxPageSize: 7, continuationToken: "2!76!x=" }).next(),
  "a create": (container) => container.getBlockBlobClient("new").upload("content", 7, { conditions: { ifNoneMatch: "*" } }),
};

for (const [what, call] of Object.entries(CALLS)) {
  test(`a key signs ${what} as the official SDK does`, async () => {
    for (const url of ["https://acct.blob.core.windows.net/box", "http://127.0.0.1:10000/acct/box"]) {
      const { request, signature } = unsigned(await sentBySdk(url, call));
      assert.match(signature ?? "", /^SharedKey acct:/);
      assert.equal(keyAuthorization(ACCOUNT, KEY).header(request), signature);
    }
  });
}

test("a SAS goes into the query and a token into the header", async () => {
  const request = { method: "GET", path: "/box", query: [], headers: [], bodyBytes: 0 };
  const sas = sasAuthorization("sv=1&sig=x%2F");
  assert.deepEqual([sas.query, await sas.header(request)], ["sv=1&sig=x%2F", undefined]);
  const token = tokenAuthorization(async () => "abc");
  assert.deepEqual([token.query, await token.header(request)], ["", "Bearer abc"]);
});
