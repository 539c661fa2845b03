import type { Clock } from "../shared/clock.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { md5Of } from "../shared/md5.ts";
import { Semaphore, forEachParallel } from "../shared/pool.ts";
import type { Random } from "../shared/random.ts";
import type { BlobStore } from "../storage/blob/blob-store.ts";
import { hashInPlace } from "./content-hash.ts";
import type { EntryFacts } from "./entry-facts.ts";
import { toMetadata } from "./file-metadata.ts";
import { sameState } from "./file-state.ts";
import { HashedBuffers } from "./hashed-buffers.ts";
import type { KnownFile } from "./journal-record.ts";
import { BLOCK_BYTES, BLOCKS_MAX, SMALL_BYTES_MAX, WHOLE_FILE_BYTES_MAX } from "./limits.ts";
import { SourceFile, changedWhileRead } from "./source-file.ts";

/** A file written within this time before it was read may be written again without its times telling. */
const RACY_NS = 2_000_000_000n;

const UPLOAD_NAME_BYTES = 8;
const MIB = 2 ** 20;

export interface FileSaverDeps {
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Sends everything, whatever the container has. */
  readonly force: boolean;
  /** Told of content as it is read. */
  readonly onRead: (bytes: number) => void;
  /** Told of content as the container has it, of large files block by block. */
  readonly onSent: (bytes: number) => void;
}

/** What became of one file. */
export interface SavedFile {
  readonly outcome: "uploaded" | "unchanged";
  /** Content bytes. */
  readonly size: number;
  /** To be remembered; undefined when the file is too young for its times to prove anything. */
  readonly known: KnownFile | undefined;
}

/** A block of a file, in memory until it is given back. */
interface Block {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly giveBack: () => void;
}

/** Brings single files into the container, each as the blob of its GUID. Memory is bounded over all files in work. */
export class FileSaver implements AsyncDisposable {
  readonly #deps: FileSaverDeps;
  readonly #small = new Semaphore(SMALL_BYTES_MAX);
  readonly #blocks: HashedBuffers;

  constructor(deps: FileSaverDeps) {
    this.#deps = deps;
    this.#blocks = new HashedBuffers(BLOCK_BYTES, BLOCKS_MAX, deps.clock);
  }

  /** When nothing is being saved any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#blocks[Symbol.asyncDispose]();
  }

  /** Throws an `AppError` with E_SOURCE_* for a file that could not be saved as a whole. */
  async save(entry: { readonly guid: string; readonly path: string }, facts: EntryFacts): Promise<SavedFile> {
    using file = await SourceFile.open(entry.path);
    const { state } = file;
    const { size } = state;
    const startNs = this.#deps.clock.nowNs();
    const known = facts.known !== undefined && sameState(facts.known, state) ? facts.known : undefined;
    const stored = this.#storedMd5(facts, size);
    if (known !== undefined && isSame(known.md5, stored)) return { outcome: "unchanged", size, known };
    const { md5, uploaded } = await (size <= WHOLE_FILE_BYTES_MAX
      ? this.#saveWhole(entry.guid, file, stored)
      : this.#saveLarge(entry.guid, file, stored));
    if (!sameState(file.look(), state)) throw changedWhileRead(entry.path);
    const provable = startNs - state.changedNs > RACY_NS;
    return { outcome: uploaded ? "uploaded" : "unchanged", size, known: provable ? { ...state, md5 } : undefined };
  }

  /** MD5 of the blob, when that could make sending needless. */
  #storedMd5({ content }: EntryFacts, size: number): Uint8Array | undefined {
    return this.#deps.force || content?.size !== size ? undefined : content.md5;
  }

  async #saveWhole(guid: string, file: SourceFile, stored: Uint8Array | undefined): Promise<{ md5: Uint8Array; uploaded: boolean }> {
    const { size } = file.state;
    const release = await this.#small.acquire(size);
    try {
      const buffer = Buffer.allocUnsafe(size);
      const bytes = buffer.subarray(0, await file.read(buffer, 0));
      this.#deps.onRead(bytes.length);
      const md5 = md5Of(bytes);
      if (isSame(md5, stored)) return { md5, uploaded: false };
      await this.#deps.store.put({ name: guid, bytes, md5, metadata: metadataOf(file) }, { signal: this.#deps.signal });
      this.#deps.onSent(bytes.length);
      return { md5, uploaded: true };
    } finally {
      release();
    }
  }

  /** Reads in order, for the MD5, and sends the blocks side by side. A file that may be unchanged is read once more before that. */
  async #saveLarge(guid: string, file: SourceFile, stored: Uint8Array | undefined): Promise<{ md5: Uint8Array; uploaded: boolean }> {
    if (stored !== undefined) {
      const md5 = await this.#eachBlock(file, async () => undefined);
      if (isSame(md5, stored)) return { md5, uploaded: false };
    }
    const { store, random, signal, onSent } = this.#deps;
    const upload = toHex(random.bytes(UPLOAD_NAME_BYTES));
    let blocks = 0;
    const md5 = await this.#eachBlock(file, async (bytes, index) => {
      blocks += 1;
      await store.putBlock({ name: guid, upload, index, bytes }, { signal });
      onSent(bytes.length);
    });
    await store.commit({ name: guid, upload, blocks, md5, metadata: metadataOf(file) }, { signal });
    return { md5, uploaded: true };
  }

  /** Hands out the content block by block, as many side by side as there is memory for, and returns its MD5. */
  async #eachBlock(file: SourceFile, use: (bytes: Uint8Array, index: number) => Promise<void>): Promise<Uint8Array> {
    const blockBytes = blockBytesFor(file.state.size, this.#deps.store.capabilities.blocksMax);
    using hash = blockBytes > BLOCK_BYTES ? hashInPlace() : this.#blocks.startHash();
    await forEachParallel(this.#blocksOf(file, blockBytes), BLOCKS_MAX, async ({ index, bytes, giveBack }) => {
      // Neither may look at the block any more when it is given back, also when the other fails.
      const results = await Promise.allSettled([hash.update(bytes), use(bytes, index)]);
      giveBack();
      for (const result of results) if (result.status === "rejected") throw result.reason as Error;
    });
    return await hash.digest();
  }

  /** The blocks in order, each in a buffer of its own. Throws E_SOURCE_CHANGED when the file does not reach that far any more. */
  async *#blocksOf(file: SourceFile, blockBytes: number): AsyncGenerator<Block> {
    const { size } = file.state;
    for (let at = 0; at < size; at += blockBytes) {
      this.#deps.signal.throwIfAborted();
      const { buffer: bytes, giveBack } = await this.#blocks.take(Math.min(blockBytes, size - at));
      try {
        if ((await file.read(bytes, at)) < bytes.length) throw changedWhileRead(file.path);
      } catch (error) {
        giveBack();
        throw error;
      }
      this.#deps.onRead(bytes.length);
      yield { index: at / blockBytes, bytes, giveBack };
    }
  }
}

/** Block size for a file: the usual one, or whole MiB so that the file fits into the most blocks a blob can have. */
export function blockBytesFor(size: number, blocksMax: number): number {
  return Math.max(BLOCK_BYTES, Math.ceil(size / blocksMax / MIB) * MIB);
}

function metadataOf(file: SourceFile): Readonly<Record<string, string>> {
  return toMetadata({ mode: file.mode, modifiedNs: file.state.modifiedNs });
}

function isSame(md5: Uint8Array, stored: Uint8Array | undefined): boolean {
  return stored !== undefined && equalBytes(md5, stored);
}
