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

  read(name: string, options?: BlobReadOptions): Promise<BlobRead> {
    return this.#repeater.run(options?.signal, () => this.#inner.read(name, options));
  }

  page(prefix: string, from?: string, options?: CallOptions): Promise<BlobPage> {
    return this.#repeater.run(options?.signal, () => this.#inner.page(prefix, from, options));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
