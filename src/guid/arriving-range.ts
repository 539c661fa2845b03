import { assert } from "../shared/assert.ts";
import type { BlobRead } from "../storage/blob/blob-store.ts";
import type { LentBuffer } from "./buffer-pool.ts";

/** A range of a blob on its way into a buffer. Who uses it looks at what is there already; one at a time. */
export class ArrivingRange {
  readonly #buffer: Buffer;
  readonly #giveBack: () => void;
  readonly #read: Promise<BlobRead>;
  #there = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  /** Starts to read into the buffer, which has the length of the range. `read` is given who is to be told of what has arrived. */
  constructor(lent: LentBuffer, read: (arrived: (bytes: number) => void) => Promise<BlobRead>) {
    this.#buffer = lent.buffer;
    this.#giveBack = lent.giveBack;
    this.#read = this.#receive(read((bytes) => this.#have(bytes)));
    // Who does not come to look at it is not interested in its failure.
    this.#read.catch(() => undefined);
  }

  /** The facts of the blob, when all of the range is there. Throws what reading throws. */
  get read(): Promise<BlobRead> {
    return this.#read;
  }

  get length(): number {
    return this.#buffer.length;
  }

  /** What there is from `from` on, at least `atLeast` bytes or up to the end. Throws what reading throws. */
  async from(from: number, atLeast: number): Promise<Buffer> {
    while (!this.#ended && this.#there < from + atLeast) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#ended) await this.#read;
    return this.#buffer.subarray(from, this.#there);
  }

  /** Gives the buffer back, once nothing arrives in it any more. */
  async end(): Promise<void> {
    await this.#read.catch(() => undefined);
    this.#giveBack();
  }

  async #receive(reading: Promise<BlobRead>): Promise<BlobRead> {
    try {
      const { bytes, ...facts } = await reading;
      assert(bytes.length === this.#buffer.length, "a store gives all of a range or fails");
      // A store may have memory of its own for the result.
      if (bytes.buffer !== this.#buffer.buffer) this.#buffer.set(bytes);
      this.#there = bytes.length;
      return { ...facts, bytes: this.#buffer.subarray(0, bytes.length) };
    } finally {
      this.#ended = true;
      this.#wake();
    }
  }

  #have(bytes: number): void {
    this.#there = bytes;
    this.#wake();
  }
}
