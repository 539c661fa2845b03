import assert from "node:assert/strict";
import { test } from "node:test";
import { assertContent, batchOf, LANE_CHUNKS, type LaneFixture, laneOver } from "../../test/support/lane-fixture.ts";
import { XorHasher } from "../chunker/xor-hash.ts";
import type { Extent } from "../format/entry.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import type { ContentReader, OpenContent, SourceNode } from "../source/source.ts";
import { MemoryTree, toSourceNode } from "../source/memory/memory-tree.ts";
import type { BatchResult } from "./lane-protocol.ts";

/** How the file is at one moment. */
interface Moment {
  readonly content: Uint8Array;
  readonly extents?: readonly Extent[];
}

/**
 * A file that goes to its next moment at its nth read of each attempt. Each moment has its own change token; the last one stays.
 */
class RestlessFile implements ContentReader {
  readonly concurrency = 1;
  readonly #moments: readonly Moment[];
  readonly #changeAtRead: number;
  #at = 0;
  #reads = 0;
  attempts = 0;

  constructor(moments: readonly Moment[], changeAtRead = 1) {
    this.#moments = moments;
    this.#changeAtRead = changeAtRead;
  }

  get now(): Moment {
    return this.#moments[this.#at] ?? { content: new Uint8Array(0) };
  }

  node(at = this.#at): SourceNode {
    const plain = toSourceNode(
      byteStringOf("file"),
      new MemoryTree().put(byteStringOf("file"), { content: this.#moments[at]?.content ?? new Uint8Array(0) }),
    );
    return { ...plain, nodeId: 5n, changeToken: BigInt(at + 100), changedNs: BigInt(at + 100), modifiedNs: BigInt(at + 200) };
  }

  open(): OpenContent {
    return {
      stat: () => this.node(),
      details: () => ({ attributes: [], linkTarget: byteStringOf("") }),
      extents: () => {
        this.attempts += 1;
        this.#reads = 0;
        return this.now.extents;
      },
      read: (into, position) => {
        this.#reads += 1;
        if (this.#reads === this.#changeAtRead && this.#at + 1 < this.#moments.length) this.#at += 1;
        const part = this.now.content.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      close: () => undefined,
    };
  }

  close(): void {}
}

const noise = (bytes: number, seed: number): Uint8Array => seededRandom(seed).bytes(bytes);

function xorHashOf(content: Uint8Array): bigint {
  const hasher = new XorHasher();
  hasher.update(content);
  return hasher.digest();
}

async function laneOf(file: RestlessFile): Promise<{ readonly fixture: LaneFixture; readonly result: BatchResult }> {
  const fixture = await laneOver(file);
  return { fixture, result: await fixture.lane.process(batchOf([file.node(0)])) };
}

test("Lane reads a file again that changed while it was read, and tells the facts it then had", async () => {
  for (const [before, after] of [
    [9000, 9000],
    [9000, 20_000],
    [20_000, 9000],
    [9000, 0],
    [0, 9000],
  ] as const) {
    const moments = [{ content: noise(before, 1) }, { content: noise(after, 2) }];
    const file = new RestlessFile(moments);
    const { fixture, result } = await laneOf(file);
    if (before === 0) {
      assert.equal(file.attempts, 1, "nothing is read of an empty file, so nothing can change under the reading");
      continue;
    }
    assert.equal(file.attempts, 2);
    assertContent(fixture, result, { at: 0, content: moments[1]?.content ?? new Uint8Array(0) });
    assert.equal(result.xorHashes[0], xorHashOf(moments[1]?.content ?? new Uint8Array(0)));
    const { error, fresh } = result.extras.get(0) ?? {};
    assert.deepEqual([error, fresh?.size, fresh?.changeToken, fresh?.modifiedNs, fresh?.nodeId], [undefined, after, 101n, 201n, 5n]);
  }
});

test("Lane reads a file again that had changed between its listing and its opening", async () => {
  const file = new RestlessFile([{ content: noise(9000, 1) }]);
  const fixture = await laneOver(file);
  const listed = { ...file.node(), changeToken: 1n, size: 8000 };
  const result = await fixture.lane.process(batchOf([listed]));
  assert.equal(file.attempts, 2);
  assertContent(fixture, result, { at: 0, content: noise(9000, 1) });
  assert.deepEqual([result.extras.get(0)?.error, result.extras.get(0)?.fresh?.size], [undefined, 9000]);
});

test("Lane keeps what it read the third time of a file that changes each time, and says so", async () => {
  const moments = Array.from({ length: 9 }, (_, at) => ({ content: noise(9000, at) }));
  const file = new RestlessFile(moments);
  const { fixture, result } = await laneOf(file);
  assert.equal(file.attempts, 3);
  const { error, fresh } = result.extras.get(0) ?? {};
  assert.deepEqual([error?.code, error?.keep, fresh?.size, fresh?.changeToken], ["E_SOURCE_CHANGED", true, 9000, 103n]);
  assertContent(fixture, result, { at: 0, content: moments[3]?.content ?? new Uint8Array(0) });
  assert.equal(result.xorHashes[0], xorHashOf(moments[3]?.content ?? new Uint8Array(0)));
});

test("Lane keeps a file that grows all the time up to where it ended when the last reading began", async () => {
  const all = noise(100_000, 1);
  const moments = Array.from({ length: 9 }, (_, at) => ({ content: all.subarray(0, 10_000 * (at + 1)) }));
  const { fixture, result } = await laneOf(new RestlessFile(moments));
  assertContent(fixture, result, { at: 0, content: all.subarray(0, 30_000) });
  assert.equal(result.extras.get(0)?.fresh?.size, 30_000);
});

test("Lane keeps a file that shrinks all the time up to where reading met its end", async () => {
  const all = noise(100_000, 1);
  const moments = Array.from({ length: 9 }, (_, at) => ({ content: all.subarray(0, 90_000 - 10_000 * at) }));
  const { fixture, result } = await laneOf(new RestlessFile(moments));
  const { error, fresh } = result.extras.get(0) ?? {};
  assert.deepEqual([error?.keep, fresh?.size], [true, 60_000]);
  assertContent(fixture, result, { at: 0, content: all.subarray(0, 60_000) });
  assert.equal(result.xorHashes[0], xorHashOf(all.subarray(0, 60_000)));
});

test("Lane keeps a restless sparse file with content for exactly the extents that it tells", async () => {
  const at = 20 * LANE_CHUNKS.maxBytes;
  const extents = [
    { offset: 0, length: 4096 },
    { offset: at, length: 8192 },
  ];
  const moment = (seed: number): Moment => {
    const content = new Uint8Array(at + 3 * 4096);
    for (const { offset, length } of extents) content.set(noise(length, seed), offset);
    return { content, extents };
  };
  const moments = Array.from({ length: 9 }, (_, seed) => moment(seed));
  const { fixture, result } = await laneOf(new RestlessFile(moments));
  const found = result.extras.get(0);
  assert.deepEqual([found?.error?.keep, found?.extents, found?.fresh?.size], [true, extents, at + 3 * 4096]);
  assertContent(fixture, result, { at: 0, content: Buffer.concat(extents.map(({ length }) => noise(length, 3))) });
});

test("Lane keeps a sparse file that is cut while it is read up to where it ended", async () => {
  const at = 20 * LANE_CHUNKS.maxBytes;
  const extents = [
    { offset: 0, length: 4096 },
    { offset: at, length: 8192 },
    { offset: 2 * at, length: 4096 },
  ];
  const content = new Uint8Array(2 * at + 4096);
  for (const { offset, length } of extents) content.set(noise(length, offset), offset);
  const whole = { content, extents };
  // Each reading finds all extents and meets the end in the second.
  const moments = [
    whole,
    { content: content.subarray(0, at + 5000) },
    whole,
    { content: content.subarray(0, at + 5000) },
    whole,
    { content: content.subarray(0, at + 5000) },
    whole,
  ];
  const file = new RestlessFile(moments, 2);
  const opened = file.open();
  let asked = 0;
  const reader: ContentReader = {
    concurrency: 1,
    close: () => undefined,
    // What the file system says of holes is older than what reading meets.
    open: () => ({
      ...opened,
      stat: () => ({ ...file.node(), size: content.length }),
      extents: () => ((asked += 1), opened.extents(), extents),
    }),
  };
  const fixture = await laneOver(reader);
  const result = await fixture.lane.process(batchOf([{ ...file.node(0), size: content.length }]));
  const found = result.extras.get(0);
  assert.equal(asked, 3);
  const kept = [
    { offset: 0, length: 4096 },
    { offset: at, length: 5000 },
  ];
  assert.deepEqual([found?.error?.keep, found?.extents, found?.fresh?.size], [true, kept, at + 5000]);
  assertContent(fixture, result, {
    at: 0,
    content: Buffer.concat(kept.map(({ offset, length }) => content.subarray(offset, offset + length))),
  });
});

test("Lane reports a file that cannot be read to its end, and keeps nothing of it", async () => {
  const file = new RestlessFile([{ content: noise(3 * LANE_CHUNKS.maxBytes, 1) }]);
  const opened = file.open();
  let reads = 0;
  const read: OpenContent["read"] = (into, position) => {
    reads += 1;
    if (reads > 1) throw new AppError({ code: "E_SOURCE_READ", what: "cannot read file", why: "EIO" });
    return opened.read(into, position);
  };
  const fixture = await laneOver({ concurrency: 1, close: () => undefined, open: () => ({ ...opened, read }) });
  const result = await fixture.lane.process(batchOf([file.node()]));
  assert.deepEqual(
    [...result.chunkCounts, result.extras.get(0)?.error?.code, result.extras.get(0)?.error?.keep],
    [0, "E_SOURCE_READ", false],
  );
});

test("Lane takes a reading that meets the end early for a change, whatever the file system says", async () => {
  const file = new RestlessFile([{ content: noise(9000, 1) }]);
  const opened = file.open();
  const read: OpenContent["read"] = (into, position) => opened.read(into.subarray(0, Math.max(0, 5000 - position)), position);
  const fixture = await laneOver({ concurrency: 1, close: () => undefined, open: () => ({ ...opened, read }) });
  const result = await fixture.lane.process(batchOf([file.node()]));
  const { error, fresh } = result.extras.get(0) ?? {};
  assert.deepEqual([file.attempts, error?.keep, fresh?.size], [3, true, 5000]);
  assertContent(fixture, result, { at: 0, content: noise(9000, 1).subarray(0, 5000) });
});
