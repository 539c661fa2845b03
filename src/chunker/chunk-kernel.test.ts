import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { seededRandom } from "../shared/random.ts";
import { ChunkKernel } from "./chunk-kernel.ts";
import type { ChunkerParams } from "./params.ts";
import { referenceCuts, referenceXorHash } from "./reference.ts";
import { finishXorHash, XOR_BLOCK_BYTES } from "./xor-hash.ts";

const KEY = new Uint8Array(32).fill(5);
const SMALL: ChunkerParams = { minBytes: 256, targetBytes: 1024, maxBytes: 4096 };
const WINDOW_BYTES = 65_536;

/** Any lengths that are in order, also below the 64 bytes that reach the hash. */
const anyParams: fc.Arbitrary<ChunkerParams> = fc
  .tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 2000 }))
  .map(([min, more, most]) => ({ minBytes: min, targetBytes: min + more, maxBytes: min + more + most }));

/** Contents that are random, of few different bytes, or constant: the last two reach the maximum length. */
const anyContent: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.integer({ min: 0, max: 20_000 }), fc.bigInt({ min: 0n, max: 1n << 60n }), fc.constantFrom(0xff, 0x03, 0x00))
  .map(([length, seed, mask]) =>
    seededRandom(seed)
      .bytes(length)
      .map((byte) => byte & mask),
  );

describe("ChunkKernel chunks", () => {
  it("nextCut() gives the cuts of the reference whatever the content and the lengths", () => {
    fc.assert(
      fc.property(anyContent, anyParams, (content, params) => {
        assert.deepEqual(
          streamCuts(content, params, () => WINDOW_BYTES),
          referenceCuts(content, KEY, params),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("nextCut() gives the same cuts however the reads are sized", () => {
    fc.assert(
      fc.property(anyContent, anyParams, fc.infiniteStream(fc.integer({ min: 1, max: 3000 })), (content, params, sizes) => {
        const whole = streamCuts(content, params, () => WINDOW_BYTES);
        assert.deepEqual(
          streamCuts(content, params, () => sizes.next().value as number),
          whole,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("nextCut() keeps every chunk but the last between minimum and maximum", () => {
    const cuts = streamCuts(seededRandom(1).bytes(200_000), SMALL, () => 10_000);
    const lengths = cuts.map((cut, index) => cut - (cuts[index - 1] ?? 0));
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      200_000,
    );
    for (const length of lengths.slice(0, -1)) assert.ok(length >= SMALL.minBytes && length <= SMALL.maxBytes, `${length}`);
    const mean = 200_000 / lengths.length;
    assert.ok(mean > SMALL.targetBytes * 0.8 && mean < SMALL.targetBytes * 1.4, `mean ${mean}`);
  });

  it("nextCut() makes one chunk of a file that is not longer than the minimum", () => {
    const kernel = ChunkKernel.create(KEY, SMALL);
    kernel.window.set(seededRandom(2).bytes(1000));
    for (const length of [1, SMALL.minBytes - 1, SMALL.minBytes]) assert.equal(kernel.nextCut(100, 100 + length, true), 100 + length);
  });

  it("nextCut() asks for more when the bytes so far hold no cut, and never once the maximum is there", () => {
    const kernel = ChunkKernel.create(KEY, SMALL);
    kernel.window.fill(0);
    assert.equal(kernel.nextCut(0, SMALL.minBytes, false), 0);
    assert.equal(kernel.nextCut(0, SMALL.maxBytes - 1, false), 0);
    assert.equal(kernel.nextCut(0, SMALL.maxBytes, false), SMALL.maxBytes);
    assert.equal(kernel.nextCut(7, 7 + SMALL.maxBytes + 5, false), 7 + SMALL.maxBytes);
  });

  it("nextCut() finds most old chunks again when a byte is inserted", () => {
    const content = seededRandom(3).bytes(300_000);
    for (const place of [0, 777, 150_000, 299_000]) {
      const edited = Buffer.concat([content.subarray(0, place), Buffer.of(0x55), content.subarray(place)]);
      const before = chunksOf(content);
      const after = chunksOf(edited);
      const fresh = [...after].filter((chunk) => !before.has(chunk)).length;
      assert.ok(fresh >= 1 && fresh <= 8, `${fresh} new chunks of ${after.size} after an insertion at ${place}`);
    }
  });

  it("nextCut() cuts elsewhere when the key is another", () => {
    const content = seededRandom(4).bytes(100_000);
    const other = referenceCuts(content, new Uint8Array(32).fill(6), SMALL);
    const common = streamCuts(content, SMALL, () => WINDOW_BYTES).filter((cut) => other.includes(cut));
    assert.ok(common.length < 5, `${common.length} common cuts`);
  });

  it("nextCut() and xorUpdate() refuse places outside the window", () => {
    const kernel = ChunkKernel.create(KEY, SMALL);
    assert.equal(kernel.window.length, 2 * SMALL.maxBytes);
    assert.throws(() => kernel.nextCut(0, kernel.window.length + 1, true), /invariant/);
    assert.throws(() => kernel.nextCut(2, 1, true), /invariant/);
    assert.throws(() => kernel.xorUpdate(1, kernel.window.length, 0), /invariant/);
    assert.throws(() => kernel.xorUpdate(0, 10, 0.5), /invariant/);
  });

  it("create() refuses a window that cannot hold two of the longest chunks", () => {
    assert.throws(() => ChunkKernel.create(KEY, SMALL, { windowBytes: 2 * SMALL.maxBytes - 1 }), /invariant/);
  });
});

describe("ChunkKernel XOR hash", () => {
  const kernel = ChunkKernel.create(KEY, SMALL, { windowBytes: WINDOW_BYTES });

  it("xorDigest() gives the value of the reference at every length around blocks and words", () => {
    const content = seededRandom(8).bytes(6 * XOR_BLOCK_BYTES);
    kernel.window.set(content, 24);
    for (let blocks = 0; blocks < 6; blocks++) {
      for (const more of [0, 1, 7, 8, 9, 31, 32, 33, 2048, 4095]) {
        const length = blocks * XOR_BLOCK_BYTES + more;
        kernel.xorReset();
        kernel.xorUpdate(24, length, 0);
        assert.equal(kernel.xorDigest(length), referenceXorHash(content.subarray(0, length)), `length ${length}`);
      }
    }
  });

  it("xorUpdate() gives the same value whatever the order and the sizes of the parts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: WINDOW_BYTES }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 16 }),
        fc.nat(),
        (length, sizes, seed) => {
          const content = seededRandom(length).bytes(length);
          kernel.window.set(content);
          kernel.xorReset();
          for (const part of shuffled(partsOf(length, sizes), seed))
            kernel.xorUpdate(part.start, part.length, part.start / XOR_BLOCK_BYTES);
          assert.equal(kernel.xorDigest(length), referenceXorHash(content));
        },
      ),
      { numRuns: 15 },
    );
  });

  it("xorAccumulator() of parts hashed by different kernels combines to the whole", () => {
    const content = seededRandom(9).bytes(30_000);
    const other = ChunkKernel.create(KEY, SMALL, { windowBytes: WINDOW_BYTES });
    const split = 3 * XOR_BLOCK_BYTES;
    kernel.window.set(content.subarray(0, split));
    kernel.xorReset();
    kernel.xorUpdate(0, split, 0);
    other.window.set(content.subarray(split));
    other.xorUpdate(0, content.length - split, 3);
    const all = kernel.xorAccumulator() ^ other.xorAccumulator();
    assert.equal(finishXorHash(all, content.length), referenceXorHash(content));
  });

  it("xorUpdate() need not be called for holes, at the end of the file either", () => {
    const content = new Uint8Array(10 * XOR_BLOCK_BYTES + 100);
    content.set(seededRandom(10).bytes(5000), 4 * XOR_BLOCK_BYTES);
    kernel.window.set(content);
    kernel.xorReset();
    kernel.xorUpdate(4 * XOR_BLOCK_BYTES, 2 * XOR_BLOCK_BYTES, 4);
    assert.equal(kernel.xorDigest(content.length), referenceXorHash(content));
  });

  it("xorDigest() tells lengths apart when all bytes are zero, and block numbers beyond 32 bits", () => {
    kernel.window.fill(0);
    kernel.xorReset();
    assert.notEqual(kernel.xorDigest(4096), kernel.xorDigest(8192));
    kernel.window.fill(1);
    kernel.xorUpdate(0, XOR_BLOCK_BYTES, 1);
    const low = kernel.xorAccumulator();
    kernel.xorReset();
    kernel.xorUpdate(0, XOR_BLOCK_BYTES, 1 + 2 ** 40);
    assert.notEqual(kernel.xorAccumulator(), low);
  });

  it("xorDigest() changes when two blocks change places or one bit flips", () => {
    const content = seededRandom(11).bytes(8 * XOR_BLOCK_BYTES);
    const original = referenceXorHash(content);
    const swapped = Uint8Array.from(content);
    swapped.copyWithin(0, XOR_BLOCK_BYTES, 2 * XOR_BLOCK_BYTES);
    swapped.set(content.subarray(0, XOR_BLOCK_BYTES), XOR_BLOCK_BYTES);
    assert.notEqual(digestOf(swapped), original);
    for (let bit = 0; bit < 64; bit++) {
      const flipped = Uint8Array.from(content);
      const at = 3 * XOR_BLOCK_BYTES - 8 + (bit >> 3);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
      assert.notEqual(digestOf(flipped), original);
    }
  });

  function digestOf(content: Uint8Array): bigint {
    kernel.window.set(content);
    kernel.xorReset();
    kernel.xorUpdate(0, content.length, 0);
    return kernel.xorDigest(content.length);
  }
});

/** Cuts `content` as a reader does: fill the window in steps of `readSize()`, cut what is certain, move the rest to the front. */
function streamCuts(content: Uint8Array, params: ChunkerParams, readSize: () => number): number[] {
  const kernel = ChunkKernel.create(KEY, params, { windowBytes: WINDOW_BYTES });
  const cuts: number[] = [];
  let filled = 0;
  let read = 0;
  for (let done = 0; done < content.length;) {
    const length = Math.min(readSize(), WINDOW_BYTES - filled, content.length - read);
    kernel.window.set(content.subarray(read, read + length), filled);
    read += length;
    filled += length;
    let start = 0;
    while (start < filled) {
      const cut = kernel.nextCut(start, filled, read === content.length);
      if (cut === 0) break;
      done += cut - start;
      cuts.push(done);
      start = cut;
    }
    kernel.window.copyWithin(0, start, filled);
    filled -= start;
  }
  return cuts;
}

function chunksOf(content: Uint8Array): Set<string> {
  const cuts = streamCuts(content, SMALL, () => WINDOW_BYTES);
  return new Set(cuts.map((cut, index) => Buffer.from(content.subarray(cuts[index - 1] ?? 0, cut)).toString("latin1")));
}

/** Splits a file into runs of whole blocks; the last run ends the file. */
function partsOf(length: number, sizes: readonly number[]): { start: number; length: number }[] {
  const parts: { start: number; length: number }[] = [];
  for (let start = 0, index = 0; start < length; index++) {
    const wanted = (sizes[index % sizes.length] ?? 1) * XOR_BLOCK_BYTES;
    parts.push({ start, length: Math.min(wanted, length - start) });
    start += wanted;
  }
  return parts;
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, rank: random.fraction() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
