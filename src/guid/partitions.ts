import type { FileHandle } from "node:fs/promises";
import { open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { assert } from "../shared/assert.ts";
import { AppError } from "../shared/errors.ts";
import { toHex } from "../shared/bytes.ts";
import type { Random } from "../shared/random.ts";
import { systemReason } from "../shared/system-reason.ts";

/** Bytes of one partition that wait in memory. */
const BUFFER_BYTES = 16 * 1024;

interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** One file without a name that takes what does not fit into memory; many partitions share it. Made when first needed. */
export class SpillFile {
  readonly #folder: string;
  readonly #random: Random;
  #opening: Promise<FileHandle> | undefined;
  #end = 0;

  /** `folder` must exist. */
  constructor(folder: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#end;
  }

  /** Takes a place in the file at once; resolves when the bytes are there. */
  append(bytes: Uint8Array): { readonly extent: Extent; readonly written: Promise<void> } {
    const extent = { offset: this.#end, length: bytes.length };
    this.#end += bytes.length;
    return { extent, written: this.#write(bytes, extent.offset) };
  }

  async read(extent: Extent, into: Uint8Array): Promise<void> {
    const handle = await this.#handle();
    for (let at = 0; at < extent.length;) {
      const { bytesRead } = await handle.read(into, at, extent.length - at, extent.offset + at);
      assert(bytesRead > 0, "a spill file keeps its bytes");
      at += bytesRead;
    }
  }

  async close(): Promise<void> {
    if (this.#opening !== undefined) await (await this.#opening).close();
  }

  async #write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      const handle = await this.#handle();
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, offset + at);
        at += bytesWritten;
      }
    } catch (error) {
      throw new AppError({
        code: "E_TARGET_ROOT",
        what: `cannot keep working data in ${this.#folder}`,
        why: systemReason(error, "writing failed"),
        hint: "free space there, or name another folder with TMPDIR",
        cause: error,
      });
    }
  }

  /** Nameless from the start: whatever ends the process, nothing stays behind. */
  #handle(): Promise<FileHandle> {
    this.#opening ??= (async () => {
      const path = join(this.#folder, `.varve-guid-${toHex(this.#random.bytes(8))}`);
      const handle = await open(path, "wx+", 0o600);
      await unlink(path);
      return handle;
    })();
    return this.#opening;
  }
}

/**
 * Records dealt into numbered heaps, each of which is read back as a whole, in the order in which its records came. What does not fit
 * into memory goes to a `SpillFile`: so millions of records are sorted and joined in the memory of one heap.
 */
export class Partitions {
  readonly #spill: SpillFile;
  readonly #buffers: ({ bytes: Buffer; used: number } | undefined)[] = [];
  readonly #extents: (Extent[] | undefined)[] = [];
  readonly #writes = new Set<Promise<void>>();
  #failure: unknown;

  constructor(spill: SpillFile) {
    this.#spill = spill;
  }

  /** Room for a record of `length` bytes in heap `index`, to be filled before the next call. */
  place(index: number, length: number): { readonly bytes: Buffer; readonly at: number } {
    let buffer = this.#buffers[index];
    if (buffer === undefined || buffer.used + length > buffer.bytes.length) {
      if (buffer !== undefined) this.#flush(index, buffer.bytes.subarray(0, buffer.used));
      // Small heaps start small: most runs are of a few thousand files.
      const size = buffer === undefined ? 256 : Math.min(BUFFER_BYTES, buffer.bytes.length * 4);
      buffer = { bytes: Buffer.allocUnsafeSlow(Math.max(length, size)), used: 0 };
      this.#buffers[index] = buffer;
    }
    const at = buffer.used;
    buffer.used += length;
    return { bytes: buffer.bytes, at };
  }

  /** Waits until what was spilled is written. To be called now and then by whoever adds much, and before reading. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  /** All records of heap `index`, end to end. */
  async read(index: number): Promise<Buffer> {
    await this.settle();
    const extents = this.#extents[index] ?? [];
    const rest = this.#buffers[index];
    const length = extents.reduce((sum, extent) => sum + extent.length, 0) + (rest?.used ?? 0);
    const bytes = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const extent of extents) {
      await this.#spill.read(extent, bytes.subarray(at));
      at += extent.length;
    }
    rest?.bytes.copy(bytes, at, 0, rest.used);
    return bytes;
  }

  /** Gives back the memory of a heap that was read for the last time. */
  forget(index: number): void {
    this.#buffers[index] = undefined;
    this.#extents[index] = undefined;
  }

  #flush(index: number, bytes: Uint8Array): void {
    const { extent, written } = this.#spill.append(bytes);
    (this.#extents[index] ??= []).push(extent);
    const noted = written.then(
      () => void this.#writes.delete(noted),
      (error: unknown) => {
        this.#failure ??= error;
        this.#writes.delete(noted);
      },
    );
    this.#writes.add(noted);
  }
}
