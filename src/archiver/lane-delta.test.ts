import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ChunkKernel } from "../chunker/chunk-kernel.ts";
import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_ID_BYTES, type ChunkRefs, type Extent } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { toHex } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import type { OpenContent } from "../source/source.ts";
import { LANE_CHUNKS } from "../../test/support/lane-fixture.ts";
import { memoryRepository, packWriter } from "../../test/support/memory-repository.ts";
import { ChunkList } from "./chunk-list.ts";
import { difference } from "./extent-math.ts";
import { alignedExtents } from "./extents.ts";
import { saveDelta, type DeltaResult } from "./lane-delta.ts";
import type { LaneOldContent } from "./lane-protocol.ts";

/** A file: its bytes, and where they are data; the rest is holes. */
interface State {
  readonly bytes: Uint8Array;
  readonly extents: readonly Extent[] | undefined;
}

/** A kernel, and everything ever chunked by id. */
class Bench {
  readonly kernel = ChunkKernel.create(new Uint8Array(32).fill(7), LANE_CHUNKS);
  readonly known = new Map<string, Uint8Array>();
  readonly hasher: ChunkHasher;
  readonly #context: Awaited<ReturnType<typeof memoryRepository>>["repository"]["context"];

  private constructor(repository: Awaited<ReturnType<typeof memoryRepository>>["repository"]) {
    this.#context = repository.context;
    const { hasher } = repository;
    this.hasher = Object.assign(Object.create(hasher) as ChunkHasher, {
      id: (type: number, plain: Uint8Array) => {
        const id = hasher.id(type as 1, plain);
        this.known.set(toHex(id), plain.slice());
        return id;
      },
    });
  }

  static async make(): Promise<Bench> {
    return new Bench((await memoryRepository()).repository);
  }

  /** What reading all of a file gives. */
  whole({ bytes, extents }: State): { content: ChunkRefs; xorHash: bigint } {
    const { kernel } = this;
    const data = extents ?? [{ offset: 0, length: bytes.length }];
    kernel.xorReset();
    const stream = Buffer.concat(data.map(({ offset, length }) => bytes.subarray(offset, offset + length)));
    for (const { offset, length } of data) {
      for (let at = 0; at < length; at += 4096) {
        const part = bytes.subarray(offset + at, offset + Math.min(length, at + 4096));
        kernel.window.set(part);
        kernel.xorUpdate(0, part.length, (offset + at) / 4096);
      }
    }
    const xorHash = kernel.xorDigest(bytes.length);
    const chunks = new ChunkList();
    for (let at = 0; at < stream.length;) {
      const part = stream.subarray(at, at + LANE_CHUNKS.maxBytes);
      kernel.window.set(part);
      const end = kernel.nextCut(0, part.length, at + part.length === stream.length);
      const plain = stream.subarray(at, at + end);
      chunks.push(this.hasher.id(1, plain), plain.length);
      at += end;
    }
    return { content: chunks.take(), xorHash };
  }

  async delta(
    before: State,
    after: State,
    options: { changes: readonly Extent[] | undefined; lost?: boolean },
  ): Promise<{
    result: DeltaResult | undefined;
    content: ChunkRefs;
  }> {
    const { content, xorHash } = this.whole(before);
    const count = content.lengths.length;
    const pack = { id: new Uint8Array(32), kind: 1, objectLength: 0, directory: {} } as never;
    const old: LaneOldContent = {
      base: "then",
      partly: true,
      size: before.bytes.length,
      extents: before.extents,
      content,
      xorHash,
      places: { packs: [pack], packOf: new Uint32Array(count), offsets: new Float64Array(count) },
    };
    const chunks = new ChunkList();
    const result = await saveDelta(
      openContent(after, options.changes),
      { old, size: after.bytes.length },
      {
        kernel: this.kernel,
        hasher: this.hasher,
        writer: await packWriter(this.#context),
        chunks,
        flush: async () => undefined,
        frames: {
          chunk: async (_type, { id }) => {
            if (options.lost === true) throw new AppError({ code: "E_OBJECT_NOT_FOUND", what: "gone" });
            return must(this.known.get(toHex(id)), "a chunk is known");
          },
        },
      },
    );
    return { result, content: chunks.take() };
  }

  stream({ ids, lengths }: ChunkRefs): Buffer {
    return Buffer.concat(
      [...lengths].map((_, at) => must(this.known.get(toHex(ids.subarray(at * CHUNK_ID_BYTES, (at + 1) * CHUNK_ID_BYTES))), "known")),
    );
  }
}

function openContent({ bytes, extents }: State, changes: readonly Extent[] | undefined): OpenContent {
  return {
    remote: { changes: () => changes, willRead: () => undefined, remark: () => undefined },
    extents: () => extents,
    read: (into, position) => {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    stat: () => assert.fail(),
    details: () => assert.fail(),
    close: () => undefined,
  };
}

/** What a share would list: whole sectors of 512 bytes that differ. */
function changesBetween(before: Uint8Array, after: Uint8Array): readonly Extent[] {
  const changes: Extent[] = [];
  for (let at = 0; at < after.length; at += 512) {
    const [a, b] = [before.subarray(at, at + 512), after.subarray(at, at + 512)];
    if (Buffer.compare(a, b) !== 0) changes.push({ offset: at, length: b.length });
  }
  return changes;
}

function random(seed: number, length: number): Uint8Array {
  return seededRandom(seed).bytes(length);
}

const SIZE = 300_000;

/** Zeros everywhere outside the extents. */
function sparse(bytes: Uint8Array, holes: readonly Extent[]): State {
  const copy = bytes.slice();
  for (const { offset, length } of holes) copy.fill(0, offset, offset + length);
  const data: Extent[] = [];
  let at = 0;
  for (const { offset, length } of holes) {
    if (offset > at) data.push({ offset: at, length: offset - at });
    at = Math.max(at, offset + length);
  }
  if (at < copy.length) data.push({ offset: at, length: copy.length - at });
  return { bytes: copy, extents: alignedExtents(data, copy.length) };
}

const anyEdits = fc.array(fc.tuple(fc.nat(SIZE), fc.integer({ min: 1, max: 9000 }), fc.nat(1000)), { maxLength: 6 });
const anyHoles = fc.array(fc.tuple(fc.nat(70_000), fc.integer({ min: 1, max: 60_000 })), { maxLength: 3 }).map((steps) => {
  let at = 0;
  return steps.map(([gap, length]) => {
    const offset = at + gap;
    at = offset + length;
    return { offset, length: Math.max(0, Math.min(length, SIZE - offset)) };
  });
});

function edited(bytes: Uint8Array, edits: readonly (readonly [number, number, number])[], size: number): Uint8Array {
  const after = new Uint8Array(size);
  after.set(bytes.subarray(0, size));
  for (const [offset, length, seed] of edits) if (offset < size) after.set(random(seed, length).subarray(0, size - offset), offset);
  return after;
}

test("saveDelta() gives the content and the hash that reading the whole file gives, whatever changed", async () => {
  const bench = await Bench.make();
  await fc.assert(
    fc.asyncProperty(anyEdits, fc.integer({ min: 1, max: SIZE + 40_000 }), fc.boolean(), async (edits, size, resized) => {
      const before = { bytes: random(1, SIZE), extents: undefined };
      const after = { bytes: edited(before.bytes, edits, resized ? size : SIZE), extents: undefined };
      const { result, content } = await bench.delta(before, after, { changes: changesBetween(before.bytes, after.bytes) });
      assert.ok(Buffer.compare(bench.stream(content), after.bytes) === 0, "the content is right");
      assert.equal(result?.xorHash, bench.whole(after).xorHash);
    }),
    { numRuns: 40 },
  );
});

test("saveDelta() keeps holes, and sees data come and go in them", async () => {
  const bench = await Bench.make();
  await fc.assert(
    fc.asyncProperty(anyHoles, anyHoles, anyEdits, async (holesBefore, holesAfter, edits) => {
      const before = sparse(random(2, SIZE), holesBefore);
      const after = sparse(edited(before.bytes, edits, SIZE), holesAfter);
      const moved = [...difference(before.extents ?? [], after.extents ?? []), ...difference(after.extents ?? [], before.extents ?? [])];
      const changes = [...changesBetween(before.bytes, after.bytes), ...moved].sort((a, b) => a.offset - b.offset);
      const { result, content } = await bench.delta(before, after, { changes });
      const stream = Buffer.concat((after.extents ?? []).map(({ offset, length }) => after.bytes.subarray(offset, offset + length)));
      assert.ok(Buffer.compare(bench.stream(content), stream) === 0, "the content is right");
      assert.equal(result?.xorHash, bench.whole(after).xorHash);
      assert.deepEqual(result?.extents, after.extents);
    }),
    { numRuns: 40 },
  );
});

test("saveDelta() reads the changed blocks only and cuts as reading everything does", async () => {
  const bench = await Bench.make();
  const before = { bytes: random(3, SIZE), extents: undefined };
  const after = { bytes: edited(before.bytes, [[100_000, 700, 9]], SIZE), extents: undefined };
  const { result, content } = await bench.delta(before, after, { changes: changesBetween(before.bytes, after.bytes) });
  assert.equal(result?.bytesRead, 4096);
  assert.deepEqual(content, bench.whole(after).content);
});

test("saveDelta() reads nothing when only metadata changed", async () => {
  const bench = await Bench.make();
  const state = sparse(random(4, SIZE), [{ offset: 8192, length: 40_000 }]);
  const { result, content } = await bench.delta(state, state, { changes: [] });
  assert.deepEqual(result, { xorHash: bench.whole(state).xorHash, extents: state.extents, bytesRead: 0, bytesNew: 0 });
  assert.deepEqual(content, bench.whole(state).content);
});

test("saveDelta() leaves the file to be read when the source cannot tell, or an old chunk is gone", async () => {
  const bench = await Bench.make();
  const before = { bytes: random(5, SIZE), extents: undefined };
  const after = { bytes: edited(before.bytes, [[50_000, 700, 9]], SIZE), extents: undefined };
  assert.equal((await bench.delta(before, after, { changes: undefined })).result, undefined);
  const changes = changesBetween(before.bytes, after.bytes);
  assert.equal((await bench.delta(before, after, { changes, lost: true })).result, undefined);
  const beyond = await bench.delta(before, after, { changes: [...changes, { offset: SIZE, length: 10 }] });
  assert.ok(beyond.result !== undefined, "ranges beyond the end are nothing");
});
