import { CHUNK_ID_BYTES } from "../format/entry.ts";
import { assert } from "../shared/assert.ts";

/** Words before the slots: entry count, next pack number. */
const HEADER_WORDS = 4;
const COUNT = 0;
const NEXT_PACK = 1;

/** A slot is 24 bytes: four words of the id, the pack number plus one, the raw offset inside the pack. */
const SLOT_WORDS = 6;
const KEY_WORDS = 4;
const PACK = 4;
const OFFSET = 5;
const EMPTY = 0;
const BEING_WRITTEN = -1;

/** Above this share of used slots, probing gets long: the owner grows the table first. */
const LOAD_MAX = 0.75;

/** Slots of the smallest table: 1.5 MiB. */
const SLOTS_MIN = 1 << 16;

/** Where a chunk is: the pack's number in this process and the chunk's offset in the pack's raw stream, bytes. */
export interface ChunkPlace {
  readonly pack: number;
  readonly offset: number;
}

/**
 * Which chunk is where: one open-addressing table in shared memory, used by all threads at once.
 * 24 bytes a slot, so 32 bytes a chunk at the highest load. Ids are keyed hashes, so 16 of their 32 bytes identify a chunk
 * (two among 2^40 chunks agree with probability 2^-49); readers verify the full id on the content.
 *
 * The table cannot grow while threads use it. Its owner keeps `free` above what threads may add before they report back,
 * and swaps in a `grown` copy while they are idle.
 */
export class ChunkIndex {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #slots: number;
  /** The chunk that is looked for: one buffer, because a look-up is too frequent to allocate. */
  readonly #key = new Int32Array(KEY_WORDS);

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#slots = (this.#words.length - HEADER_WORDS) / SLOT_WORDS;
  }

  /** An empty table with room for `chunks` entries. */
  static withRoomFor(chunks: number): ChunkIndex {
    const slots = Math.max(SLOTS_MIN, Math.ceil(chunks / LOAD_MAX));
    return new ChunkIndex(new SharedArrayBuffer(4 * (HEADER_WORDS + slots * SLOT_WORDS)));
  }

  /** The table that another thread made. */
  static attach(buffer: SharedArrayBuffer): ChunkIndex {
    return new ChunkIndex(buffer);
  }

  get count(): number {
    return Atomics.load(this.#words, COUNT);
  }

  /** Entries that fit before the table must grow. */
  get free(): number {
    return Math.floor(this.#slots * LOAD_MAX) - this.count;
  }

  /** A copy with room for `chunks` more. No thread may use the old table any more. */
  grown(chunks: number): ChunkIndex {
    const next = ChunkIndex.withRoomFor(Math.ceil((this.count + chunks) * 1.3));
    next.#words[NEXT_PACK] = Atomics.load(this.#words, NEXT_PACK);
    const words = this.#words;
    for (let at = HEADER_WORDS; at < words.length; at += SLOT_WORDS) {
      if (words[at + PACK] === EMPTY) continue;
      next.#key.set(words.subarray(at, at + KEY_WORDS));
      const slot = next.#place();
      assert(slot < 0, "a chunk appears once in the index");
      next.#words.set(words.subarray(at, at + SLOT_WORDS), ~slot);
    }
    next.#words[COUNT] = this.count;
    return next;
  }

  /** A pack number nobody else has. */
  allocatePack(): number {
    return Atomics.add(this.#words, NEXT_PACK, 1);
  }

  /** Where the chunk is, or undefined. `id` starts at `at` inside `ids`. */
  find(ids: Uint8Array, at = 0): ChunkPlace | undefined {
    this.#load(ids, at);
    const slot = this.#place();
    if (slot < 0) return undefined;
    return { pack: (this.#words[slot + PACK] ?? 0) - 1, offset: (this.#words[slot + OFFSET] ?? 0) >>> 0 };
  }

  /**
   * Records the chunk at the given place unless it is known. True when it was new: the caller now must store it there.
   * Of many threads that claim one chunk exactly one gets true.
   */
  claim(id: Uint8Array, pack: number, offset: number): boolean {
    assert(id.length === CHUNK_ID_BYTES, "a chunk id has 32 bytes");
    return this.claimAt(id, 0, { pack, offset });
  }

  /** As `claim`, for an id that starts at `at` inside `ids`. */
  claimAt(ids: Uint8Array, at: number, place: ChunkPlace): boolean {
    const words = this.#words;
    this.#load(ids, at);
    for (;;) {
      const slot = this.#place();
      if (slot >= 0) return false;
      const free = ~slot;
      if (Atomics.compareExchange(words, free + PACK, EMPTY, BEING_WRITTEN) !== EMPTY) continue;
      words.set(this.#key, free);
      words[free + OFFSET] = place.offset;
      // The release store makes the words above visible before the slot counts as written.
      Atomics.store(words, free + PACK, place.pack + 1);
      Atomics.add(words, COUNT, 1);
      return true;
    }
  }

  /** Takes the part of an id that identifies the chunk. */
  #load(ids: Uint8Array, at: number): void {
    for (let part = 0; part < KEY_WORDS; part += 1) this.#key[part] = word(ids, at + 4 * part);
  }

  /** First word of the loaded chunk's slot, or the bitwise complement of the free slot where it would go. */
  #place(): number {
    const words = this.#words;
    const slots = this.#slots;
    const first = (this.#key[0] ?? 0) >>> 0;
    let slot = Math.floor((first / 0x1_0000_0000) * slots);
    for (let probes = 0; probes < slots; probes += 1) {
      const at = HEADER_WORDS + slot * SLOT_WORDS;
      let pack = Atomics.load(words, at + PACK);
      if (pack === EMPTY) return ~at;
      while (pack === BEING_WRITTEN) pack = Atomics.load(words, at + PACK);
      if (this.#holdsKey(at)) return at;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
    throw new Error("invariant broken: the chunk index is full");
  }

  #holdsKey(at: number): boolean {
    const words = this.#words;
    const key = this.#key;
    return words[at] === key[0] && words[at + 1] === key[1] && words[at + 2] === key[2] && words[at + 3] === key[3];
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
