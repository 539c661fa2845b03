import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, LANE_CHUNKS, type LaneFixture, laneOver } from "../../test/support/lane-fixture.ts";
import { XorHasher } from "../chunker/xor-hash.ts";
import { ChunkIndex } from "../repository/chunk-index.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { MemorySource, memoryReader } from "../source/memory/memory-source.ts";
import { toSourceNode } from "../source/memory/memory-tree.ts";
import type { SourceNode } from "../source/source.ts";
import type { FileOutcome } from "./file-outcome.ts";
import { type FileJob, FileQueue } from "./file-queue.ts";
import type { LanePool } from "./lane-pool.ts";
import { BATCH_BYTES_MAX, BATCH_FILES_MAX, type BatchResult, type FileBatch } from "./lane-protocol.ts";

const SEGMENT_BYTES = 16 * 4096;

/** A pool whose batches are handed back when the test says so, by a real lane. */
class HandPool implements LanePool {
  readonly batches: FileBatch[] = [];
  readonly indexes: ChunkIndex[] = [];
  /** Handed back at once, or kept until `release`. */
  automatic = true;
  fails: ((batch: FileBatch) => Error | undefined) | undefined;
  readonly #lane: LaneFixture | undefined;
  #waiting: (() => void)[] = [];
  #tail: Promise<unknown> = Promise.resolve();

  constructor(lane?: LaneFixture) {
    this.#lane = lane;
  }

  async room(): Promise<void> {}

  async submit(batch: FileBatch): Promise<BatchResult> {
    this.batches.push(batch);
    if (!this.automatic) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const error = this.fails?.(batch);
    if (error !== undefined) throw error;
    if (this.#lane === undefined) return emptyResult(batch);
    const { lane } = this.#lane;
    const result = this.#tail.then(() => lane.process(batch));
    this.#tail = result;
    return await result;
  }

  /** Hands back what is kept, the latest first. */
  release(): void {
    for (const resolve of this.#waiting.splice(0).toReversed()) resolve();
  }

  async useIndex(index: ChunkIndex): Promise<void> {
    this.indexes.push(index);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

function emptyResult({ names }: FileBatch): BatchResult {
  const count = names.length;
  return {
    chunkCounts: new Uint32Array(count),
    chunkIds: new Uint8Array(0),
    chunkLengths: new Uint32Array(0),
    xorHashes: BigUint64Array.from(names, (name) => BigInt(name.length)),
    extras: new Map(),
    bytesRead: count,
    bytesNew: 0,
  };
}

interface Made {
  readonly queue: FileQueue;
  readonly pool: HandPool;
  readonly results: BatchResult[];
  index: ChunkIndex;
}

function queueOver(pool = new HandPool(), index = ChunkIndex.withRoomFor(200_000)): Made {
  const results: BatchResult[] = [];
  const made: Made = { pool, results, index, queue: undefined as never };
  const queue = new FileQueue({
    pool,
    index: () => made.index,
    growIndex: (chunks) => (made.index = made.index.grown(chunks)),
    chunkBytesMin: LANE_CHUNKS.minBytes,
    progress: (result) => results.push(result),
    segmentBytes: SEGMENT_BYTES,
  });
  return Object.assign(made, { queue });
}

const plain = toSourceNode(byteStringOf(""), new MemorySource("plain").tree.root);

function job(
  name: string,
  done: FileJob["done"] = () => undefined,
  facts: Partial<SourceNode> & { source?: number; directory?: string } = {},
): FileJob {
  const { source = 0, directory = "", ...node } = facts;
  const bytes = byteStringOf(name);
  return {
    source,
    directory: byteStringOf(directory),
    name: bytes,
    node: { ...plain, name: bytes, size: 1, allocatedBytes: 1, ...node },
    done,
  };
}

/** Claims made-up chunks until only so many more fit. */
function fill(index: ChunkIndex, free: number): void {
  for (let at = index.count; index.free > free; at += 1) {
    const id = Uint32Array.of(Math.imul(at, 0x9e37_79b1), 1, 2, 3, 4, 5, 6, 7);
    index.claim(new Uint8Array(id.buffer), 0, 0);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

test("FileQueue gathers files into batches by number and by bytes, and hands each its own outcome", async () => {
  const { queue, pool, results } = queueOver();
  const told: string[] = [];
  const count = BATCH_FILES_MAX + 3;
  for (let at = 0; at < count; at += 1) {
    const name = "x".repeat(at % 7) + String(at);
    await queue.add(
      job(name, ({ xorHash }) => void told.push(`${name} ${xorHash === BigInt(name.length)}`), { directory: `d${Math.floor(at / 100)}` }),
    );
  }
  assert.deepEqual(
    pool.batches.map(({ names }) => names.length),
    [BATCH_FILES_MAX],
  );
  for (let at = 0; at < 3; at += 1) await queue.add(job("large", undefined, { size: BATCH_BYTES_MAX / 2, allocatedBytes: 0 }));
  await queue.drain();
  assert.deepEqual(
    pool.batches.map(({ names }) => names.length),
    [BATCH_FILES_MAX, 5, 1],
  );
  const [first] = pool.batches;
  assert.deepEqual([first?.directories, first?.directoryOf[99], first?.directoryOf[100]], [["d0", "d1", "d2", "d3", "d4", "d5"], 0, 1]);
  assert.equal(told.filter((line) => line.endsWith("true")).length, count);
  assert.equal(results.length, 3);
});

test("FileQueue never mixes sources in a batch", async () => {
  const { queue, pool } = queueOver();
  for (const source of [0, 0, 1, 0]) await queue.add(job("a", undefined, { source }));
  await queue.drain();
  assert.deepEqual(
    pool.batches.map(({ source, names }) => [source, names.length]),
    [
      [0, 2],
      [1, 1],
      [0, 1],
    ],
  );
});

test("FileQueue.drain() waits for what is on its way and for asynchronous callbacks", async () => {
  const { queue, pool } = queueOver();
  pool.automatic = false;
  const told: string[] = [];
  await queue.add(
    job("a", async () => {
      await turn();
      told.push("a");
    }),
  );
  const drained = queue.drain().then(() => told.push("drained"));
  await turn();
  assert.deepEqual(told, []);
  pool.release();
  await drained;
  assert.deepEqual(told, ["a", "drained"]);
});

test("FileQueue reads a huge file in segments whose joined chunks and hash are those of the file", async () => {
  const content = seededRandom(1).bytes(3 * SEGMENT_BYTES + 999);
  const source = new MemorySource("segments");
  const attributes = [{ name: byteStringOf("user.a"), value: Uint8Array.of(7) }];
  source.tree.put(byteStringOf("huge"), { content, attributes });
  const node = toSourceNode(byteStringOf("huge"), source.tree.find(byteStringOf("huge")));
  const fixture = await laneOver(memoryReader("segments"));
  const { queue, pool } = queueOver(new HandPool(fixture));
  pool.automatic = false;
  const found: FileOutcome[] = [];
  await queue.add(job("huge", (outcome) => void found.push(outcome), node));
  assert.equal(pool.batches.length, 4);
  pool.release();
  await queue.drain();
  const [outcome] = found;
  const hasher = new XorHasher();
  hasher.update(content);
  assert.deepEqual([found.length, outcome?.xorHash, outcome?.extras], [1, hasher.digest(), { attributes }]);
  let start = 0;
  for (const [at, length] of (outcome?.content.lengths ?? []).entries()) {
    assert.deepEqual(
      outcome?.content.ids.slice(at * 32, at * 32 + 32),
      fixture.repository.hasher.id(1, content.subarray(start, start + length)),
    );
    start += length;
  }
  assert.equal(start, content.length);
  source.close();
});

test("FileQueue reads sparse files and those just below two segments in one piece", async () => {
  const { queue, pool } = queueOver();
  await queue.add(job("sparse", undefined, { size: 5 * SEGMENT_BYTES, allocatedBytes: SEGMENT_BYTES }));
  await queue.add(job("below", undefined, { size: 2 * SEGMENT_BYTES - 1, allocatedBytes: 2 * SEGMENT_BYTES }));
  await queue.drain();
  assert.deepEqual(
    pool.batches.map(({ names, segment }) => [names, segment]),
    [[["sparse", "below"], undefined]],
  );
});

test("FileQueue reads a file whole that changed under its segments", async () => {
  const content = seededRandom(1).bytes(2 * SEGMENT_BYTES);
  const source = new MemorySource("restless");
  source.tree.put(byteStringOf("huge"), { content });
  const node = toSourceNode(byteStringOf("huge"), source.tree.find(byteStringOf("huge")));
  const fixture = await laneOver(memoryReader("restless"));
  const { queue, pool } = queueOver(new HandPool(fixture));
  source.tree.update(byteStringOf("huge"), { mode: 0o600 });
  const found: FileOutcome[] = [];
  await queue.add(job("huge", (outcome) => void found.push(outcome), node));
  await queue.drain();
  assert.deepEqual(
    pool.batches.map(({ segment }) => segment?.offset),
    [0, SEGMENT_BYTES, undefined],
  );
  assert.deepEqual([found.length, found[0]?.extras.error, found[0]?.extras.fresh?.mode], [1, undefined, 0o600]);
  source.close();
});

test("FileQueue.addLater() reads a file from inside a callback without waiting, before drain() ends", async () => {
  const { queue, pool } = queueOver();
  const told: string[] = [];
  await queue.add(job("a", () => queue.addLater(job("b", () => queue.addLater(job("c", () => void told.push("c")))))));
  await queue.drain();
  assert.deepEqual([told, pool.batches.map(({ names }) => names)], [["c"], [["a"], ["b"], ["c"]]]);
});

test("FileQueue grows the index while nothing is on its way, before a batch could overfill it", async () => {
  const made = queueOver(new HandPool(), ChunkIndex.withRoomFor(1));
  const { queue, pool } = made;
  pool.automatic = false;
  const before = made.index;
  fill(before, 20_000);
  const name = (at: number): FileJob => job(`${at}`, undefined, { size: LANE_CHUNKS.minBytes * 100, allocatedBytes: 0 });
  for (let at = 0; at < 10; at += 1) await queue.add(name(at));
  await queue.send();
  assert.equal(pool.indexes.length, 0);
  for (let at = 0; at < 10; at += 1) await queue.add(name(at));
  let sent = false;
  const sending = queue.send().then(() => (sent = true));
  await turn();
  assert.deepEqual([sent, pool.indexes.length], [false, 0], "the first batch still uses the old index");
  pool.release();
  await sending;
  assert.deepEqual([pool.indexes.length, pool.indexes[0] === made.index, made.index === before], [1, true, false]);
  assert.ok(made.index.free > before.free);
  assert.equal(made.index.count, before.count);
  pool.release();
  await queue.drain();
});

test("FileQueue.keepRoom() grows an index that the main thread alone fills", async () => {
  const made = queueOver(new HandPool(), ChunkIndex.withRoomFor(1));
  await made.queue.keepRoom();
  assert.equal(made.pool.indexes.length, 0, "there is room");
  const { index } = made;
  fill(index, 1000);
  await made.queue.keepRoom();
  assert.deepEqual(made.pool.indexes, [made.index]);
  assert.ok(made.index.free > 16_000);
});

test("FileQueue keeps a failure of the pool for ever", async () => {
  const { queue, pool } = queueOver();
  const full = new AppError({ code: "E_STORE_FULL", what: "full" });
  pool.fails = ({ names }) => (names[0] === "bad" ? full : undefined);
  const told: string[] = [];
  await queue.add(job("bad", () => void told.push("bad")));
  await queue.send();
  await turn();
  await queue.add(job("next"));
  await assert.rejects(queue.send(), (error) => error === full);
  await assert.rejects(queue.drain(), (error) => error === full);
  await assert.rejects(queue.abandon(), (error) => error === full);
  assert.deepEqual([told, pool.batches.length], [[], 1]);
});

test("FileQueue.abandon() forgets a callback's failure and all files that were not handed back", async () => {
  const { queue, pool } = queueOver();
  const told: string[] = [];
  await queue.add(
    job("a", () => {
      queue.addLater(job("later", () => void told.push("later")));
      throw new AppError({ code: "E_CATALOG", what: "no catalog" });
    }),
  );
  await queue.send();
  await queue.add(job("open", () => void told.push("open")));
  await turn();
  await assert.rejects(queue.drain(), (error) => isAppError(error, "E_CATALOG"));
  await queue.abandon();
  await queue.add(job("anew", () => void told.push("anew")));
  await queue.drain();
  assert.deepEqual(told, ["anew"]);
  assert.equal(pool.batches.at(-1)?.names.length, 1);
});

test("batches carry what a lane needs to notice that a file is not the listed one", async () => {
  const { queue, pool } = queueOver();
  const facts = { size: 77, changeToken: 5n, nodeId: 9n };
  await queue.add(job("a", undefined, { ...facts, directory: "sub" }));
  await queue.drain();
  const expected = batchOf([{ ...plain, name: byteStringOf("a"), ...facts }]);
  assert.deepEqual(pool.batches, [{ ...expected, directories: ["sub"] }]);
});
