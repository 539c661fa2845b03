import type { ByteRange, CallOptions } from "../object-store.ts";

/** One blob as a listing reports it. */
export interface BlobInfo {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** MD5 of the whole content as the store keeps it; undefined for blobs that were written without. */
  readonly md5: Uint8Array | undefined;
}

/** A stretch of a listing. */
export interface BlobPage {
  readonly blobs: readonly BlobInfo[];
  /** Where the listing goes on; undefined after the last page. */
  readonly next: string | undefined;
}

/** What is stored beside the bytes of a blob. Names of metadata are lower-case letters and digits, values are ASCII. */
export interface BlobProperties {
  /** MD5 of the whole content, 16 bytes. */
  readonly md5: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A whole blob, to be written by one call. */
export interface BlobContent extends BlobProperties {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One block of a large blob. Blocks of different uploads never mix. */
export interface BlobBlock {
  readonly name: string;
  /** Names this upload: 8 to 32 letters and digits. */
  readonly upload: string;
  /** Counted from 0. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** A large blob whose blocks, 0 to `blocks` - 1, have been put. */
export interface BlobCommit extends BlobProperties {
  readonly name: string;
  readonly upload: string;
  readonly blocks: number;
}

/** What a read gives: the bytes asked for, and the facts of the whole blob at that moment. */
export interface BlobRead {
  readonly bytes: Uint8Array;
  readonly md5: Uint8Array | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** Changes whenever the blob does. */
  readonly version: string;
}

export interface BlobReadOptions extends CallOptions {
  /** Only a stretch of the blob. */
  readonly range?: ByteRange;
  /** Fails with E_SOURCE_CHANGED unless the blob still has this version. */
  readonly version?: string;
  /** Memory that the bytes may be put into when it has room: the result then is a part of it. */
  readonly into?: Uint8Array;
  /**
   * Told while a range of a known version arrives in `into` how many bytes of it are there, from its start. They stay as they are,
   * whatever comes then. Not told of the end; some stores say nothing at all.
   */
  readonly arrived?: (bytes: number) => void;
}

/** What a blob store can do; constant over its life. */
export interface BlobCapabilities {
  /** For messages: `container backup of account x`. Never a secret. */
  readonly description: string;
  /** Largest blob one `put` takes, bytes. */
  readonly putBytesMax: number;
  /** Largest block, bytes. */
  readonly blockBytesMax: number;
  /** Most blocks of one blob. */
  readonly blocksMax: number;
}

/**
 * Plain blobs under names of the caller's choice: for layouts that other programs read too. Beside `ObjectStore`, whose objects are
 * immutable and whose keys are ours: here a blob may be replaced, carries the MD5 of its content, and may be larger than memory.
 *
 * Names are as `isBlobName` says. Every implementation and every wrapper passes `test/support/blob-store-suite.ts`.
 *
 * - `put` and `commit` replace what is there, atomically: a reader sees the old blob or the new one. Doing either again with the
 *   same content changes nothing, so a lost answer is settled by repeating.
 * - `put` is refused (E_STORE_UNAVAILABLE, retryable) when the bytes that arrive do not have the MD5 that was announced.
 * - A blob whose blocks were never committed is in no listing and cannot be read.
 * - `page` gives the blobs whose names start with `prefix`, each once over all pages, in no order to rely on.
 *
 * Errors are `AppError`s as for `ObjectStore`; a range beyond the end is E_CORRUPT.
 */
export interface BlobStore {
  readonly capabilities: BlobCapabilities;
  put(blob: BlobContent, options?: CallOptions): Promise<void>;
  putBlock(block: BlobBlock, options?: CallOptions): Promise<void>;
  commit(blob: BlobCommit, options?: CallOptions): Promise<void>;
  read(name: string, options?: BlobReadOptions): Promise<BlobRead>;
  page(prefix: string, from?: string, options?: CallOptions): Promise<BlobPage>;
  /** Gives back connections; no call may follow. */
  close(): Promise<void>;
}

/** All blobs whose names start with `prefix`, page after page. */
export async function* listBlobs(store: Pick<BlobStore, "page">, prefix: string, options: CallOptions = {}): AsyncGenerator<BlobInfo> {
  let next: string | undefined;
  do {
    const page = await store.page(prefix, next, options);
    yield* page.blobs;
    next = page.next;
  } while (next !== undefined);
}
