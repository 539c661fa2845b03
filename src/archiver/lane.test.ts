import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assertContent,
  batchOf,
  chunksOf,
  LANE_CHUNKS,
  type LaneFixture,
  laneOver,
  lengthsOf,
  storedIn,
} from "../../test/support/lane-fixture.ts";
import { finishXorHash, XorHasher } from "../chunker/xor-hash.ts";
import { ENTRY_KIND, type Extent } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { MemorySource, memoryReader } from "../source/memory/memory-source.ts";
import { type MemoryItem, toSourceNode } from "../source/memory/memory-tree.ts";
import type { OpenContent, SourceNode } from "../source/source.ts";

const WINDOW_BYTES = 2 * LANE_CHUNKS.maxBytes;
const SIZES = [0, 1, 4095, 4096, LANE_CHUNKS.maxBytes, WINDOW_BYTES - 1, WINDOW_BYTES, WINDOW_BYTES + 1, 5 * WINDOW_BYTES + 77];

let sources = 0;

/** A lane over memory files. */
async function laneOfFiles(
  items: Readonly<Record<string, MemoryItem>>,
): Promise<{ readonly fixture: LaneFixture; readonly source: MemorySource; readonly nodes: readonly SourceNode[] }> {
  sources += 1;
  const source = new MemorySource(`lane ${sources}`);
  const nodes = Object.entries(items).map(([name, item]) => toSourceNode(byteStringOf(name), source.tree.put(byteStringOf(name), item)));
  return { fixture: await laneOver(memoryReader(`lane ${sources}`)), source, nodes };
}

const file = (content: Uint8Array): MemoryItem => ({ content });
const noise = (bytes: number, seed = 1): Uint8Array => seededRandom(seed).bytes(bytes);

function xorHashOf(content: Uint8Array): bigint {
  const hasher = new XorHasher();
  hasher.update(content);
  return hasher.digest();
}

test("Lane.process() chunks, hashes and stores files of every length around its window", async () => {
  const contents = SIZES.map((size) => noise(size, size + 1));
  const { fixture, nodes } = await laneOfFiles(Object.fromEntries(contents.map((content, at) => [`file ${at}`, file(content)])));
  const result = await fixture.lane.process(batchOf(nodes));
  for (const [at, content] of contents.entries()) {
    assertContent(fixture, result, { at, content });
    assert.equal(result.xorHashes[at], xorHashOf(content), `length ${content.length}`);
    const lengths = lengthsOf(result)[at] ?? [];
    assert.ok(
      lengths.every((length) => length <= LANE_CHUNKS.maxBytes) && lengths.slice(0, -1).every((length) => length >= LANE_CHUNKS.minBytes),
    );
  }
  const total = SIZES.reduce((sum, size) => sum + size, 0);
  assert.deepEqual([result.extras.size, result.bytesRead, result.bytesNew], [0, total, total]);
});

test("Lane.process() cuts alike however few bytes a read returns, and whether reads wait or not", async () => {
  const content = noise(3 * WINDOW_BYTES + 5);
  const { fixture, nodes, source } = await laneOfFiles({ a: file(content) });
  const whole = lengthsOf(await fixture.lane.process(batchOf(nodes)));
  for (const wait of [false, true]) {
    const reader = memoryReader(source.description.path.slice(1));
    const dribbling = await laneOver({
      ...reader,
      open: async (directory, name) => {
        const opened = await reader.open(directory, name);
        const read: OpenContent["read"] = (into, position) => {
          const got = opened.read(into.subarray(0, 1 + ((position * 7) % 9999)), position);
          return wait ? Promise.resolve(got) : got;
        };
        return { ...opened, read };
      },
    });
    const result = await dribbling.lane.process(batchOf(nodes));
    assertContent(dribbling, result, { at: 0, content });
    assert.equal(result.xorHashes[0], xorHashOf(content));
    assert.deepEqual(lengthsOf(result), whole);
  }
});

test("Lane.process() stores equal content once, within a batch and from batch to batch", async () => {
  const content = noise(10_000);
  const { fixture, nodes } = await laneOfFiles({ a: file(content), b: file(content) });
  const first = await fixture.lane.process(batchOf(nodes));
  assert.deepEqual([first.bytesRead, first.bytesNew], [20_000, 10_000]);
  const [a, b] = chunksOf(first);
  assert.deepEqual(a, b);
  const second = await fixture.lane.process(batchOf(nodes));
  assert.deepEqual([second.bytesRead, second.bytesNew], [20_000, 0]);
  assert.equal(storedIn(fixture).size, a?.length);
});

test("Lane.process() sends every pack that is full, and flush() the last", async () => {
  const contents = Array.from({ length: 5 }, (_, at) => noise(500_000, at));
  const { fixture, nodes } = await laneOfFiles(Object.fromEntries(contents.map((content, at) => [`${at}`, file(content)])));
  const result = await fixture.lane.process(batchOf(nodes));
  assert.equal(fixture.sent.length, 2, "packs of a megabyte");
  await fixture.lane.flush();
  assert.equal(fixture.sent.length, 3);
  await fixture.lane.flush();
  assert.equal(fixture.sent.length, 3, "nothing is left to send");
  for (const [at, content] of contents.entries()) assertContent(fixture, result, { at, content });
});

test("Lane.process() reads only the data of a sparse file, and tells where it lies", async () => {
  const size = 10 * WINDOW_BYTES;
  const content = new Uint8Array(size);
  const data: Extent[] = [
    { offset: 0, length: 10 },
    { offset: 3 * WINDOW_BYTES + 100, length: WINDOW_BYTES },
    { offset: size - 1, length: 1 },
  ];
  for (const { offset, length } of data) content.set(noise(length, offset), offset);
  const { fixture, nodes } = await laneOfFiles({ sparse: { content, extents: data }, dense: file(noise(50)) });
  const result = await fixture.lane.process(batchOf(nodes));
  const extents = result.extras.get(0)?.extents ?? [];
  assert.deepEqual(extents, [
    { offset: 0, length: 4096 },
    { offset: 3 * WINDOW_BYTES, length: WINDOW_BYTES + 4096 },
    { offset: size - 4096, length: 4096 },
  ]);
  const kept = Buffer.concat(extents.map(({ offset, length }) => content.subarray(offset, offset + length)));
  assertContent(fixture, result, { at: 0, content: kept });
  assert.equal(result.bytesRead, kept.length + 50);
});

test("Lane.process() stores nothing of a file that is one hole, but tells apart holes of different length", async () => {
  const { fixture, nodes } = await laneOfFiles({
    a: { content: new Uint8Array(100_000), extents: [] },
    b: { content: new Uint8Array(200_000), extents: [] },
  });
  const result = await fixture.lane.process(batchOf(nodes));
  assert.deepEqual([...result.chunkCounts, result.bytesRead], [0, 0, 0]);
  assert.deepEqual([result.extras.get(0)?.extents, result.extras.get(1)?.extents], [[], []]);
  assert.notEqual(result.xorHashes[0], result.xorHashes[1]);
});

test("Lane.process() hands attributes over, and nothing at all for files without", async () => {
  const attributes = [{ name: byteStringOf("user.a"), value: Uint8Array.of(1, 2) }];
  const { fixture, nodes } = await laneOfFiles({ plain: file(noise(5)), special: { content: noise(6), attributes } });
  const { extras } = await fixture.lane.process(batchOf(nodes));
  assert.deepEqual([...extras], [[1, { attributes }]]);
});

test("Lane.process() makes what is wrong with one file part of the result, and the others are none the worse", async () => {
  const { fixture, nodes, source } = await laneOfFiles({
    a: file(noise(20)),
    gone: file(noise(30)),
    bad: file(noise(2 * WINDOW_BYTES)),
    z: file(noise(40)),
  });
  source.tree.remove(byteStringOf("gone"));
  let reads = 0;
  source.onAccess = (action, path) => {
    if (action === "read" && path === "bad" && (reads += 1) > 1)
      throw new AppError({ code: "E_SOURCE_READ", what: "cannot read bad", why: "EIO", hint: "disk?" });
  };
  const result = await fixture.lane.process(batchOf(nodes));
  assert.deepEqual([...result.chunkCounts], [1, 0, 0, 1]);
  assertContent(fixture, result, { at: 3, content: noise(40) });
  assert.deepEqual(
    [...result.extras].map(([at, { error }]) => [at, error?.code, error?.keep]),
    [
      [1, "E_SOURCE_CHANGED", false],
      [2, "E_SOURCE_READ", false],
    ],
  );
  assert.deepEqual(result.extras.get(2)?.error, { code: "E_SOURCE_READ", what: "cannot read bad", why: "EIO", hint: "disk?", keep: false });
});

test("Lane.process() throws what is not about one file: a failing store, and defects", async () => {
  for (const error of [new AppError({ code: "E_STORE_FULL", what: "full" }), new TypeError("a defect")]) {
    const { fixture, nodes, source } = await laneOfFiles({ a: file(noise(20)) });
    source.onAccess = (action) => {
      if (action === "read") throw error;
    };
    await assert.rejects(
      fixture.lane.process(batchOf(nodes)),
      (thrown) => thrown === error || isAppError(thrown, "E_STORE_FULL") || thrown instanceof TypeError,
    );
  }
});

test("Lane.process() closes what it opened, whatever happens", async () => {
  let open = 0;
  const node = toSourceNode(byteStringOf("a"), new MemorySource("unused").tree.put(byteStringOf("a"), file(noise(9))));
  const content = (fails: boolean): OpenContent => ({
    stat: () => node,
    details: () => ({ attributes: [], linkTarget: byteStringOf("") }),
    extents: () => undefined,
    read: (into) => {
      if (fails) throw new AppError({ code: "E_SOURCE_READ", what: "EIO" });
      return into.length;
    },
    close: () => {
      open -= 1;
    },
  });
  for (const fails of [false, true]) {
    const { lane } = await laneOver({
      concurrency: 1,
      close: () => undefined,
      open: async () => {
        open += 1;
        return content(fails);
      },
    });
    const { extras } = await lane.process(batchOf([node, node]));
    assert.deepEqual([open, extras.size], [0, fails ? 2 : 0]);
  }
});

test("Lane.process() of segments gives accumulators that join to the hash of the whole, in any order", async () => {
  const segmentBytes = 16 * 4096;
  const content = noise(3 * segmentBytes + 1234);
  const { fixture, nodes } = await laneOfFiles({ huge: file(content) });
  let accumulator = 0n;
  const parts: (readonly string[])[] = [];
  for (const at of [2, 0, 3, 1]) {
    const offset = at * segmentBytes;
    const segment = { offset, length: Math.min(segmentBytes, content.length - offset) };
    const result = await fixture.lane.process({ ...batchOf(nodes), segment });
    accumulator ^= result.xorHashes[0] ?? 0n;
    parts[at] = chunksOf(result)[0] ?? [];
    assertContent(fixture, result, { at: 0, content: content.subarray(offset, offset + segment.length) });
  }
  assert.equal(finishXorHash(accumulator, content.length), xorHashOf(content));
  assert.ok(parts.every((part) => part.length > 0));
});

test("Lane.process() of a segment tells attributes once, and says when the file is not what was listed", async () => {
  const attributes = [{ name: byteStringOf("user.a"), value: Uint8Array.of(1) }];
  const { fixture, nodes, source } = await laneOfFiles({ huge: { content: noise(20_000), attributes } });
  const segment = (offset: number): Extent => ({ offset, length: 8192 });
  const first = await fixture.lane.process({ ...batchOf(nodes), segment: segment(0) });
  const second = await fixture.lane.process({ ...batchOf(nodes), segment: segment(8192) });
  assert.deepEqual([first.extras.get(0), second.extras.get(0)], [{ attributes }, undefined]);
  source.tree.update(byteStringOf("huge"), { mode: 0o600, kind: ENTRY_KIND.file });
  const third = await fixture.lane.process({ ...batchOf(nodes), segment: segment(8192) });
  assert.equal(third.extras.get(0)?.error?.code, "E_SOURCE_CHANGED");
});

test("Lane.process() tells of bytes of a file that takes long before it is done, and says how many it told", async () => {
  const long = 70 * 1024 * 1024;
  const source = new MemorySource("lane long");
  const nodes = ["long", "short"].map((name) =>
    toSourceNode(byteStringOf(name), source.tree.put(byteStringOf(name), file(new Uint8Array(name === "long" ? long : 9)))),
  );
  const told: number[] = [];
  const { lane } = await laneOver(memoryReader("lane long"), (bytes) => told.push(bytes));
  const { extras, bytesRead } = await lane.process(batchOf(nodes));
  assert.equal(told.length, 1);
  assert.deepEqual([extras.get(0)?.told, extras.get(1)?.told], [told[0], undefined]);
  assert.equal(bytesRead, long + 9);
});
