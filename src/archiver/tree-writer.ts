import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_TYPE, type ChunkRef, type ChunkType, type Entry } from "../format/entry.ts";
import { encodeDirectory } from "../format/page.ts";
import type { PackWriter } from "../repository/pack-writer.ts";
import type { UploadQueue } from "./upload-queue.ts";

export interface TreeWriterOptions {
  readonly hasher: ChunkHasher;
  readonly writer: PackWriter;
  readonly uploads: UploadQueue;
}

/** Stores directory pages and large attributes into metadata packs. Lives in the main thread. */
export class TreeWriter {
  readonly #options: TreeWriterOptions;
  #bytesNew = 0;

  constructor(options: TreeWriterOptions) {
    this.#options = options;
  }

  /** Plain bytes of pages and attributes that were new. */
  get bytesNew(): number {
    return this.#bytesNew;
  }

  /** Stores the pages of a directory; its entries are ordered by name bytes. */
  directory(entries: readonly Entry[]): ChunkRef {
    return encodeDirectory(entries, (page) => this.#store(CHUNK_TYPE.tree, page));
  }

  /** Stores an attribute value of its own chunk: equal values are stored once. */
  attribute(value: Uint8Array): ChunkRef {
    return this.#store(CHUNK_TYPE.attribute, value);
  }

  #store(type: ChunkType, plain: Uint8Array): ChunkRef {
    const id = this.#options.hasher.id(type, plain);
    if (this.#options.writer.add(id, type, plain)) this.#bytesNew += plain.length;
    return { id, length: plain.length };
  }

  /** Sends the open pack when it is large enough. To be called between directories: waiting here is what bounds memory. */
  async relieve(): Promise<void> {
    if (this.#options.writer.full) await this.#send();
  }

  /** Sends everything; resolves when it is durable. */
  async flush(): Promise<void> {
    await this.#send();
    await this.#options.uploads.drain();
  }

  /** Resolves when nothing is on its way any more, whatever became of it. */
  async close(): Promise<void> {
    await this.#options.uploads.settle();
  }

  async #send(): Promise<void> {
    const pack = this.#options.writer.finish();
    if (pack !== undefined) await this.#options.uploads.send(pack);
  }
}
