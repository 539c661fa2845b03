import { CHUNK_ID_BYTES } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import type { FrameTable } from "../format/pack-directory.ts";
import { FRAME_BYTES, HEADER_BYTES } from "../format/sealed-object.ts";
import { toHex } from "../shared/bytes.ts";
import type { ChunkIndex, ChunkPlace } from "./chunk-index.ts";

/** What reading takes of a pack: where its frames are. Which chunks it holds stands in the chunk index. */
export type KnownPack = Pick<IndexedPack, "id" | "kind" | "objectLength"> & { readonly directory: FrameTable };

/** Packs known to this process by their number, with the place of every frame: about 10 bytes for each MiB of content. */
export class PackTable {
  readonly #packs = new Map<number, KnownPack>();
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.#packs.size;
  }

  /** True when a pack of this id (hex) is known. */
  has(id: string): boolean {
    return this.#numbers.has(id);
  }

  get(number: number): KnownPack | undefined {
    return this.#packs.get(number);
  }

  set(number: number, { id, kind, objectLength, directory }: KnownPack): void {
    const { frameSealedLengths, frameFlags, rawLength } = directory;
    // Copies: views would keep the whole segment in memory that they were decoded from, 37 bytes a chunk.
    const frames = { frameSealedLengths: frameSealedLengths.slice(), frameFlags: frameFlags.slice(), rawLength };
    this.#packs.set(number, { id: id.slice(), kind, objectLength, directory: frames });
    this.#numbers.set(toHex(id), number);
  }

  /** All packs with their numbers. */
  entries(): IterableIterator<[number, KnownPack]> {
    return this.#packs.entries();
  }
}

/** Enters a pack and its chunks; chunks that are known elsewhere keep their first place. Returns the pack's number. */
export function enterPack(pack: IndexedPack, into: { readonly index: ChunkIndex; readonly packs: PackTable }): number {
  const number = into.index.allocatePack();
  into.packs.set(number, pack);
  const { chunkIds, chunkLengths } = pack.directory;
  let offset = 0;
  for (let at = 0; at < chunkLengths.length; at += 1) {
    into.index.claimAt(chunkIds, at * CHUNK_ID_BYTES, { pack: number, offset });
    offset += chunkLengths[at] ?? 0;
  }
  return number;
}

/** Frames `first` to `last` of a pack, and where they are in the object, bytes. */
export interface FrameSpan {
  readonly first: number;
  readonly last: number;
  readonly offset: number;
  readonly length: number;
}

/** The frames that cover a chunk. The header comes before the first frame. */
export function framesOf(pack: KnownPack, place: ChunkPlace, chunkLength: number): FrameSpan {
  const first = Math.floor(place.offset / FRAME_BYTES);
  const last = Math.max(first, Math.floor((place.offset + chunkLength - 1) / FRAME_BYTES));
  const lengths = pack.directory.frameSealedLengths;
  let offset = HEADER_BYTES;
  for (let at = 0; at < first; at += 1) offset += lengths[at] ?? 0;
  let length = 0;
  for (let at = first; at <= last; at += 1) length += lengths[at] ?? 0;
  return { first, last, offset, length };
}
