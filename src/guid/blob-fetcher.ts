import { equalBytes } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { md5Of } from "../shared/md5.ts";
import { Semaphore, pooledMap } from "../shared/pool.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { BlobRead, BlobReadOptions, BlobStore } from "../storage/blob/blob-store.ts";
import { ArrivingRange } from "./arriving-range.ts";
import type { LentBuffer } from "./buffer-pool.ts";
import { FairTurns } from "./fair-turns.ts";
import { HashedBuffers } from "./hashed-buffers.ts";
import { MD5_BLOCK_BYTES } from "./md5-lanes.ts";
import { FIRST_RANGE_BYTES, PIECE_BYTES, RANGE_BYTES, RANGES_MAX, SMALL_BYTES_MAX, WHOLE_FILE_BYTES_MAX } from "./limits.ts";

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

/** Takes content in order; the bytes may be looked at until it settles. */
export type BlobSink = (bytes: Uint8Array, position: number) => MaybePromise<void>;

/** Fetches whole blobs and holds them against their MD5. Memory is bounded over all blobs in work. */
export class BlobFetcher implements AsyncDisposable {
  readonly #deps: BlobFetcherDeps;
  readonly #small = new Semaphore(SMALL_BYTES_MAX);
  readonly #buffers: HashedBuffers;
  readonly #turns = new FairTurns(RANGES_MAX);

  constructor(deps: BlobFetcherDeps) {
    this.#deps = deps;
    this.#buffers = new HashedBuffers(RANGE_BYTES, RANGES_MAX, deps.clock);
  }

  /**
   * Hands the content of a blob, `size` bytes by the listing, to `sink`. A small blob is checked before `sink` sees anything of it, a
   * large one at its end. Throws E_CORRUPT when its MD5 does not fit or it is too short, E_SOURCE_CHANGED when it changed meanwhile.
   */
  fetch(name: string, size: number, sink: BlobSink): Promise<FetchedBlob> {
    return size <= WHOLE_FILE_BYTES_MAX ? this.#fetchWhole(name, size, sink) : this.#fetchLarge(name, size, sink);
  }

  /** Memory for somebody who reads a file in pieces; counts against the same bound. */
  borrow(bytes: number): Promise<LentBuffer> {
    return this.#buffers.take(Math.min(bytes, RANGE_BYTES));
  }

  /** When nothing is being fetched any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#buffers[Symbol.asyncDispose]();
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

  /** Ranges side by side, hashed and handed on in order, each while it arrives. */
  async #fetchLarge(name: string, size: number, sink: BlobSink): Promise<FetchedBlob> {
    using hash = this.#buffers.startHash();
    let first: BlobRead | undefined;
    let position = 0;
    for await (const range of this.#ranges(name, size)) {
      first ??= await range.read;
      for (let at = 0; at < range.length;) {
        const there = await range.from(at, PIECE_BYTES);
        const whole = there.length - (there.length % MD5_BLOCK_BYTES);
        const bytes = at + there.length === range.length ? there : there.subarray(0, whole);
        const hashed = first.md5 && hash.update(bytes);
        // Its failure is seen below, unless the sink fails first.
        hashed?.catch(() => undefined);
        await sink(bytes, position);
        await hashed;
        at += bytes.length;
        position += bytes.length;
      }
    }
    const stored = first?.md5;
    if (stored !== undefined && !equalBytes(await hash.digest(), stored)) throw damaged(name);
    return { size, metadata: first?.metadata ?? {}, checked: stored !== undefined };
  }

  /**
   * Ranges in order, each with its turn and under way, ended when the next is asked for. The first tells the version that all others
   * must have: content of two versions never mixes.
   */
  async *#ranges(name: string, size: number): AsyncGenerator<ArrivingRange> {
    // Files take turns: ranges of several of them are there at once, so that their hashes go side by side.
    const owner = {};
    const begun = new Set<ArrivingRange>();
    let over = false;
    const begin = async (offset: number, lengthMax: number, version?: string): Promise<ArrivingRange> => {
      const length = Math.min(lengthMax, size - offset);
      const lent = await this.#lend(owner, length);
      if (over) {
        lent.giveBack();
        throw new Error("nobody waits for this range");
      }
      const range = new ArrivingRange(lent, (arrived) =>
        this.#read(name, {
          range: { offset, length },
          into: lent.buffer,
          // What a first request brings could be repeated, and then be of another version.
          ...(version === undefined ? {} : { version, arrived }),
        }),
      );
      begun.add(range);
      return range;
    };
    const end = async (range: ArrivingRange): Promise<void> => {
      begun.delete(range);
      await range.end();
    };
    const first = await begin(0, FIRST_RANGE_BYTES);
    try {
      yield first;
      const { version } = await first.read;
      await end(first);
      const more = Math.ceil((size - FIRST_RANGE_BYTES) / RANGE_BYTES);
      const offsets = Array.from({ length: more }, (_, index) => FIRST_RANGE_BYTES + index * RANGE_BYTES);
      for await (const range of pooledMap(offsets, RANGES_MAX, (offset) => begin(offset, RANGE_BYTES, version))) {
        let used = false;
        try {
          yield range;
          used = true;
        } finally {
          // The pool ends when all that wait for their turn have had it: after a failure, turns must be free by then.
          over ||= !used;
          await Promise.all(Array.from(used ? [range] : begun, end));
        }
      }
    } finally {
      await Promise.all(Array.from(begun, end));
    }
  }

  /** Memory for a range, when it is the owner's turn. */
  async #lend(owner: object, length: number): Promise<LentBuffer> {
    const endTurn = await this.#turns.take(owner);
    const { buffer, giveBack } = await this.#buffers.take(length);
    return {
      buffer,
      giveBack: () => {
        giveBack();
        endTurn();
      },
    };
  }

  async #read(name: string, options: BlobReadOptions): Promise<BlobRead> {
    const { store, signal, onFetched } = this.#deps;
    const read = await store.read(name, { ...options, signal });
    onFetched(read.bytes.length);
    return read;
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
