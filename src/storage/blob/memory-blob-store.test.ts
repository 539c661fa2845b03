import assert from "node:assert/strict";
import { test } from "node:test";
import { blobStoreSuite } from "../../../test/support/blob-store-suite.ts";
import { ManualClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { md5Of } from "../../shared/md5.ts";
import { seededRandom } from "../../shared/random.ts";
import { RequestGauge } from "../../telemetry/request-gauge.ts";
import { MeterBlobStore, newBlobMeter } from "../meter/meter-blob-store.ts";
import { RetryBlobStore } from "../retry/retry-blob-store.ts";
import type { BlobStore } from "./blob-store.ts";
import { MemoryBlobStore, emptyBlobs } from "./memory-blob-store.ts";

const deps = (): { clock: ManualClock; random: ReturnType<typeof seededRandom> } => ({ clock: new ManualClock(), random: seededRandom(1) });

blobStoreSuite("memory", async () => {
  const place = emptyBlobs();
  return { connect: async (pageBlobsMax) => new MemoryBlobStore(place, { pageBlobsMax }) };
});

blobStoreSuite("meter and retry over memory", async () => {
  const place = emptyBlobs();
  return {
    connect: async (pageBlobsMax) => {
      const inner = new MeterBlobStore(new MemoryBlobStore(place, { pageBlobsMax }), newBlobMeter(), new RequestGauge());
      // One attempt: a wrong MD5 is not to be tried for ten minutes.
      return new RetryBlobStore(inner, { ...deps(), bounds: { attemptsMax: 1 } });
    },
  };
});

const unavailable = (status: number): AppError =>
  new AppError({ code: "E_STORE_UNAVAILABLE", what: "no answer", retryable: true, data: { status } });

/** Fails the first calls of each method. */
function failing(inner: BlobStore, failures: number, status: number): BlobStore {
  let left = failures;
  const orFail = <T>(call: () => Promise<T>): Promise<T> => ((left -= 1) >= 0 ? Promise.reject(unavailable(status)) : call());
  return {
    capabilities: inner.capabilities,
    put: (...given) => orFail(() => inner.put(...given)),
    putBlock: (...given) => orFail(() => inner.putBlock(...given)),
    commit: (...given) => orFail(() => inner.commit(...given)),
    read: (...given) => orFail(() => inner.read(...given)),
    page: (...given) => orFail(() => inner.page(...given)),
    close: () => inner.close(),
  };
}

const blob = { name: "a", bytes: new Uint8Array([1, 2, 3]), md5: md5Of(new Uint8Array([1, 2, 3])), metadata: {} };

test("RetryBlobStore repeats every call until it succeeds, and tells each repetition", async () => {
  const inner = new MemoryBlobStore();
  const calls: ((store: BlobStore) => Promise<unknown>)[] = [
    (store) => store.put(blob),
    (store) => store.putBlock({ name: "b", upload: "0123456789abcdef", index: 0, bytes: blob.bytes }),
    (store) => store.commit({ ...blob, name: "b", upload: "0123456789abcdef", blocks: 1 }),
    (store) => store.read("b"),
    (store) => store.page(""),
  ];
  for (const call of calls) {
    let retries = 0;
    await call(new RetryBlobStore(failing(inner, 3, 503), { ...deps(), onRetry: () => (retries += 1) }));
    assert.equal(retries, 3);
  }
  assert.equal((await inner.page("")).blobs.length, 2);
});

test("RetryBlobStore gives up at its bounds, and at once when repeating cannot help", async () => {
  const bounded = new RetryBlobStore(failing(new MemoryBlobStore(), 9, 503), { ...deps(), bounds: { attemptsMax: 4 } });
  await assert.rejects(bounded.put(blob), (error) => error instanceof AppError && error.data["attempts"] === 4);
  let retries = 0;
  const missing = new RetryBlobStore(new MemoryBlobStore(), { ...deps(), onRetry: () => (retries += 1) });
  await assert.rejects(missing.read("none"), (error) => error instanceof AppError && error.code === "E_OBJECT_NOT_FOUND");
  assert.equal(retries, 0);
});

test("MeterBlobStore counts calls, bytes, errors and what was throttled", async () => {
  const meter = newBlobMeter();
  const gauge = new RequestGauge();
  const store = new MeterBlobStore(failing(new MemoryBlobStore(), 2, 429), meter, gauge);
  await assert.rejects(store.put(blob));
  await assert.rejects(store.read("a"));
  await store.put(blob);
  await store.putBlock({ name: "b", upload: "0123456789abcdef", index: 0, bytes: blob.bytes });
  await store.commit({ ...blob, name: "b", upload: "0123456789abcdef", blocks: 1 });
  await store.read("a");
  await store.page("");
  const { puts, blocks, commits, reads, pages, errors, bytesSent, bytesReceived } = meter;
  assert.deepEqual([puts, blocks, commits, reads, pages, errors, bytesSent, bytesReceived], [2, 1, 1, 2, 1, 2, 9, 3]);
  assert.deepEqual(gauge.counts, { inFlight: 0, requests: 7, throttled: 2, failed: 2 });
});
