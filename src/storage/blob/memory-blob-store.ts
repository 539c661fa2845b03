import { concatBytes, equalBytes } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import { md5Of } from "../../shared/md5.ts";
import type { CallOptions } from "../object-store.ts";
import { assertBlobName } from "./blob-name.ts";
import { blobChanged, blobNotFound, blobRangeBeyondEnd } from "./blob-errors.ts";
import type {
  BlobBlock,
  BlobCapabilities,
  BlobCommit,
  BlobContent,
  BlobPage,
  BlobProperties,
  BlobRead,
  BlobReadOptions,
  BlobStore,
} from "./blob-store.ts";

const capabilities: BlobCapabilities = { description: "memory", putBytesMax: 2 ** 30, blockBytesMax: 2 ** 30, blocksMax: 50_000 };

/** A stored blob; tests may look at it and damage it. */
export interface MemoryBlob {
  bytes: Uint8Array;
  md5: Uint8Array | undefined;
  metadata: Readonly<Record<string, string>>;
  version: number;
}

/** What several `MemoryBlobStore`s share, as processes share a container. */
export interface MemoryBlobs {
  readonly blobs: Map<string, MemoryBlob>;
  readonly blocks: Map<string, Uint8Array>;
}

/** A place without blobs. */
export function emptyBlobs(): MemoryBlobs {
  return { blobs: new Map(), blocks: new Map() };
}

/** Blobs in a map: for tests. Each call takes effect before it returns its promise. */
export class MemoryBlobStore implements BlobStore {
  readonly capabilities: BlobCapabilities = capabilities;
  readonly #place: MemoryBlobs;
  readonly #pageBlobsMax: number;

  constructor(place: MemoryBlobs = emptyBlobs(), options: { readonly pageBlobsMax?: number } = {}) {
    this.#place = place;
    this.#pageBlobsMax = options.pageBlobsMax ?? 5000;
  }

  async put(blob: BlobContent, options?: CallOptions): Promise<void> {
    assertBlobName(blob.name);
    options?.signal?.throwIfAborted();
    if (!equalBytes(md5Of(blob.bytes), blob.md5)) throw wrongMd5(blob.name);
    this.#replace(blob.name, new Uint8Array(blob.bytes), blob);
  }

  async putBlock(block: BlobBlock, options?: CallOptions): Promise<void> {
    assertBlobName(block.name);
    options?.signal?.throwIfAborted();
    this.#place.blocks.set(blockKey(block, block.index), new Uint8Array(block.bytes));
  }

  async commit(blob: BlobCommit, options?: CallOptions): Promise<void> {
    assertBlobName(blob.name);
    options?.signal?.throwIfAborted();
    const parts = Array.from({ length: blob.blocks }, (_, index) => {
      const bytes = this.#place.blocks.get(blockKey(blob, index));
      if (bytes === undefined) throw new AppError({ code: "E_STORE", what: `cannot write blob ${blob.name}`, why: "a block is missing" });
      return bytes;
    });
    this.#replace(blob.name, new Uint8Array(concatBytes(parts)), blob);
  }

  async read(name: string, options: BlobReadOptions = {}): Promise<BlobRead> {
    assertBlobName(name);
    options.signal?.throwIfAborted();
    const blob = this.#place.blobs.get(name);
    const { description } = capabilities;
    if (blob === undefined) throw blobNotFound(name, description);
    if (options.version !== undefined && options.version !== String(blob.version)) throw blobChanged(name, description);
    const { offset, length } = options.range ?? { offset: 0, length: blob.bytes.length };
    if (offset + length > blob.bytes.length) throw blobRangeBeyondEnd(name, { offset, length });
    const { md5, metadata, version } = blob;
    return { bytes: blob.bytes.slice(offset, offset + length), md5, metadata, version: String(version) };
  }

  async page(prefix: string, from?: string, options?: CallOptions): Promise<BlobPage> {
    options?.signal?.throwIfAborted();
    const names = [...this.#place.blobs.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    const start = from === undefined ? 0 : names.findIndex((name) => name >= from);
    const rest = start < 0 ? [] : names.slice(start);
    const blobs = rest.slice(0, this.#pageBlobsMax).flatMap((name) => {
      const blob = this.#place.blobs.get(name);
      return blob === undefined ? [] : [{ name, size: blob.bytes.length, md5: blob.md5 }];
    });
    return { blobs, next: rest[this.#pageBlobsMax] };
  }

  async close(): Promise<void> {}

  #replace(name: string, bytes: Uint8Array, { md5, metadata }: BlobProperties): void {
    const version = (this.#place.blobs.get(name)?.version ?? 0) + 1;
    this.#place.blobs.set(name, { bytes, md5, metadata, version });
  }
}

function blockKey({ name, upload }: { readonly name: string; readonly upload: string }, index: number): string {
  return `${name} ${upload} ${index}`;
}

function wrongMd5(name: string): AppError {
  return new AppError({
    code: "E_STORE_UNAVAILABLE",
    what: `cannot write blob ${name}`,
    why: "its bytes were altered on the way",
    retryable: true,
  });
}
