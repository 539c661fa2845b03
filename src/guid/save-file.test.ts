import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { hasCode, patternBytes } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { ManualClock, systemClock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { md5Of } from "../shared/md5.ts";
import { seededRandom } from "../shared/random.ts";
import { MemoryBlobStore, emptyBlobs } from "../storage/blob/memory-blob-store.ts";
import { MeterBlobStore, newBlobMeter } from "../storage/meter/meter-blob-store.ts";
import type { EntryFacts } from "./entry-facts.ts";
import { NO_FACTS } from "./entry-facts.ts";
import { BLOCK_BYTES, WHOLE_FILE_BYTES_MAX } from "./limits.ts";
import { FileSaver, blockBytesFor } from "./save-file.ts";
import type { FileSaverDeps } from "./save-file.ts";

const HOUR_NS = 3_600_000_000_000n;

function saverOf(options: Partial<FileSaverDeps> = {}): FileSaver {
  return new FileSaver({
    store: new MemoryBlobStore(),
    clock: new ManualClock(BigInt(Date.now()) * 1_000_000n + HOUR_NS),
    random: seededRandom(1),
    signal: new AbortController().signal,
    force: false,
    onRead: () => undefined,
    onSent: () => undefined,
    ...options,
  });
}

/** A saver over memory, an hour after everything that is on the disk now. */
function scene(options: { force?: boolean } = {}) {
  const place = emptyBlobs();
  const meter = newBlobMeter();
  let bytesRead = 0;
  const sent: number[] = [];
  const saver = saverOf({
    store: new MeterBlobStore(new MemoryBlobStore(place), meter),
    force: options.force ?? false,
    onRead: (bytes) => (bytesRead += bytes),
    onSent: (bytes) => sent.push(bytes),
  });
  return { place, meter, saver, sent, read: () => bytesRead, [Symbol.asyncDispose]: () => saver[Symbol.asyncDispose]() };
}

const stored = (bytes: Uint8Array): EntryFacts => ({ ...NO_FACTS, content: { size: bytes.length, md5: md5Of(bytes) } });

test("FileSaver sends small files by one put and large ones by blocks, with MD5, time and permissions", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  for (const [size, calls] of [
    [0, [1, 0, 0]],
    [1000, [1, 0, 0]],
    [WHOLE_FILE_BYTES_MAX, [1, 0, 0]],
    [BLOCK_BYTES * 10 + 1, [0, 11, 1]],
  ] as const) {
    await using scenery = scene();
    const { place, meter, saver, sent } = scenery;
    const bytes = patternBytes(size);
    writeFileSync(path, bytes, { mode: 0o640 });
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const { outcome, known } = await saver.save({ guid: "8c-1", path }, NO_FACTS);
    assert.equal(outcome, "uploaded");
    assert.deepEqual([meter.puts, meter.blocks, meter.commits], calls);
    assert.deepEqual([sent.length, sent.reduce((sum, part) => sum + part, 0)], [calls[0] + calls[1], size]);
    const blob = place.blobs.get("8c-1") ?? assert.fail();
    assert.ok(Buffer.from(blob.bytes).equals(bytes));
    assert.deepEqual(Buffer.from(blob.md5 ?? []), Buffer.from(md5Of(bytes)));
    assert.deepEqual(blob.metadata, { mode: "0640", mtime: "2023-11-14T22:13:20.000000000Z" });
    assert.deepEqual([known?.size, known?.modifiedNs], [size, 1_700_000_000_000_000_000n]);
  }
});

test("FileSaver sends nothing that is stored: known files are not even read, others are read once", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  for (const size of [1000, BLOCK_BYTES * 3]) {
    const bytes = patternBytes(size);
    writeFileSync(path, bytes);
    await using scenery = scene();
    const { meter, saver, read } = scenery;
    const first = await saver.save({ guid: "8c-1", path }, stored(bytes));
    assert.deepEqual([first.outcome, read(), meter.bytesSent], ["unchanged", size, 0]);
    const second = await saver.save({ guid: "8c-1", path }, { ...stored(bytes), known: first.known });
    assert.deepEqual([second.outcome, read(), meter.bytesSent], ["unchanged", size, 0]);
    // What is known of the file says nothing about a blob that has another MD5 by now, or none.
    for (const content of [{ size, md5: md5Of(patternBytes(5)) }, { size, md5: undefined }, undefined]) {
      await using again = scene();
      assert.equal((await again.saver.save({ guid: "8c-1", path }, { ...NO_FACTS, content, known: first.known })).outcome, "uploaded");
      assert.equal(again.meter.bytesSent, size);
    }
  }
});

test("FileSaver notices a file that was rewritten with the same size and the same time", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  writeFileSync(path, "one");
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  const { place, saver } = scene();
  const { known } = await saver.save({ guid: "8c-1", path }, NO_FACTS);
  writeFileSync(path, "two");
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  assert.equal((await saver.save({ guid: "8c-1", path }, { ...stored(Buffer.from("one")), known })).outcome, "uploaded");
  assert.equal(Buffer.from(place.blobs.get("8c-1")?.bytes ?? []).toString(), "two");
});

test("FileSaver remembers nothing of a file so young that its times prove nothing", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  writeFileSync(path, "fresh");
  const clock = new ManualClock(BigInt(Date.now()) * 1_000_000n);
  await using saver = saverOf({ clock });
  assert.equal((await saver.save({ guid: "8c-1", path }, NO_FACTS)).known, undefined);
});

test("FileSaver sends what is stored when it is told to", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  writeFileSync(path, "same");
  const { saver } = scene({ force: true });
  assert.equal((await saver.save({ guid: "8c-1", path }, stored(Buffer.from("same")))).outcome, "uploaded");
});

test("FileSaver tells a missing file from one that cannot be read, and waits for no FIFO", async () => {
  await using folder = await tempFolder("save");
  const { saver } = scene();
  const at = (name: string): string => `${folder.path}/${name}`;
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("fifo")]);
  writeFileSync(at("file"), "x");
  symlinkSync("file", at("link"));
  symlinkSync("nothing", at("dangling"));
  for (const name of ["none", "file/below", "dangling"])
    await assert.rejects(saver.save({ guid: "8c-1", path: at(name) }, NO_FACTS), hasCode("E_SOURCE_MISSING"));
  for (const name of ["folder", "fifo", "\ud800"])
    await assert.rejects(saver.save({ guid: "8c-1", path: at(name) }, NO_FACTS), hasCode("E_SOURCE_READ"));
  // A link is what its user means by the path.
  assert.equal((await saver.save({ guid: "8c-1", path: at("link") }, NO_FACTS)).outcome, "uploaded");
});

test("FileSaver says so when a file changes while it is read", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  writeFileSync(path, patternBytes(BLOCK_BYTES * 3));
  let touched = false;
  await using saver = saverOf({
    onRead: () => {
      if (!touched) writeFileSync(path, patternBytes(BLOCK_BYTES * 3, 2));
      touched = true;
    },
  });
  await assert.rejects(saver.save({ guid: "8c-1", path }, NO_FACTS), hasCode("E_SOURCE_CHANGED"));
});

test("FileSaver says so when a file becomes shorter while it is read, and commits nothing", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  const meter = newBlobMeter();
  let shortened = false;
  await using saver = saverOf({
    store: new MeterBlobStore(new MemoryBlobStore(), meter),
    onRead: () => {
      if (!shortened) truncateSync(path, BLOCK_BYTES * 2 + 7);
      shortened = true;
    },
  });
  writeFileSync(path, patternBytes(BLOCK_BYTES * 4));
  await assert.rejects(saver.save({ guid: "8c-1", path }, NO_FACTS), hasCode("E_SOURCE_CHANGED"));
  assert.equal(meter.commits, 0);
});

test("FileSaver gives several large files that are saved at once each its own MD5", async () => {
  await using folder = await tempFolder("save");
  const place = emptyBlobs();
  await using saver = saverOf({ store: new MemoryBlobStore(place), clock: systemClock });
  const contents = [0, 1, 63, 64, 65, 1_000_003].map((more, seed) => patternBytes(BLOCK_BYTES * 2 + more, seed + 1));
  await Promise.all(
    contents.map(async (bytes, index) => {
      const path = `${folder.path}/${index}`;
      writeFileSync(path, bytes);
      assert.equal((await saver.save({ guid: `8c-${index}`, path }, NO_FACTS)).outcome, "uploaded");
    }),
  );
  for (const [index, bytes] of contents.entries()) {
    const blob = place.blobs.get(`8c-${index}`) ?? assert.fail();
    assert.ok(Buffer.from(blob.bytes).equals(bytes));
    assert.deepEqual(Buffer.from(blob.md5 ?? []), Buffer.from(md5Of(bytes)));
  }
});

test("FileSaver sends a file that is large for its store in larger blocks, with its MD5", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  const place = emptyBlobs();
  const store = Object.assign(new MemoryBlobStore(place), { capabilities: { ...new MemoryBlobStore().capabilities, blocksMax: 2 } });
  const sent: number[] = [];
  await using saver = saverOf({ store, onSent: (bytes) => sent.push(bytes) });
  const bytes = patternBytes(BLOCK_BYTES * 2 + 1);
  writeFileSync(path, bytes);
  await saver.save({ guid: "8c-1", path }, NO_FACTS);
  assert.deepEqual(
    sent.toSorted((a, b) => b - a),
    [BLOCK_BYTES + 2 ** 20, BLOCK_BYTES + 1 - 2 ** 20],
  );
  assert.deepEqual(Buffer.from(place.blobs.get("8c-1")?.md5 ?? []), Buffer.from(md5Of(bytes)));
});

test("FileSaver ends with the store's error, waits for its other blocks, and commits nothing", async () => {
  await using folder = await tempFolder("save");
  const path = `${folder.path}/file`;
  writeFileSync(path, patternBytes(BLOCK_BYTES * 12));
  const inner = new MemoryBlobStore();
  let pending = 0;
  const store = Object.assign(Object.create(inner) as MemoryBlobStore, {
    capabilities: inner.capabilities,
    putBlock: async ({ index }: { readonly index: number }): Promise<void> => {
      pending += 1;
      await new Promise((resolve) => setImmediate(resolve));
      pending -= 1;
      if (index === 2) throw new AppError({ code: "E_STORE_FULL", what: "full" });
    },
    commit: () => assert.fail("committed"),
  });
  await using saver = saverOf({ store });
  for (let round = 0; round < 4; round += 1) {
    await assert.rejects(saver.save({ guid: "8c-1", path }, NO_FACTS), hasCode("E_STORE_FULL"));
    assert.equal(pending, 0);
  }
});

test("blockBytesFor() keeps to the usual size while a blob has blocks enough, then grows by whole MiB", () => {
  assert.equal(blockBytesFor(1, 50_000), BLOCK_BYTES);
  assert.equal(blockBytesFor(BLOCK_BYTES * 50_000, 50_000), BLOCK_BYTES);
  assert.equal(blockBytesFor(BLOCK_BYTES * 50_000 + 1, 50_000), BLOCK_BYTES + 2 ** 20);
  const huge = 4 * 2 ** 40;
  assert.ok(Math.ceil(huge / blockBytesFor(huge, 50_000)) <= 50_000);
});
