import type { ChunkHasher, ObjectHasher } from "../crypto/chunk-id.ts";
import type { RepositoryKeys } from "../crypto/keys.ts";
import { StreamOpener } from "../crypto/sealed-stream.ts";
import { CHUNK_ID_BYTES, type ChunkType } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { packKey } from "../format/object-keys.ts";
import { FRAME_FLAG, type PackDirectory } from "../format/pack-directory.ts";
import { frameRawLength } from "../format/sealed-object.ts";
import { frameOffsets, type ReadBuffers } from "../repository/stretch-reader.ts";
import { must } from "../shared/assert.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { CheckTaskResult } from "./check-protocol.ts";

/** Bytes fetched by one read; the next is on its way while one is verified. */
const SPAN_BYTES: number = 8 * 1024 * 1024;

export interface VerifyOptions {
  readonly store: Pick<ObjectStore, "read">;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
  readonly chunkHasher: ChunkHasher;
  readonly objectHasher: ObjectHasher;
  readonly buffers: ReadBuffers;
}

/**
 * Reads a pack to its last byte: its name must be the hash of its bytes, its own directory must say what the index says, every
 * frame must open and every chunk hash to its id. Only a store that does not answer makes it throw.
 */
export async function verifyPack(pack: IndexedPack, options: VerifyOptions): Promise<CheckTaskResult> {
  const verifier = new PackVerifier(pack, options);
  try {
    await verifier.run();
  } catch (error) {
    if (!isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
    await verifier.abandon(error);
  }
  return verifier.result();
}

class PackVerifier {
  readonly #pack: IndexedPack;
  readonly #options: VerifyOptions;
  readonly #offsets: Float64Array;
  readonly #bad: number[] = [];
  #problem: CheckTaskResult["problem"];
  #bytesRead = 0;
  #verified = 0;
  #ahead: Promise<Uint8Array> | undefined;
  /** The chunk being put together: its position, and how much of it is there. */
  #chunk = 0;
  #filled = 0;
  #damagedChunk = false;

  constructor(pack: IndexedPack, options: VerifyOptions) {
    this.#pack = pack;
    this.#options = options;
    this.#offsets = frameOffsets(pack.directory);
  }

  async run(): Promise<void> {
    const { objectHasher, keys, repositoryId } = this.#options;
    const { kind, objectLength, id } = this.#pack;
    let opener: StreamOpener | undefined;
    let tail: Uint8Array = new Uint8Array(0);
    let frame = 0;
    const ends = this.#spanEnds();
    let ahead = this.#read(0, ends[0] ?? objectLength);
    this.#ahead = ahead;
    for (const [at, end] of ends.entries()) {
      const bytes = await ahead;
      const next = ends[at + 1];
      if (next !== undefined) {
        ahead = this.#read(end, next);
        ahead.catch(() => undefined);
        this.#ahead = ahead;
      }
      objectHasher.update(bytes);
      opener ??= StreamOpener.open(bytes, { keys, repositoryId, kind });
      const start = end - bytes.length;
      for (; frame < this.#pack.directory.frameSealedLengths.length && must(this.#offsets[frame + 1], "frame ends") <= end; frame += 1) {
        const from = must(this.#offsets[frame], "frame begins") - start;
        this.#frame(opener, frame, bytes.subarray(from, must(this.#offsets[frame + 1], "frame ends") - start));
      }
      tail = bytes;
    }
    if (!equalBytes(objectHasher.digest(), id)) this.#report("damaged", "its bytes do not hash to its name");
    const own = must(opener, "a pack has a first span").openPackDirectory(objectLength, tail);
    if (!sameDirectory(own, this.#pack.directory))
      this.#report("wrong-content", "the index says something else about it than its own directory");
  }

  /** Where each read ends: at frame ends, the last one at the object's end. */
  #spanEnds(): readonly number[] {
    const ends: number[] = [];
    let begin = 0;
    for (const end of this.#offsets) {
      if (end - begin < SPAN_BYTES) continue;
      ends.push(end);
      begin = end;
    }
    const { objectLength } = this.#pack;
    // The last read takes the directory along, so that it can be opened from it.
    const framesEnd = must(this.#offsets.at(-1), "offsets have an end");
    if (ends.at(-1) === framesEnd) ends.pop();
    return [...ends, objectLength];
  }

  async #read(from: number, to: number): Promise<Uint8Array> {
    const bytes = await this.#options.store.read(
      packKey(toHex(this.#pack.id)),
      { offset: from, length: to - from },
      { into: this.#options.buffers.span(to - from) },
    );
    this.#bytesRead += bytes.length;
    return bytes;
  }

  #frame(opener: StreamOpener, number: number, sealed: Uint8Array): void {
    const { directory } = this.#pack;
    const rawLength = frameRawLength(number, directory.rawLength);
    const compressed = directory.frameFlags[number] === FRAME_FLAG.compressed;
    try {
      this.#feed(opener.openFrame({ number, sealed, compressed, rawLength, into: this.#options.buffers.frame }));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#report("damaged", `${error.what}: ${error.why}`);
      this.#skip(rawLength);
    }
  }

  /** The next raw bytes of the stream: verifies every chunk that ends in them. */
  #feed(raw: Uint8Array): void {
    const { chunkLengths } = this.#pack.directory;
    let at = 0;
    while (at < raw.length && this.#chunk < chunkLengths.length) {
      const length = chunkLengths[this.#chunk] ?? 0;
      const take = Math.min(length - this.#filled, raw.length - at);
      const part = raw.subarray(at, at + take);
      if (take === length) this.#verify(part);
      else {
        // A chunk that crosses frames is put together first.
        const whole = this.#options.buffers.chunk(length);
        whole.set(part, this.#filled);
        if (this.#filled + take === length) this.#verify(whole);
      }
      at += take;
      this.#advance(take, length);
    }
  }

  /** Raw bytes that could not be opened: every chunk in them is lost. */
  #skip(rawLength: number): void {
    const { chunkLengths } = this.#pack.directory;
    let left = rawLength;
    while (left > 0 && this.#chunk < chunkLengths.length) {
      const length = chunkLengths[this.#chunk] ?? 0;
      const take = Math.min(length - this.#filled, left);
      this.#damagedChunk = true;
      left -= take;
      if (this.#filled + take === length) this.#bad.push(this.#chunk);
      this.#advance(take, length);
    }
  }

  #advance(take: number, length: number): void {
    this.#filled += take;
    if (this.#filled < length) return;
    this.#chunk += 1;
    this.#filled = 0;
    this.#damagedChunk = false;
  }

  #verify(plain: Uint8Array): void {
    const { chunkIds, chunkTypes } = this.#pack.directory;
    const id = this.#options.chunkHasher.id(chunkTypes[this.#chunk] as ChunkType, plain);
    const at = this.#chunk * CHUNK_ID_BYTES;
    if (!this.#damagedChunk && equalBytes(id, chunkIds.subarray(at, at + CHUNK_ID_BYTES))) {
      this.#verified += 1;
      return;
    }
    this.#bad.push(this.#chunk);
    if (!this.#damagedChunk) this.#report("wrong-content", "a chunk does not hash to its id");
  }

  /** Reading ended early: what was not verified so far cannot be relied on. Waits for what is still being read into shared memory. */
  async abandon(damage: AppError): Promise<void> {
    await Promise.allSettled([this.#ahead]);
    this.#options.objectHasher.digest();
    this.#report(damage.code === "E_OBJECT_NOT_FOUND" ? "missing" : "damaged", damage.why === "" ? damage.what : damage.why);
    for (let chunk = this.#chunk; chunk < this.#pack.directory.chunkLengths.length; chunk += 1) this.#bad.push(chunk);
  }

  #report(problem: NonNullable<CheckTaskResult["problem"]>["problem"], message: string): void {
    this.#problem ??= { problem, message };
  }

  result(): CheckTaskResult {
    return { problem: this.#problem, badChunks: this.#bad, bytesRead: this.#bytesRead, chunksVerified: this.#verified };
  }
}

function sameDirectory(a: PackDirectory, b: PackDirectory): boolean {
  return (
    a.rawLength === b.rawLength &&
    equalBytes(a.chunkIds, b.chunkIds) &&
    equalBytes(a.chunkTypes, b.chunkTypes) &&
    equalBytes(a.frameFlags, b.frameFlags) &&
    a.chunkLengths.length === b.chunkLengths.length &&
    a.chunkLengths.every((length, at) => b.chunkLengths[at] === length) &&
    a.frameSealedLengths.every((length, at) => b.frameSealedLengths[at] === length)
  );
}
