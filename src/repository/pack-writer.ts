import type { RepositoryKeys } from "../crypto/keys.ts";
import type { ChunkType } from "../format/entry.ts";
import type { ObjectHasher } from "../crypto/chunk-id.ts";
import { StreamOpener, StreamSealer } from "../crypto/sealed-stream.ts";
import { CHUNK_ID_BYTES } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { encodePackDirectory, type PackDirectory } from "../format/pack-directory.ts";
import { FRAME_BYTES, HEADER_BYTES, type PackKind, type Suite, TAG_BYTES } from "../format/sealed-object.ts";
import { assert } from "../shared/assert.ts";
import { equalBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import type { ChunkIndex } from "./chunk-index.ts";

/** Very compressible content ends a pack here, so that raw offsets stay small and a reader's work bounded. */
const RAW_BYTES_MAX = 256 * 1024 * 1024;

const FRAMES_MAX_PER_PACK: number = RAW_BYTES_MAX / FRAME_BYTES + 8;

/** Chunks a pack holds at most; bounds its directory to 5 MiB. */
const CHUNKS_MAX = 128 * 1024;

export interface PackWriterOptions {
  readonly kind: PackKind;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
  readonly random: Random;
  readonly objectHasher: ObjectHasher;
  readonly index: ChunkIndex;
  /** A pack ends at the first chunk boundary past this many sealed bytes. */
  readonly packBytes: number;
  readonly suite: Suite;
  /** zstd level; 0 stores raw. */
  readonly level: number;
  /** Share of frames that are opened again and compared before they are sent; the directory always is. */
  readonly selfCheck: number;
  /** Room a pack has for what it holds beyond `packBytes`; one that needs more costs a copy. */
  readonly chunkBytesMax: number;
}

/** Buffers kept for packs to come: a writer fills one while the pack in the other is on its way. */
const BUFFERS_KEPT_MAX = 2;

/** A finished pack, ready to be created in the store. */
export interface FinishedPack {
  readonly number: number;
  /** The object's bytes. */
  readonly bytes: Uint8Array;
  readonly indexed: IndexedPack;
  /** Gives the memory of `bytes` back for another pack: to be called once they are durable, or never. */
  readonly release: () => void;
}

/** The state of the pack being filled. */
interface OpenPack {
  readonly number: number;
  readonly sealer: StreamSealer;
  buffer: Uint8Array;
  frames: number;
  sealedBytes: number;
  rawBytes: number;
  chunks: number;
}

/**
 * Lays chunks end to end into packs: a stream cut into frames of a fixed raw size regardless of chunk boundaries, each
 * compressed and sealed on its own. One writer belongs to one thread; all writers share the chunk index.
 */
export class PackWriter {
  readonly #options: PackWriterOptions;
  #index: ChunkIndex;
  #open: OpenPack | undefined;
  readonly #free: Uint8Array[] = [];
  readonly #frame = new Uint8Array(FRAME_BYTES);
  #frameUsed = 0;
  #ids = new Uint8Array(1024 * CHUNK_ID_BYTES);
  #types = new Uint8Array(1024);
  #lengths = new Uint32Array(1024);

  constructor(options: PackWriterOptions) {
    this.#options = options;
    this.#index = options.index;
  }

  /** Swaps in a grown copy of the shared index. */
  useIndex(index: ChunkIndex): void {
    this.#index = index;
  }

  /** Stores the chunk unless the repository has it. True when it was new. The bytes are copied or sealed before this returns. */
  add(id: Uint8Array, type: ChunkType, plain: Uint8Array): boolean {
    assert(plain.length > 0, "a chunk has bytes");
    const open = (this.#open ??= this.#begin());
    if (!this.#index.claim(id, open.number, open.rawBytes)) return false;
    this.#record(open, id, { type, length: plain.length });
    open.rawBytes += plain.length;
    this.#append(open, plain);
    return true;
  }

  /** True when the open pack has reached its size and must be taken with `finish` before the next `add`. */
  get full(): boolean {
    const open = this.#open;
    if (open === undefined) return false;
    return open.sealedBytes >= this.#options.packBytes || open.rawBytes >= RAW_BYTES_MAX || open.chunks >= CHUNKS_MAX;
  }

  /** Seals the rest and returns the pack; undefined when nothing was added since the last one. */
  finish(): FinishedPack | undefined {
    const open = this.#open;
    if (open === undefined || open.chunks === 0) return undefined;
    if (this.#frameUsed > 0) this.#seal(open, this.#frame.subarray(0, this.#frameUsed));
    this.#frameUsed = 0;
    this.#open = undefined;
    const directory: PackDirectory = {
      ...open.sealer.frames,
      chunkIds: this.#ids.slice(0, open.chunks * CHUNK_ID_BYTES),
      chunkTypes: this.#types.slice(0, open.chunks),
      chunkLengths: this.#lengths.slice(0, open.chunks),
    };
    const tail = open.sealer.finish(encodePackDirectory(directory));
    this.#makeRoom(open, tail.length);
    open.buffer.set(tail, open.sealedBytes);
    this.#push(open, tail);
    const bytes = open.buffer.subarray(0, open.sealedBytes);
    this.#checkDirectory(open, tail);
    const indexed: IndexedPack = {
      id: this.#options.objectHasher.digest(),
      kind: this.#options.kind,
      objectLength: open.sealedBytes,
      directory,
    };
    return { number: open.number, bytes, indexed, release: this.#releaseOnce(open.buffer) };
  }

  #begin(): OpenPack {
    const { kind, keys, repositoryId, random, suite } = this.#options;
    const sealer = new StreamSealer({ kind, keys, repositoryId, random, suite });
    const open: OpenPack = {
      number: this.#index.allocatePack(),
      sealer,
      buffer: this.#free.pop() ?? new Uint8Array(this.#bufferBytes),
      frames: 0,
      sealedBytes: 0,
      rawBytes: 0,
      chunks: 0,
    };
    open.buffer.set(sealer.header);
    this.#push(open, sealer.header);
    return open;
  }

  get #bufferBytes(): number {
    const { packBytes, chunkBytesMax } = this.#options;
    return packBytes + chunkBytesMax + FRAME_BYTES + HEADER_BYTES + (FRAMES_MAX_PER_PACK + 2) * TAG_BYTES;
  }

  /** Buffers are kept: fresh memory for each pack would be garbage for the collector and page faults for the kernel. */
  #releaseOnce(buffer: Uint8Array): () => void {
    let released = buffer.length !== this.#bufferBytes;
    return () => {
      if (!released && this.#free.length < BUFFERS_KEPT_MAX) this.#free.push(buffer);
      released = true;
    };
  }

  /** A pack grows past its buffer when its owner could not end it in time: a directory's pages belong to one pack. */
  #makeRoom(open: OpenPack, bytes: number): void {
    const needed = open.sealedBytes + bytes;
    if (needed <= open.buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * open.buffer.length));
    larger.set(open.buffer.subarray(0, open.sealedBytes));
    open.buffer = larger;
  }

  #record(open: OpenPack, id: Uint8Array, chunk: { type: ChunkType; length: number }): void {
    if (open.chunks === this.#types.length) this.#growRecords();
    this.#ids.set(id, open.chunks * CHUNK_ID_BYTES);
    this.#types[open.chunks] = chunk.type;
    this.#lengths[open.chunks] = chunk.length;
    open.chunks += 1;
  }

  #growRecords(): void {
    const count = this.#types.length * 2;
    const [ids, types, lengths] = [this.#ids, this.#types, this.#lengths];
    this.#ids = new Uint8Array(count * CHUNK_ID_BYTES);
    this.#types = new Uint8Array(count);
    this.#lengths = new Uint32Array(count);
    this.#ids.set(ids);
    this.#types.set(types);
    this.#lengths.set(lengths);
  }

  #append(open: OpenPack, plain: Uint8Array): void {
    let at = 0;
    while (at < plain.length) {
      const left = plain.length - at;
      if (this.#frameUsed === 0 && left >= FRAME_BYTES) {
        this.#seal(open, plain.subarray(at, at + FRAME_BYTES));
        at += FRAME_BYTES;
        continue;
      }
      const take = Math.min(left, FRAME_BYTES - this.#frameUsed);
      this.#frame.set(plain.subarray(at, at + take), this.#frameUsed);
      this.#frameUsed += take;
      at += take;
      if (this.#frameUsed === FRAME_BYTES) {
        this.#seal(open, this.#frame);
        this.#frameUsed = 0;
      }
    }
  }

  #seal(open: OpenPack, raw: Uint8Array): void {
    this.#makeRoom(open, raw.length + TAG_BYTES);
    const sealed = open.sealer.seal(raw, this.#options.level, open.buffer.subarray(open.sealedBytes));
    const number = open.frames;
    open.frames += 1;
    this.#push(open, sealed);
    const { selfCheck, random } = this.#options;
    if (selfCheck <= 0 || random.fraction() >= selfCheck) return;
    const compressed = sealed.length < raw.length + TAG_BYTES;
    const again = this.#opener(open).openFrame({ number, sealed, compressed, rawLength: raw.length });
    if (!equalBytes(again, raw)) throw damagedBeforeSending(`frame ${number}`);
  }

  #checkDirectory(open: OpenPack, tail: Uint8Array): void {
    const payload = this.#opener(open).openDirectory(open.sealedBytes, tail);
    assert(payload.length > 0, "a pack has a directory");
  }

  #opener(open: OpenPack): StreamOpener {
    const { keys, repositoryId, kind } = this.#options;
    return StreamOpener.open(open.sealer.header, { keys, repositoryId, kind });
  }

  #push(open: OpenPack, bytes: Uint8Array): void {
    this.#options.objectHasher.update(bytes);
    open.sealedBytes += bytes.length;
  }
}

function damagedBeforeSending(where: string): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `a pack did not read back before it was sent (${where})`,
    why: "compression or encryption gave bytes that do not open to what went in; failing memory is the usual cause",
    hint: "nothing was stored from this pack: test this machine's memory, then run the backup again",
  });
}
