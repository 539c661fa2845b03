import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { startAzurite } from "../../../test/support/azurite.ts";
import type { Azurite } from "../../../test/support/azurite.ts";
import { blobStoreSuite, listedBlobs, putBlob } from "../../../test/support/blob-store-suite.ts";
import { hasCode, patternBytes } from "../../../test/support/object-store-suite.ts";
import { systemClock } from "../../shared/clock.ts";
import { systemRandom } from "../../shared/random.ts";
import { newBlobMeter } from "../meter/meter-blob-store.ts";
import { openBlobs } from "../open-blobs.ts";
import { createBlobContainer } from "./azure-blob-store.ts";
import { openAzureBlobs } from "./azure-blobs.ts";
import type { AzureBlobSpec } from "./azure-spec.ts";

const deps = { clock: systemClock };
let azurite: Azurite;
let containers = 0;

before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

function freshSpec(prefix = ""): AzureBlobSpec {
  containers += 1;
  const { account, serviceUrl, key } = azurite;
  return { kind: "azure-blob", account, serviceUrl, container: `blobs-${containers}`, prefix, credential: { kind: "key", key } };
}

blobStoreSuite("azure-blob on Azurite", async () => {
  const spec = freshSpec();
  await createBlobContainer(spec, deps);
  return { connect: async (pageObjectsMax) => openAzureBlobs(spec, { ...deps, bounds: { pageObjectsMax } }) };
});

blobStoreSuite("azure-blob under a prefix", async () => {
  const spec = freshSpec("servers/one/");
  await createBlobContainer(spec, deps);
  return { connect: async (pageObjectsMax) => openAzureBlobs(spec, { ...deps, bounds: { pageObjectsMax } }) };
});

test("openBlobs() counts one request a small blob", async () => {
  const spec = freshSpec();
  const world = { clock: systemClock, random: systemRandom };
  const absent = await openBlobs(spec, world);
  await assert.rejects(putBlob(absent, "a", patternBytes(1)), hasCode("E_STORE_CONTAINER"));
  await assert.rejects(listedBlobs(absent), hasCode("E_STORE_CONTAINER"));
  await createBlobContainer(spec, deps);
  const meter = newBlobMeter();
  const store = await openBlobs(spec, { ...world, meter });
  for (let index = 0; index < 10; index += 1) await putBlob(store, `blob-${index}`, patternBytes(1000 * index, index));
  assert.deepEqual([meter.requests, meter.puts, meter.bytesSent], [10, 10, 45_000]);
});

test("requests go through a proxy that the environment names", async () => {
  let passed = 0;
  const proxy = http.createServer((request, response) => {
    passed += 1;
    const { method, headers, url = "" } = request;
    request.pipe(
      http.request(url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const before = process.env["HTTP_PROXY"];
  process.env["HTTP_PROXY"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    const spec = { ...freshSpec(), proxied: true };
    await createBlobContainer(spec, deps);
    const store = openAzureBlobs(spec, deps);
    await putBlob(store, "a", patternBytes(300_000));
    assert.deepEqual(Buffer.from((await store.read("a")).bytes), Buffer.from(patternBytes(300_000)));
    assert.equal(passed, 3);
  } finally {
    if (before === undefined) delete process.env["HTTP_PROXY"];
    else process.env["HTTP_PROXY"] = before;
    proxy.closeAllConnections();
    proxy.close();
  }
});

test("a wrong key is E_STORE_DENIED and shows no secret", async () => {
  const key = Buffer.from("SeCrEt wrong key").toString("base64");
  const store = openAzureBlobs({ ...freshSpec(), credential: { kind: "key", key } }, deps);
  await assert.rejects(putBlob(store, "a", patternBytes(1)), (error) => {
    assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(key));
    return hasCode("E_STORE_DENIED")(error);
  });
});
