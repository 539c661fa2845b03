import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode, patternBytes } from "../../test/support/object-store-suite.ts";
import { systemClock } from "../shared/clock.ts";
import type { AppError } from "../shared/errors.ts";
import { md5Of } from "../shared/md5.ts";
import { MemoryBlobStore, emptyBlobs } from "../storage/blob/memory-blob-store.ts";
import type { MemoryBlobs } from "../storage/blob/memory-blob-store.ts";
import type { BlobRead, BlobReadOptions } from "../storage/blob/blob-store.ts";
import { BlobFetcher } from "./blob-fetcher.ts";
import { FIRST_RANGE_BYTES, RANGE_BYTES, WHOLE_FILE_BYTES_MAX } from "./limits.ts";

function holding(bytes: Uint8Array, md5: Uint8Array | undefined = md5Of(bytes)): MemoryBlobs {
  const place = emptyBlobs();
  place.blobs.set("a", { bytes, md5, metadata: { mode: "0600" }, version: 1 });
  return place;
}

function fetcherOf(store: MemoryBlobStore): BlobFetcher {
  return new BlobFetcher({ store, signal: new AbortController().signal, clock: systemClock, onFetched: () => undefined });
}

interface Fetched {
  readonly bytes: Uint8Array;
  readonly calls: number;
  readonly checked: boolean;
}

async function fetchAll(place: MemoryBlobs, size: number, onCall: (call: number) => void = () => undefined): Promise<Fetched> {
  await using fetcher = fetcherOf(new MemoryBlobStore(place));
  const into = Buffer.alloc(size);
  let calls = 0;
  const { checked, metadata } = await fetcher.fetch("a", size, (bytes, position) => {
    into.set(bytes, position);
    onCall((calls += 1));
  });
  assert.deepEqual(metadata, { mode: "0600" });
  return { bytes: into, calls, checked };
}

test("BlobFetcher gives small blobs whole and large ones in order, block by block", async () => {
  for (const [size, calls] of [
    [0, 1],
    [1, 1],
    [WHOLE_FILE_BYTES_MAX, 1],
    [WHOLE_FILE_BYTES_MAX + 1, 2],
    [FIRST_RANGE_BYTES + RANGE_BYTES, 2],
    [FIRST_RANGE_BYTES + RANGE_BYTES + 1, 3],
    [FIRST_RANGE_BYTES + RANGE_BYTES * 9 + 5, 11],
  ] as const) {
    const bytes = patternBytes(size);
    const fetched = await fetchAll(holding(bytes), size);
    assert.ok(Buffer.from(fetched.bytes).equals(bytes), `${size}`);
    assert.deepEqual([fetched.calls, fetched.checked], [calls, true]);
  }
});

test("BlobFetcher refuses content without its MD5: a small blob before the first byte, a large one at its end", async () => {
  for (const [size, calls] of [
    [100, 0],
    [RANGE_BYTES * 3, 4],
  ] as const) {
    let seen = 0;
    await assert.rejects(
      fetchAll(holding(patternBytes(size), md5Of(patternBytes(3))), size, (call) => (seen = call)),
      hasCode("E_CORRUPT"),
    );
    assert.equal(seen, calls);
  }
});

test("BlobFetcher holds several large blobs at a time against their own MD5s", async () => {
  const place = emptyBlobs();
  for (const seed of [1, 2, 3]) {
    const bytes = patternBytes(RANGE_BYTES * 3 + seed, seed);
    place.blobs.set(`b${seed}`, { bytes, md5: md5Of(seed === 2 ? patternBytes(9) : bytes), metadata: {}, version: 1 });
  }
  await using fetcher = fetcherOf(new MemoryBlobStore(place));
  const fetch = (seed: number) => fetcher.fetch(`b${seed}`, RANGE_BYTES * 3 + seed, () => undefined);
  const ends = await Promise.allSettled([1, 2, 3].map(fetch));
  assert.deepEqual(
    ends.map((end) => (end.status === "fulfilled" ? end.value.checked : (end.reason as AppError).code)),
    [true, "E_CORRUPT", true],
  );
});

test("BlobFetcher says so when a blob has no MD5", async () => {
  for (const size of [100, RANGE_BYTES * 3]) {
    const place = holding(patternBytes(size));
    const blob = place.blobs.get("a") ?? assert.fail();
    blob.md5 = undefined;
    assert.equal((await fetchAll(place, size)).checked, false);
  }
});

test("BlobFetcher never mixes two versions of a blob, and notices one that became shorter", async () => {
  const size = RANGE_BYTES * 12;
  const place = holding(patternBytes(size));
  const replaced = fetchAll(place, size, (call) => {
    const blob = place.blobs.get("a") ?? assert.fail();
    if (call === 1) place.blobs.set("a", { ...blob, bytes: patternBytes(size, 2), version: 2 });
  });
  await assert.rejects(replaced, hasCode("E_SOURCE_CHANGED"));
  await assert.rejects(fetchAll(holding(patternBytes(size - 1)), size), hasCode("E_CORRUPT"));
});

/** Ranges arrive in pieces of any length, each in its own time. */
class SlowBlobStore extends MemoryBlobStore {
  override async read(name: string, options: BlobReadOptions = {}): Promise<BlobRead> {
    const read = await super.read(name, options);
    const { into, arrived, version } = options;
    if (into === undefined || arrived === undefined) return read;
    assert.notEqual(version, undefined, "bytes of an unknown version are not handed out early");
    for (let at = 0, step = 777_777; at < read.bytes.length; at += step, step = (step * 31) % 2_000_003) {
      into.set(read.bytes.subarray(at, at + step), at);
      await new Promise((resolve) => setImmediate(resolve));
      if (at + step < read.bytes.length) arrived(at + step);
    }
    return { ...read, bytes: into.subarray(0, read.bytes.length) };
  }
}

test("BlobFetcher hands content on while it arrives, in order and without a gap, and checks all of it", async () => {
  const place = emptyBlobs();
  const sizes = [RANGE_BYTES * 4 + 5, RANGE_BYTES * 2, RANGE_BYTES * 3 - 1, RANGE_BYTES + 1];
  for (const [index, size] of sizes.entries()) {
    const bytes = patternBytes(size, index + 1);
    place.blobs.set(`b${index}`, { bytes, md5: md5Of(bytes), metadata: {}, version: 1 });
  }
  await using fetcher = fetcherOf(new SlowBlobStore(place));
  await Promise.all(
    sizes.map(async (size, index) => {
      const got = Buffer.alloc(size);
      let next = 0;
      let calls = 0;
      const { checked } = await fetcher.fetch(`b${index}`, size, async (bytes, position) => {
        assert.equal(position, next);
        next += bytes.length;
        calls += 1;
        await new Promise((resolve) => setImmediate(resolve));
        got.set(bytes, position);
      });
      assert.ok(got.equals(place.blobs.get(`b${index}`)?.bytes ?? assert.fail()));
      assert.ok(checked && calls >= Math.ceil(size / RANGE_BYTES));
    }),
  );
});

test("BlobFetcher ends several blobs that fail at the same time, and goes on with others", async () => {
  const size = RANGE_BYTES * 10;
  const bytes = patternBytes(size);
  const place = emptyBlobs();
  for (const name of ["a", "b", "c"]) place.blobs.set(name, { bytes, md5: md5Of(bytes), metadata: {}, version: 1 });
  await using fetcher = fetcherOf(new SlowBlobStore(place));
  const full = new Error("the disk is full");
  let written = 0;
  const ends = await Promise.allSettled(
    ["a", "b", "c"].map((name) =>
      fetcher.fetch(name, size, (piece) => {
        if ((written += piece.length) > RANGE_BYTES * 5) throw full;
      }),
    ),
  );
  assert.deepEqual(
    ends.map((end) => end.status === "rejected" && end.reason === full),
    [true, true, true],
  );
  assert.equal((await fetcher.fetch("a", size, () => undefined)).checked, true);
});

test("BlobFetcher gives its memory back after failures: many in a row leave enough for the next", async () => {
  const size = RANGE_BYTES * 12;
  const place = holding(patternBytes(size));
  await using fetcher = fetcherOf(new MemoryBlobStore(place));
  const stop = new Error("the sink is full");
  for (let round = 0; round < 5; round += 1)
    await assert.rejects(
      fetcher.fetch("a", size, (_bytes, position) => {
        if (position >= RANGE_BYTES) throw stop;
      }),
      (error) => error === stop,
    );
  assert.equal((await fetcher.fetch("a", size, () => undefined)).size, size);
});
