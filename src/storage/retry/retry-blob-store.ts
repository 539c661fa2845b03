import type {
  BlobBlock,
  BlobCapabilities,
  BlobCommit,
  BlobContent,
  BlobPage,
  BlobRead,
  BlobReadOptions,
  BlobStore,
} from "../blob/blob-store.ts";
import type { CallOptions } from "../object-store.ts";
import { Repeater } from "./repeater.ts";
import type { RetryDeps } from "./repeater.ts";

/** Repeats calls that failed with a retryable error. All of them may be: writing the same content again changes nothing. */
export class RetryBlobStore implements BlobStore {
  readonly capabilities: BlobCapabilities;
  readonly #inner: BlobStore;
  readonly #repeater: Repeater;

  constructor(inner: BlobStore, deps: RetryDeps) {
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#repeater = new Repeater(deps);
  }

  put(blob: BlobContent, options?: CallOptions): Promise<void> {
    return this.#repeater.run(options?.signal, () => this.#inner.put(blob, options));
  }

  putBlock(block: BlobBlock, options?: CallOptions): Promise<void> {
    return this.#repeater.run(options?.signal, () => this.#inner.putBlock(block, options));
  }

  commit(blob: BlobCommit, options?: CallOptions): Promise<void> {
    return this.#repeater.run(options?.signal, () => this.#inner.commit(blob, options));
  }

  /** A range is repeated from where it broke off: what has arrived of it may be in use already. */
  read(name: string, options: BlobReadOptions = {}): Promise<BlobRead> {
    const { arrived, ...plain } = options;
    const { signal, range, version, into } = plain;
    // Without a version the rest could be another blob's.
    if (arrived === undefined || range === undefined || version === undefined || into === undefined)
      return this.#repeater.run(signal, () => this.#inner.read(name, plain));
    let there = 0;
    return this.#repeater.run(signal, async () => {
      const before = there;
      const read = await this.#inner.read(name, {
        ...plain,
        range: { offset: range.offset + before, length: range.length - before },
        into: into.subarray(before),
        arrived: (bytes) => arrived((there = before + bytes)),
      });
      if (before === 0) return read;
      if (read.bytes.buffer !== into.buffer) into.set(read.bytes, before);
      return { ...read, bytes: into.subarray(0, range.length) };
    });
  }

  page(prefix: string, from?: string, options?: CallOptions): Promise<BlobPage> {
    return this.#repeater.run(options?.signal, () => this.#inner.page(prefix, from, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
