import type { Extent } from "../../format/entry.ts";
import type { AppError } from "../../shared/errors.ts";
import type { ExistingFile, TargetEntry, TargetFile } from "../target.ts";
import type { ShareClient } from "./share-client.ts";
import { type ShareWriter, WRITE_BYTES_MAX } from "./share-writer.ts";

/** Ranges of one file on their way at once. */
const RANGES_MAX = 8;

/** Ranges being written to one file. */
class Ranges {
  readonly #writer: ShareWriter;
  readonly #path: string;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(writer: ShareWriter, path: string) {
    this.#writer = writer;
    this.#path = path;
  }

  /** Resolves when there is room for more; the bytes are copied. Throws the first failure. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let at = 0; at < bytes.length; at += WRITE_BYTES_MAX) {
      while (this.#running.size >= RANGES_MAX) await Promise.race(this.#running);
      this.#throwFailure();
      const part = bytes.slice(at, at + WRITE_BYTES_MAX);
      const run: Promise<void> = this.#writer
        .putRange(this.#path, part, position + at)
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => this.#running.delete(run));
      this.#running.add(run);
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** How a new file comes into the share. */
export interface NewFilePlan {
  /** Where it is to be. */
  readonly path: string;
  /** Where a large one is written first; the same unless it takes the place of another. */
  readonly writePath: string;
}

/**
 * A file being made. One that fits into a request is held until it is finished, and then made in one; a larger one is made with its
 * length and written in ranges. Bytes that are not written stay holes.
 */
export class NewShareFile implements TargetFile {
  readonly #writer: ShareWriter;
  readonly #plan: NewFilePlan;
  #size = 0;
  #content: Uint8Array | undefined;
  #ranges: Ranges | undefined;
  /** Its length was set: it has to be there for others to write to. */
  #isShared = false;

  constructor(writer: ShareWriter, plan: NewFilePlan) {
    this.#writer = writer;
    this.#plan = plan;
  }

  reserve(size: number): void {
    this.#size = size;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#size = Math.max(this.#size, position + bytes.length);
    if (this.#ranges === undefined && this.#size <= WRITE_BYTES_MAX) {
      this.#content = grown(this.#content, this.#size);
      this.#content.set(bytes, position);
      return;
    }
    await (await this.#large()).write(bytes, position);
  }

  /** Makes the file, as one that others will write to has to be there. */
  async truncate(size: number): Promise<void> {
    this.#isShared = true;
    if (this.#ranges === undefined && size <= WRITE_BYTES_MAX) {
      this.#content = grown(this.#content, size).subarray(0, size);
      this.#size = size;
      return;
    }
    this.#size = size;
    await this.#large();
  }

  async finish(entry: TargetEntry): Promise<readonly AppError[]> {
    const { path, writePath } = this.#plan;
    if (this.#ranges === undefined) {
      await this.#writer.putSmall(path, grown(this.#content, this.#size).subarray(0, this.#size), entry);
      return [];
    }
    await this.#ranges.settle();
    if (writePath !== path) await this.#writer.replace(writePath, path);
    await this.#writer.finishFile(path, entry);
    return [];
  }

  /** A file that others go on writing stays; one that was to take another's place is given up. */
  async abandon(): Promise<void> {
    const { path, writePath } = this.#plan;
    await this.#ranges?.settle().catch(() => undefined);
    if (this.#ranges !== undefined && writePath !== path) await this.#writer.removeFile(writePath);
    else if (this.#ranges === undefined && this.#isShared && writePath === path) await this.#writer.makeLarge(path, this.#size);
  }

  async #large(): Promise<Ranges> {
    if (this.#ranges !== undefined) return this.#ranges;
    const ranges = new Ranges(this.#writer, this.#plan.writePath);
    this.#ranges = ranges;
    await this.#writer.makeLarge(this.#plan.writePath, this.#size);
    if (this.#content !== undefined) await ranges.write(this.#content, 0);
    this.#content = undefined;
    return ranges;
  }
}

/** A file that is there already: compared, mended in ranges, finished. */
export class ExistingShareFile implements ExistingFile {
  readonly size: number;
  readonly writable = true;
  readonly #writer: ShareWriter;
  readonly #client: ShareClient;
  readonly #path: string;
  readonly #hadMetadata: boolean;
  readonly #ranges: Ranges;
  #read: { readonly offset: number; readonly bytes: Uint8Array } | undefined;

  constructor(
    parts: { readonly writer: ShareWriter; readonly client: ShareClient },
    file: { readonly path: string; readonly size: number; readonly hadMetadata: boolean },
  ) {
    this.#writer = parts.writer;
    this.#client = parts.client;
    this.#path = file.path;
    this.size = file.size;
    this.#hadMetadata = file.hadMetadata;
    this.#ranges = new Ranges(parts.writer, file.path);
  }

  async extents(): Promise<readonly Extent[] | undefined> {
    const data = await this.#client.ranges(this.#path);
    return data.length === 1 && data[0]?.offset === 0 && data[0].length >= this.size ? undefined : data;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    if (position >= this.size) return 0;
    const have = this.#read;
    if (have === undefined || position < have.offset || position >= have.offset + have.bytes.length) {
      const { bytes } = await this.#client.download(this.#path, { offset: position, length: WRITE_BYTES_MAX });
      this.#read = { offset: position, bytes };
    }
    const { offset, bytes } = this.#read ?? { offset: position, bytes: new Uint8Array(0) };
    const part = bytes.subarray(position - offset, position - offset + into.length);
    into.set(part);
    return part.length;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#ranges.write(bytes, position);
  }

  async truncate(size: number): Promise<void> {
    await this.#ranges.settle();
    await this.#writer.resize(this.#path, size);
  }

  async finish(entry: TargetEntry): Promise<readonly AppError[]> {
    await this.#ranges.settle();
    await this.#writer.finishFile(this.#path, entry, { hadMetadata: this.#hadMetadata });
    return [];
  }

  async abandon(): Promise<void> {
    await this.#ranges.settle().catch(() => undefined);
  }
}

function grown(content: Uint8Array | undefined, size: number): Uint8Array {
  if (content !== undefined && content.length >= size) return content;
  const next = new Uint8Array(size);
  if (content !== undefined) next.set(content);
  return next;
}
