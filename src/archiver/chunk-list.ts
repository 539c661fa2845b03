import { CHUNK_ID_BYTES } from "../format/entry.ts";

/** A growing list of chunk references, packed: what a lane collects over a batch. */
export class ChunkList {
  #ids = new Uint8Array(512 * CHUNK_ID_BYTES);
  #lengths = new Uint32Array(512);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  push(id: Uint8Array, length: number): void {
    if (this.#count === this.#lengths.length) this.#grow();
    this.#ids.set(id, this.#count * CHUNK_ID_BYTES);
    this.#lengths[this.#count] = length;
    this.#count += 1;
  }

  /** Forgets everything after the first `count` references: a file is read again. */
  truncate(count: number): void {
    this.#count = count;
  }

  /** The references in arrays of their own, and an empty list afterwards. */
  take(): { ids: Uint8Array<ArrayBuffer>; lengths: Uint32Array } {
    const taken = { ids: this.#ids.slice(0, this.#count * CHUNK_ID_BYTES), lengths: this.#lengths.slice(0, this.#count) };
    this.#count = 0;
    return taken;
  }

  #grow(): void {
    const ids = new Uint8Array(this.#ids.length * 2);
    const lengths = new Uint32Array(this.#lengths.length * 2);
    ids.set(this.#ids);
    lengths.set(this.#lengths);
    this.#ids = ids;
    this.#lengths = lengths;
  }
}
