import { equalBytes } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { md5Of } from "../shared/md5.ts";
import { Semaphore, pooledMap } from "../shared/pool.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { BlobRead, BlobStore } from "../storage/blob/blob-store.ts";
import { BufferPool } from "./buffer-pool.ts";
import { ContentHasher } from "./content-hasher.ts";
import { FairTurns } from "./fair-turns.ts";
import { HashMemory } from "./hash-memory.ts";
import { RANGE_BYTES, RANGES_MAX, SMALL_BYTES_MAX, WHOLE_FILE_BYTES_MAX } from "./limits.ts";

export interface BlobFetcherDeps {
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of content as it arrives. */
  readonly onFetched: (bytes: number) => void;
}

/** A blob that was fetched in full. */
export interface FetchedBlob {
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** False when the blob has no MD5 to be held against. */
  readonly checked: boolean;
}

/** A range of a blob, fetched on behalf of an owner. */
interface OwnedRange {
  readonly offset: number;
  readonly length: number;
  readonly owner: object;
}

/** Takes content in order; the bytes may be looked at until it settles. */
export type BlobSink = (bytes: Uint8Array, position: number) => MaybePromise<void>;

/** Fetches whole blobs and holds them against their MD5. Memory is bounded over all blobs in work. */
export class BlobFetcher implements AsyncDisposable {
  readonly #deps: BlobFetcherDeps;
  readonly #small = new Semaphore(SMALL_BYTES_MAX);
  readonly #memory = new HashMemory(RANGE_BYTES, RANGES_MAX);
  readonly #buffers = new BufferPool(RANGE_BYTES, RANGES_MAX, () => this.#memory.newBuffer());
  readonly #turns = new FairTurns(RANGES_MAX);
  readonly #hasher: ContentHasher;

  constructor(deps: BlobFetcherDeps) {
    this.#deps = deps;
    this.#hasher = new ContentHasher(this.#memory, deps.clock);
  }

  /**
   * Hands the content of a blob, `size` bytes by the listing, to `sink`. A small blob is checked before `sink` sees anything of it, a
   * large one at its end. Throws E_CORRUPT when its MD5 does not fit or it is too short, E_SOURCE_CHANGED when it changed meanwhile.
   */
  fetch(name: string, size: number, sink: BlobSink): Promise<FetchedBlob> {
    return size <= WHOLE_FILE_BYTES_MAX ? this.#fetchWhole(name, size, sink) : this.#fetchLarge(name, size, sink);
  }

  /** Memory for somebody who reads a file in pieces; counts against the same bound. */
  borrow(bytes: number): ReturnType<BufferPool["take"]> {
    return this.#buffers.take(Math.min(bytes, RANGE_BYTES));
  }

  /** When nothing is being fetched any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hasher.close();
  }

  async #fetchWhole(name: string, size: number, sink: BlobSink): Promise<FetchedBlob> {
    const release = await this.#small.acquire(size);
    try {
      const { bytes, md5, metadata } = await this.#deps.store.read(name, { signal: this.#deps.signal });
      this.#deps.onFetched(bytes.length);
      if (md5 !== undefined && !equalBytes(md5Of(bytes), md5)) throw damaged(name);
      await sink(bytes, 0);
      return { size: bytes.length, metadata, checked: md5 !== undefined };
    } finally {
      release();
    }
  }

  /** Ranges side by side, hashed and handed on in order. */
  async #fetchLarge(name: string, size: number, sink: BlobSink): Promise<FetchedBlob> {
    using hash = this.#hasher.start();
    let first: BlobRead | undefined;
    let position = 0;
    for await (const { read, giveBack } of this.#ranges(name, size)) {
      try {
        first ??= read;
        const hashed = first.md5 && hash.update(read.bytes);
        // Its failure is seen below, unless the sink fails first.
        hashed?.catch(() => undefined);
        await sink(read.bytes, position);
        await hashed;
        position += read.bytes.length;
      } finally {
        giveBack();
      }
    }
    const stored = first?.md5;
    if (stored !== undefined && !equalBytes(await hash.digest(), stored)) throw damaged(name);
    return { size, metadata: first?.metadata ?? {}, checked: stored !== undefined };
  }

  /** The first range tells the version that all others must have: content of two versions never mixes. */
  async *#ranges(name: string, size: number): AsyncGenerator<{ readonly read: BlobRead; readonly giveBack: () => void }> {
    // Files take turns: ranges of several of them are there at once, so that their hashes go side by side.
    const owner = {};
    const rangeAt = (offset: number) => ({ offset, length: Math.min(RANGE_BYTES, size - offset), owner });
    const first = await this.#range(name, rangeAt(0));
    const { version } = first.read;
    yield first;
    const offsets = Array.from({ length: Math.ceil(size / RANGE_BYTES) - 1 }, (_, index) => (index + 1) * RANGE_BYTES);
    // After a failure, what the pool still fetches is given back by nobody: so each range knows when it is not wanted any more.
    const unused = new Set<() => void>();
    try {
      for await (const range of pooledMap(offsets, RANGES_MAX, async (offset) => {
        const got = await this.#range(name, rangeAt(offset), version);
        unused.add(got.giveBack);
        return got;
      })) {
        unused.delete(range.giveBack);
        yield range;
      }
    } finally {
      for (const giveBack of unused) giveBack();
    }
  }

  async #range(name: string, { owner, ...range }: OwnedRange, version?: string) {
    const { store, signal, onFetched } = this.#deps;
    const endTurn = await this.#turns.take(owner);
    const { buffer, giveBack: giveBufferBack } = await this.#buffers.take(range.length);
    const giveBack = (): void => {
      giveBufferBack();
      endTurn();
    };
    try {
      const read = await store.read(name, { range, into: buffer, signal, ...(version === undefined ? {} : { version }) });
      onFetched(read.bytes.length);
      // A store may have memory of its own for the result, which the hashing thread cannot see.
      if (read.bytes.buffer !== buffer.buffer) buffer.set(read.bytes);
      return { read: { ...read, bytes: buffer.subarray(0, read.bytes.length) }, giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  }
}

function damaged(name: string): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `blob ${name} is damaged`,
    why: "its content does not have the MD5 that is stored with it",
    hint: "save the file again, if it is still there",
    data: { name },
  });
}
