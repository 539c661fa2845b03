import type { BlobPage, BlobRead, BlobContent } from "../blob/blob-store.ts";
import type { BlobCalls, CallWatch, IdentifiedBlock, IdentifiedCommit, WantedContent, WantedPage } from "./blob-calls.ts";
import { UnusualAnswer } from "./http-connection.ts";

/** Calls that a second way takes over where there is no first or it has no answer for what came. Each of them may be made twice. */
export class PreferredCalls implements BlobCalls {
  readonly #first: BlobCalls | undefined;
  readonly #second: () => Promise<BlobCalls>;

  constructor(first: BlobCalls | undefined, second: () => Promise<BlobCalls>) {
    this.#first = first;
    this.#second = second;
  }

  read(name: string, wanted: WantedContent, watch: CallWatch): Promise<BlobRead> {
    return this.#call((calls) => calls.read(name, wanted, watch));
  }

  put(blob: BlobContent, watch: CallWatch): Promise<void> {
    return this.#call((calls) => calls.put(blob, watch));
  }

  putBlock(block: IdentifiedBlock, watch: CallWatch): Promise<void> {
    return this.#call((calls) => calls.putBlock(block, watch));
  }

  commit(blob: IdentifiedCommit, watch: CallWatch): Promise<void> {
    return this.#call((calls) => calls.commit(blob, watch));
  }

  page(wanted: WantedPage, watch: CallWatch): Promise<BlobPage> {
    return this.#call((calls) => calls.page(wanted, watch));
  }

  async #call<T>(call: (calls: BlobCalls) => Promise<T>): Promise<T> {
    try {
      if (this.#first !== undefined) return await call(this.#first);
    } catch (error) {
      if (!(error instanceof UnusualAnswer)) throw error;
    }
    return await call(await this.#second());
  }
}
