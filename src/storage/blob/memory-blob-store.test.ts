import assert from "node:assert/strict";
import { test } from "node:test";
import { blobStoreSuite, putBlob } from "../../../test/support/blob-store-suite.ts";
import { hasCode, patternBytes } from "../../../test/support/object-store-suite.ts";
import { ManualClock } from "../../shared/clock.ts";
import { AppError } from "../../shared/errors.ts";
import { md5Of } from "../../shared/md5.ts";
import { seededRandom } from "../../shared/random.ts";
import { RequestGauge } from "../../telemetry/request-gauge.ts";
import { MeterBlobStore, newBlobMeter } from "../meter/meter-blob-store.ts";
import { RetryBlobStore } from "../retry/retry-blob-store.ts";
import type { BlobRead, BlobReadOptions, BlobStore } from "./blob-store.ts";
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

/** Gives half of each range that is longer than 10 bytes, then fails; `meanwhile` happens in between. */
class BreakingBlobStore extends MemoryBlobStore {
  readonly asked: string[] = [];
  meanwhile = async (): Promise<void> => undefined;

  override async read(name: string, options: BlobReadOptions = {}): Promise<BlobRead> {
    const read = await super.read(name, options);
    const { range, into, arrived } = options;
    this.asked.push(`${range?.offset}+${range?.length}`);
    if (into === undefined || read.bytes.length <= 10) return read;
    const half = read.bytes.subarray(0, read.bytes.length / 2);
    into.set(half);
    arrived?.(half.length);
    await this.meanwhile();
    throw unavailable(503);
  }
}

test("RetryBlobStore goes on with a range where it broke off, in one version of the blob, and every byte is counted once", async () => {
  const bytes = patternBytes(200);
  const inner = new BreakingBlobStore();
  await putBlob(inner, "a", bytes);
  const { version } = await inner.read("a", { range: { offset: 0, length: 1 } });
  const meter = newBlobMeter();
  const store = new RetryBlobStore(new MeterBlobStore(inner, meter), deps());
  inner.asked.length = 0;
  const options = { range: { offset: 100, length: 64 }, version, into: new Uint8Array(64) };
  const told: number[] = [];
  const read = await store.read("a", { ...options, arrived: (count) => told.push(count) });
  assert.deepEqual(read.bytes, bytes.slice(100, 164));
  assert.equal(read.bytes.buffer, options.into.buffer);
  assert.deepEqual(inner.asked, ["100+64", "132+32", "148+16", "156+8"]);
  assert.deepEqual(told, [32, 48, 56]);
  assert.equal(meter.bytesReceived, 64);
  inner.meanwhile = () => putBlob(inner, "a", patternBytes(200, 9));
  await assert.rejects(store.read("a", { ...options, arrived: () => undefined }), hasCode("E_SOURCE_CHANGED"));
});

test("RetryBlobStore begins anew with a range whose version is not known, and tells nothing before its end", async () => {
  const bytes = patternBytes(200);
  const inner = new BreakingBlobStore();
  await putBlob(inner, "a", bytes);
  const store = new RetryBlobStore(inner, { ...deps(), bounds: { attemptsMax: 3 } });
  const range = { offset: 0, length: 64 };
  await assert.rejects(store.read("a", { range, into: new Uint8Array(64), arrived: () => assert.fail() }), hasCode("E_STORE_UNAVAILABLE"));
  assert.deepEqual(inner.asked, ["0+64", "0+64", "0+64"]);
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
