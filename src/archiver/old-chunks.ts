import { CHUNK_ID_BYTES, CHUNK_TYPE, type Extent } from "../format/entry.ts";
import type { FrameReader } from "../repository/frame-reader.ts";
import { must } from "../shared/assert.ts";
import type { LaneOldContent } from "./lane-protocol.ts";

/** Chunks kept in memory: reading goes forward, with one look back at the bytes that a change replaced. */
const CHUNKS_CACHED_MAX = 3;

/** Chunks of a file's last backup by their place in the file. */
export class OldChunks {
  readonly #old: LaneOldContent;
  readonly #frames: Pick<FrameReader, "chunk">;
  /** Offset in the file at which each chunk begins; -1 for one that lies across a hole. */
  readonly starts: Float64Array;
  /** Offset in the content stream: of a sparse file its extents laid end to end. */
  readonly #streamStarts: Float64Array;
  /** Offset in the stream at which each extent begins. */
  readonly #extentStarts: Float64Array;
  readonly extents: readonly Extent[];
  readonly #cached = new Map<number, Promise<Uint8Array>>();

  constructor(old: LaneOldContent, frames: Pick<FrameReader, "chunk">) {
    this.#old = old;
    this.#frames = frames;
    this.extents = old.extents ?? (old.size === 0 ? [] : [{ offset: 0, length: old.size }]);
    this.#extentStarts = new Float64Array(this.extents.length);
    let at = 0;
    for (const [extent, { length }] of this.extents.entries()) {
      this.#extentStarts[extent] = at;
      at += length;
    }
    const { lengths } = old.content;
    this.starts = new Float64Array(lengths.length).fill(-1);
    this.#streamStarts = new Float64Array(lengths.length);
    this.#place(lengths);
  }

  #place(lengths: Uint32Array): void {
    let stream = 0;
    let extent = 0;
    for (const [chunk, length] of lengths.entries()) {
      this.#streamStarts[chunk] = stream;
      while (extent < this.extents.length - 1 && stream >= (this.#extentStarts[extent + 1] ?? 0)) extent += 1;
      const holder = this.extents[extent];
      const within = stream - (this.#extentStarts[extent] ?? 0);
      if (holder !== undefined && within + length <= holder.length) this.starts[chunk] = holder.offset + within;
      stream += length;
    }
  }

  get count(): number {
    return this.starts.length;
  }

  length(chunk: number): number {
    return this.#old.content.lengths[chunk] ?? 0;
  }

  id(chunk: number): Uint8Array {
    return this.#old.content.ids.subarray(chunk * CHUNK_ID_BYTES, (chunk + 1) * CHUNK_ID_BYTES);
  }

  /**
   * Copies bytes of the file from `position` on, as far as one chunk and one extent reach, at most as many as `into` holds; returns
   * how many. `position` lies in an extent. Throws E_CORRUPT or E_OBJECT_NOT_FOUND.
   */
  async read(into: Uint8Array, position: number): Promise<number> {
    const extent = this.#extentAt(position);
    const holder = must(this.extents[extent], "old bytes are read where there were some");
    const stream = (this.#extentStarts[extent] ?? 0) + position - holder.offset;
    const chunk = this.#chunkAt(stream);
    const bytes = await this.#bytes(chunk);
    const from = stream - (this.#streamStarts[chunk] ?? 0);
    const length = Math.min(into.length, bytes.length - from, holder.offset + holder.length - position);
    into.set(bytes.subarray(from, from + length));
    return length;
  }

  #extentAt(position: number): number {
    let [low, high] = [0, this.extents.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.extents[middle]?.offset ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #chunkAt(stream: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#streamStarts[middle] ?? 0) <= stream) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #bytes(chunk: number): Promise<Uint8Array> {
    const known = this.#cached.get(chunk);
    if (known !== undefined) return known;
    const { packs, packOf, offsets } = must(this.#old.places, "old bytes are read where they can be found");
    const pack = must(packs[packOf[chunk] ?? 0], "a chunk has a pack");
    const place = { pack: 0, offset: offsets[chunk] ?? 0 };
    const reading = this.#frames.chunk(CHUNK_TYPE.data, { id: this.id(chunk), length: this.length(chunk) }, { pack, place });
    reading.catch(() => undefined);
    if (this.#cached.size >= CHUNKS_CACHED_MAX)
      this.#cached.delete(must(this.#cached.keys().next().value, "a full cache has a first chunk"));
    this.#cached.set(chunk, reading);
    return reading;
  }
}
