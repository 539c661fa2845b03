import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startAzurite } from "../../../test/support/azurite.ts";
import { putBlob } from "../../../test/support/blob-store-suite.ts";
import type { Azurite } from "../../../test/support/azurite.ts";
import { startCuttingProxy } from "../../../test/support/cutting-proxy.ts";
import type { CuttingProxy } from "../../../test/support/cutting-proxy.ts";
import { hasCode, patternBytes } from "../../../test/support/object-store-suite.ts";
import { makeSas } from "../../../test/support/sas.ts";
import { systemClock } from "../../shared/clock.ts";
import { systemRandom } from "../../shared/random.ts";
import type { ObjectStore } from "../object-store.ts";
import { MeterBlobStore, newBlobMeter } from "../meter/meter-blob-store.ts";
import { RetryBlobStore } from "../retry/retry-blob-store.ts";
import { RetryStore } from "../retry/retry-store.ts";
import { openAzureBlobs } from "./azure-blobs.ts";
import { createBlobContainer, openAzureBlobStore } from "./azure-blob-store.ts";
import type { AzureBlobSpec, AzureCredential } from "./azure-spec.ts";

const deps = { clock: systemClock };
const MIB = 2 ** 20;
const body = [patternBytes(MIB, 1), patternBytes(MIB, 2), patternBytes(5, 3)];
let azurite: Azurite;
let proxy: CuttingProxy;

before(async () => {
  azurite = await startAzurite();
  proxy = await startCuttingProxy(azurite.port);
  await createBlobContainer(specAt(azurite.port), deps);
});
after(async () => {
  await proxy[Symbol.asyncDispose]();
  await azurite.stop();
});

function specAt(port: number, credential: AzureCredential = { kind: "key", key: azurite.key }): AzureBlobSpec {
  const { account } = azurite;
  return { kind: "azure-blob", account, serviceUrl: `http://127.0.0.1:${port}/${account}`, container: "backup", prefix: "", credential };
}

/** The store behind the proxy, bare and with the retry wrapper; `retries` counts. */
async function throughProxy(credential?: AzureCredential): Promise<{ bare: ObjectStore; retrying: ObjectStore; retries: () => number }> {
  const bare = openAzureBlobStore(specAt(proxy.port, credential), deps);
  let retries = 0;
  const bounds = { delayMsFirst: 1, delayMsMax: 5 };
  const retrying = new RetryStore(bare, { ...deps, random: systemRandom, bounds, onRetry: () => (retries += 1) });
  return { bare, retrying, retries: () => retries };
}

async function holdsBody(key: string): Promise<void> {
  const straight = openAzureBlobStore(specAt(azurite.port), deps);
  assert.ok(Buffer.concat(body).equals(await straight.read(key)));
}

const isRetryable = (error: unknown): boolean => hasCode("E_STORE_UNAVAILABLE")(error) && (error as { retryable: boolean }).retryable;

test("create() fails when its answer is lost, and has taken effect all the same", async () => {
  const { bare } = await throughProxy();
  proxy.spoil("PUT", { kind: "lose-answer" });
  await assert.rejects(bare.create("lost/bare", body), isRetryable);
  await holdsBody("lost/bare");
  assert.equal(await bare.create("lost/bare", body), "exists");
});

test("create() under retry is created when its answer was lost", async () => {
  const { retrying, retries } = await throughProxy();
  proxy.spoil("PUT", { kind: "lose-answer" });
  assert.equal(await retrying.create("lost/retried", body), "created");
  assert.equal(retries(), 1);
  await holdsBody("lost/retried");
});

test("create() under retry is exists when the answer was lost and the object is somebody else's", async () => {
  const { bare, retrying } = await throughProxy();
  await bare.create("lost/other", [patternBytes(2 * MIB + 5, 9)]);
  proxy.spoil("PUT", { kind: "lose-answer" });
  assert.equal(await retrying.create("lost/other", body), "exists");
});

test("create() under retry succeeds when the request broke off in the middle, and no torn object is seen", async () => {
  const { bare, retrying, retries } = await throughProxy();
  proxy.spoil("PUT", { kind: "cut-request", afterBytes: MIB });
  await assert.rejects(bare.create("torn/bare", body), isRetryable);
  assert.equal(await bare.stat("torn/bare"), undefined);
  proxy.spoil("PUT", { kind: "cut-request", afterBytes: MIB });
  proxy.spoil("PUT", { kind: "cut-request", afterBytes: 1000 });
  assert.equal(await retrying.create("torn/retried", body), "created");
  assert.equal(retries(), 2);
  await holdsBody("torn/retried");
});

test("read() never returns less than the object when the answer breaks off, and succeeds under retry", async () => {
  const { bare, retrying, retries } = await throughProxy();
  await bare.create("read/x", body);
  proxy.spoil("GET", { kind: "cut-answer", afterBytes: MIB });
  await assert.rejects(bare.read("read/x"), isRetryable);
  proxy.spoil("GET", { kind: "cut-answer", afterBytes: 100_000 });
  await assert.rejects(bare.read("read/x", { offset: 10, length: MIB }), isRetryable);
  proxy.spoil("GET", { kind: "cut-answer", afterBytes: MIB });
  proxy.spoil("GET", { kind: "lose-answer" });
  assert.ok(Buffer.concat(body).equals(await retrying.read("read/x")));
  assert.equal(retries(), 2);
});

test("a range of a plain blob goes on where its answer broke off", async () => {
  const blobs = openAzureBlobs(specAt(proxy.port), deps);
  const whole = Buffer.concat(body);
  await putBlob(blobs, "ranged", whole);
  const { version } = await blobs.read("ranged", { range: { offset: 0, length: 1 } });
  let retries = 0;
  const meter = newBlobMeter();
  const retrying = new RetryBlobStore(new MeterBlobStore(blobs, meter), {
    ...deps,
    random: systemRandom,
    bounds: { delayMsFirst: 1, delayMsMax: 5 },
    onRetry: () => (retries += 1),
  });
  const range = { offset: 10, length: 2 * MIB - 10 };
  const into = new Uint8Array(range.length);
  let there = 0;
  const arrived = (count: number): void => {
    assert.ok(count > there && whole.subarray(range.offset + there, range.offset + count).equals(into.subarray(there, count)));
    there = count;
  };
  proxy.spoil("GET", { kind: "cut-answer", afterBytes: MIB });
  proxy.spoil("GET", { kind: "cut-answer", afterBytes: 300_000 });
  const { bytes } = await retrying.read("ranged", { range, version, into, arrived });
  assert.ok(whole.subarray(10, 2 * MIB).equals(bytes));
  assert.deepEqual([retries, meter.bytesReceived], [2, range.length]);
});

test("list(), stat() and remove() under retry survive a lost answer", async () => {
  const { retrying, retries } = await throughProxy();
  for (const key of ["few/1", "few/2"]) await retrying.create(key, [patternBytes(3)]);
  proxy.spoil("GET", { kind: "cut-answer", afterBytes: 300 });
  const keys: string[] = [];
  for await (const { key } of retrying.list("few/")) keys.push(key);
  assert.deepEqual(keys, ["few/1", "few/2"]);
  proxy.spoil("HEAD", { kind: "lose-answer" });
  assert.equal((await retrying.stat("few/1"))?.size, 3);
  proxy.spoil("DELETE", { kind: "lose-answer" });
  await retrying.remove("few/1");
  assert.equal(await retrying.stat("few/1"), undefined);
  assert.equal(retries(), 3);
});

test("create() under retry with a create-only SAS is exists when the answer was lost: nobody may look", async () => {
  const { retrying } = await throughProxy({ kind: "sas", sas: await makeSas(azurite, "backup", "c") });
  proxy.spoil("PUT", { kind: "lose-answer" });
  assert.equal(await retrying.create("lost/blind", body), "exists");
  await holdsBody("lost/blind");
});

test("a call on a dead line is given up after the silence allowed and is retryable", async () => {
  const store = openAzureBlobStore(specAt(proxy.port), { ...deps, bounds: { silentMsMax: 300 } });
  await store.create("dead/x", body);
  proxy.spoil("GET", { kind: "silence" });
  await assert.rejects(store.read("dead/x"), isRetryable);
  proxy.spoil("PUT", { kind: "silence" });
  await assert.rejects(store.create("dead/y", body), isRetryable);
});

test("a call on a dead line ends with the caller's reason when the caller aborts", async () => {
  const { bare } = await throughProxy();
  const reason = new Error("stop");
  const stop = new AbortController();
  proxy.spoil("HEAD", { kind: "silence" });
  const call = bare.stat("dead/x", { signal: stop.signal });
  setTimeout(() => stop.abort(reason), 50);
  await assert.rejects(call, (error) => error === reason);
});
