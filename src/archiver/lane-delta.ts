import type { ChunkKernel } from "../chunker/chunk-kernel.ts";
import { finishXorHash, openXorHash } from "../chunker/xor-hash.ts";
import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_ID_BYTES, CHUNK_TYPE, type Extent } from "../format/entry.ts";
import type { FrameReader } from "../repository/frame-reader.ts";
import type { PackWriter } from "../repository/pack-writer.ts";
import { isAppError } from "../shared/errors.ts";
import type { OpenContent } from "../source/source.ts";
import type { ChunkList } from "./chunk-list.ts";
import { blocksOf, difference, firstAfter, intersection, touches, union } from "./extent-math.ts";
import { alignedExtents, BLOCK_BYTES } from "./extents.ts";
import type { LaneOldContent } from "./lane-protocol.ts";
import { OldChunks } from "./old-chunks.ts";

export interface DeltaDeps {
  readonly kernel: ChunkKernel;
  readonly hasher: ChunkHasher;
  readonly writer: PackWriter;
  readonly chunks: ChunkList;
  /** Reads chunks of the repository; undefined where the lane cannot. */
  readonly frames: Pick<FrameReader, "chunk"> | undefined;
  /** Sends the pack being filled. */
  readonly flush: () => Promise<void>;
}

/** Content made of old chunks and what changed. */
export interface DeltaResult {
  readonly xorHash: bigint;
  readonly extents: readonly Extent[] | undefined;
  /** Read from the source, and new to the repository. */
  readonly bytesRead: number;
  readonly bytesNew: number;
}

/**
 * Saves a changed file without reading what did not change: of chunks in which nothing changed the references are taken over, the
 * others are put together from their old bytes and the changed ones, and cut anew until a cut falls on an old one again. So the chunks
 * are the ones that reading all of it would have given. Undefined when that cannot be done; then the file is read.
 * `size` is what the file has now.
 */
export async function saveDelta(
  content: OpenContent,
  file: { readonly old: LaneOldContent; readonly size: number },
  deps: DeltaDeps,
): Promise<DeltaResult | undefined> {
  const { old, size } = file;
  const changes = await content.remote?.changes();
  if (changes === undefined) return undefined;
  if (changes.length === 0 && size === old.size) return takeOver(old, deps.chunks);
  if (deps.frames === undefined || !isWorthKeeping(old, deps)) return undefined;
  const data = await content.extents();
  const extents = data && alignedExtents(data, size);
  try {
    return await new Delta(content, { changes, old, size, extents, frames: deps.frames }, deps).run();
  } catch (error) {
    // What the repository cannot give any more is read from the source.
    if (error instanceof ShorterThanSaid || isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) return undefined;
    throw error;
  }
}

function isWorthKeeping({ partly, places }: LaneOldContent, { kernel }: DeltaDeps): boolean {
  return partly && places !== undefined && pieceBytes(kernel) >= BLOCK_BYTES;
}

/** Nothing but metadata changed. */
function takeOver({ content: { ids, lengths }, xorHash, extents }: LaneOldContent, chunks: ChunkList): DeltaResult {
  for (const [at, length] of lengths.entries()) chunks.push(ids.subarray(at * CHUNK_ID_BYTES, (at + 1) * CHUNK_ID_BYTES), length);
  return { xorHash, extents, bytesRead: 0, bytesNew: 0 };
}

/** Bytes handled at once: an eighth of the window, so that old and new bytes find room beside a chunk that is not finished. */
function pieceBytes({ window }: ChunkKernel): number {
  return Math.min(1024 * 1024, Math.floor(window.length / 8 / BLOCK_BYTES) * BLOCK_BYTES);
}

interface DeltaFile {
  readonly changes: readonly Extent[];
  readonly old: LaneOldContent;
  readonly size: number;
  readonly extents: readonly Extent[] | undefined;
  readonly frames: Pick<FrameReader, "chunk">;
}

/** The source ended early: what it said of changes does not fit what it has. */
class ShorterThanSaid extends Error {}

class Delta {
  readonly #content: OpenContent;
  readonly #file: DeltaFile;
  readonly #deps: DeltaDeps;
  readonly #old: OldChunks;
  readonly #piece: number;
  /** Data of the file as it is now. */
  readonly #now: readonly Extent[];
  /** What has to be read from the source, whole blocks. */
  readonly #fresh: readonly Extent[];
  /** Chunks of which nothing changed, by the offset in the file at which they begin. */
  readonly #whole = new Map<number, number>();
  /** Changed blocks before this offset are in the hash already. */
  #hashedTo = 0;
  #used = 0;
  /** Offset in the file of each stretch of the window, and where it begins there. */
  #stretches: { readonly at: number; readonly offset: number }[] = [];
  #bytesRead = 0;
  #bytesNew = 0;

  constructor(content: OpenContent, file: DeltaFile, deps: DeltaDeps) {
    this.#content = content;
    this.#file = file;
    this.#deps = deps;
    this.#old = new OldChunks(file.old, file.frames);
    this.#piece = pieceBytes(deps.kernel);
    const { size, old, changes } = file;
    this.#now = file.extents ?? (size === 0 ? [] : [{ offset: 0, length: size }]);
    this.#fresh = freshBlocks(changes, { before: this.#old.extents, now: this.#now, sizes: [old.size, size] });
    this.#findWhole();
  }

  async run(): Promise<DeltaResult> {
    const { kernel } = this.#deps;
    const { old, size, extents } = this.#file;
    kernel.xorReset();
    this.#content.remote?.willRead(this.#fresh);
    await this.#stream();
    await this.#cut(true);
    // Blocks that had data and are holes now, or lie beyond the end.
    await this.#hashOld(difference(this.#old.extents, blocksOf(this.#now, Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES)));
    const accumulator = openXorHash(old.xorHash, old.size) ^ kernel.xorAccumulator();
    return { xorHash: finishXorHash(accumulator, size), extents, bytesRead: this.#bytesRead, bytesNew: this.#bytesNew };
  }

  /** Old chunks that lie in one extent of now, untouched by any change. */
  #findWhole(): void {
    for (let chunk = 0; chunk < this.#old.count; chunk += 1) {
      const start = this.#old.starts[chunk] ?? -1;
      const length = this.#old.length(chunk);
      if (start < 0 || touches(this.#fresh, start, length)) continue;
      const holder = this.#now[firstAfter(this.#now, start)];
      if (holder !== undefined && holder.offset <= start && start + length <= holder.offset + holder.length) this.#whole.set(start, chunk);
    }
  }

  /** All data of the file in order. */
  async #stream(): Promise<void> {
    let number = 0;
    let at = this.#now[0]?.offset ?? 0;
    for (let extent = this.#now[number]; extent !== undefined; extent = this.#now[number]) {
      const end = extent.offset + extent.length;
      const chunk = this.#used === 0 ? this.#whole.get(at) : undefined;
      if (at >= end) {
        number += 1;
        at = this.#now[number]?.offset ?? end;
      } else if (chunk !== undefined) {
        this.#deps.chunks.push(this.#old.id(chunk), this.#old.length(chunk));
        at += this.#old.length(chunk);
      } else {
        at += await this.#fill(at, end);
        const resumed = await this.#cut(false);
        if (resumed === undefined) continue;
        // It may lie in an extent before this one.
        at = resumed;
        number = firstAfter(this.#now, at);
      }
    }
  }

  /** Brings bytes of the file into the window, from the source or from an old chunk; returns how many. */
  async #fill(at: number, end: number): Promise<number> {
    const { window } = this.#deps.kernel;
    const next = this.#fresh[firstAfter(this.#fresh, at)];
    const isFresh = next !== undefined && next.offset <= at;
    const limit = isFresh ? next.offset + next.length : Math.min(end, next?.offset ?? end);
    const length = Math.min(this.#piece, limit - at, end - at);
    const into = window.subarray(this.#used, this.#used + length);
    const got = isFresh ? await this.#fillFresh(into, at) : await this.#old.read(into, at);
    this.#stretches.push({ at: this.#used, offset: at });
    this.#used += got;
    return got;
  }

  /** Changed bytes: read whole, hashed as they are now and as they were. */
  async #fillFresh(into: Uint8Array, at: number): Promise<number> {
    let got = 0;
    while (got < into.length) {
      const read = await this.#content.read(into.subarray(got), at + got);
      if (read === 0) throw new ShorterThanSaid();
      got += read;
    }
    this.#bytesRead += got;
    // After a jump back over bytes that were read along, they are met again.
    const from = Math.max(at, this.#hashedTo);
    if (at + got > from) {
      this.#deps.kernel.xorUpdate(this.#used + from - at, at + got - from, from / BLOCK_BYTES);
      await this.#hashOld([{ offset: from, length: Math.ceil((at + got - from) / BLOCK_BYTES) * BLOCK_BYTES }]);
      this.#hashedTo = at + got;
    }
    return got;
  }

  /** Takes what old blocks contribute out of the hash: XOR puts in and takes out alike. */
  async #hashOld(blocks: readonly Extent[]): Promise<void> {
    const { window } = this.#deps.kernel;
    // Beyond everything a chunk that is not finished can fill.
    const scratch = window.length - this.#piece;
    for (const { offset, length } of intersection(blocks, this.#old.extents)) {
      for (let at = offset; at < offset + length;) {
        const wanted = Math.min(this.#piece, offset + length - at);
        let got = 0;
        while (got < wanted) got += await this.#old.read(window.subarray(scratch + got, scratch + wanted), at + got);
        this.#deps.kernel.xorUpdate(scratch, got, at / BLOCK_BYTES);
        at += got;
      }
    }
  }

  /**
   * Stores every chunk that is certain. When one ends where an old chunk begins of which nothing changed, the rest of the window is
   * given up, and the offset returned at which that chunk begins.
   */
  async #cut(last: boolean): Promise<number | undefined> {
    const { kernel, hasher, writer, chunks, flush } = this.#deps;
    const { window } = kernel;
    let start = 0;
    while (start < this.#used) {
      const end = kernel.nextCut(start, this.#used, last);
      if (end === 0) break;
      const plain = window.subarray(start, end);
      const id = hasher.id(CHUNK_TYPE.data, plain);
      chunks.push(id, plain.length);
      if (writer.add(id, CHUNK_TYPE.data, plain)) this.#bytesNew += plain.length;
      if (writer.full) await flush();
      const next = this.#offsetOf(end);
      start = end;
      if (end < this.#used && next !== undefined && this.#whole.has(next)) {
        this.#keep(this.#used);
        return next;
      }
    }
    this.#keep(start);
    return undefined;
  }

  /** Offset in the file of a place in the window. */
  #offsetOf(place: number): number | undefined {
    const stretch = this.#stretches.findLast(({ at }) => at <= place);
    return stretch && stretch.offset + place - stretch.at;
  }

  /** Moves what is left of the window to its start. */
  #keep(start: number): void {
    const { window } = this.#deps.kernel;
    const left = this.#stretches.findLastIndex(({ at }) => at <= start);
    this.#stretches = this.#stretches.slice(Math.max(0, left)).map(({ at, offset }) => {
      const skipped = Math.max(0, start - at);
      return { at: at + skipped - start, offset: offset + skipped };
    });
    if (start > 0 && start < this.#used) window.copyWithin(0, start, this.#used);
    this.#used -= start;
    if (this.#used === 0) this.#stretches = [];
  }
}

/**
 * Blocks that have to be read: changed ones, those that had no data, and the last block before and after a change of the length,
 * whose hash tells how long it is.
 */
function freshBlocks(
  changes: readonly Extent[],
  {
    before,
    now,
    sizes,
  }: { readonly before: readonly Extent[]; readonly now: readonly Extent[]; readonly sizes: readonly [number, number] },
): readonly Extent[] {
  const [oldSize, size] = sizes;
  const edges = oldSize === size ? [] : [lastBlock(oldSize), lastBlock(size)];
  const grown = size > oldSize ? [{ offset: oldSize, length: size - oldSize }] : [];
  const all = [...changes, ...edges, ...grown, ...difference(now, before)].sort((a, b) => a.offset - b.offset);
  return intersection(union(blocksOf(all, size), []), now);
}

function lastBlock(size: number): Extent {
  const offset = Math.floor(Math.max(0, size - 1) / BLOCK_BYTES) * BLOCK_BYTES;
  return { offset, length: Math.max(0, size - offset) };
}
