import { write } from "node:fs";
import { promisify } from "node:util";
import type { Extent } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import type { MaybePromise } from "../../shared/pool.ts";
import type { ExistingFile, TargetEntry, TargetFile } from "../target.ts";
import { readExtents } from "./extents.ts";
import { close, linkAt, readAt, renameAt, statFd, truncate, unlinkAt, writeAt } from "./libc.ts";
import { targetError } from "./local-errors.ts";
import type { Metadata, Owner } from "./metadata.ts";
import { lastErrno } from "./native.ts";
import type { LocalNode, StatArena } from "./stat-block.ts";
import type { Spot, TargetDirectories } from "./target-directories.ts";

const writeAside = promisify(write);

/** A write of this length takes milliseconds, in which this thread has better things to do. */
const LONG_WRITE_BYTES = 4 * 2 ** 20;

/** What the files of one target share. */
export interface FileContext {
  readonly directories: TargetDirectories;
  readonly metadata: Metadata;
  readonly arena: StatArena;
}

/** What every open file of a target can do. */
class OpenFile {
  protected readonly fd: number;
  protected readonly context: FileContext;
  protected readonly spot: Spot;

  /** Takes over `fd`. The spot's handle may be closed while this file is open, unless a subclass pins it. */
  constructor(fd: number, context: FileContext, spot: Spot) {
    this.fd = fd;
    this.context = context;
    this.spot = spot;
  }

  /** For messages. */
  get path(): string {
    return this.context.directories.shown(this.spot.handle.path, this.spot.name);
  }

  write(bytes: Uint8Array, position: number): MaybePromise<void> {
    if (bytes.length >= LONG_WRITE_BYTES) return this.#writeLong(bytes, position);
    if (writeAt(this.fd, bytes, position) < 0) throw this.failure("write", lastErrno());
  }

  async #writeLong(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      try {
        done += (await writeAside(this.fd, bytes, done, bytes.length - done, position + done)).bytesWritten;
      } catch (error) {
        throw this.failure("write", Math.abs((error as NodeJS.ErrnoException).errno ?? 0));
      }
    }
  }

  truncate(size: number): void {
    if (truncate(this.fd, size) < 0) throw this.failure("set the size of", lastErrno());
  }

  protected failure(doing: string, errno: number): AppError {
    return targetError({ doing, path: this.path, errno });
  }

  protected stat(): LocalNode {
    const { arena } = this.context;
    if (statFd(this.fd, arena.next()) < 0) throw this.failure("look at", lastErrno());
    return arena.keep(this.spot.name);
  }

  /** Some network file systems only tell here that data could not be stored. */
  protected closeChecked(): void {
    if (close(this.fd) < 0) throw this.failure("finish writing", lastErrno());
  }

  /** Applies the metadata of a file nobody else has touched, looking up nothing that a new file cannot have, and closes it. */
  protected completeNew(entry: TargetEntry): readonly AppError[] {
    const { handle } = this.spot;
    try {
      handle.ownerOfNew ??= this.#owner();
      return this.context.metadata.apply(this.fd, entry, {
        item: this,
        owner: handle.ownerOfNew,
        mayHaveAttributes: handle.inheritsAcl ?? true,
      });
    } finally {
      this.closeChecked();
    }
  }

  /** All new files of a directory get the same owner, which mount options and a set-gid directory decide: so one of them is asked. */
  #owner(): Owner {
    const { uid, gid } = this.stat();
    return { uid, gid };
  }
}

/** A new file under its final name. */
export class NewFile extends OpenFile implements TargetFile {
  finish(entry: TargetEntry): readonly AppError[] {
    return this.completeNew(entry);
  }

  abandon(): void {
    close(this.fd);
  }
}

/** A new file that takes the place of another one, or with `replace` false an empty one, when it is finished. Pins its directory. */
export class ReplacingFile extends OpenFile implements TargetFile {
  readonly #temp: ByteString;
  readonly #replace: boolean;

  constructor(fd: number, context: FileContext, at: { readonly spot: Spot; readonly temp: ByteString; readonly replace: boolean }) {
    super(fd, context, at.spot);
    this.#temp = at.temp;
    this.#replace = at.replace;
    at.spot.handle.pins += 1;
  }

  finish(entry: TargetEntry): readonly AppError[] {
    const { handle, name } = this.spot;
    let done = false;
    try {
      const errors = this.completeNew(entry);
      done = this.#replace && renameAt({ directoryFd: handle.fd, name: this.#temp }, { directoryFd: handle.fd, name }) === 0;
      if (this.#replace && !done) throw this.failure("replace", lastErrno());
      // A link never replaces anything, unlike a rename; the other name goes below.
      if (!this.#replace && linkAt({ directoryFd: handle.fd, name: this.#temp }, { directoryFd: handle.fd, name }) < 0)
        throw this.failure("create", lastErrno());
      return errors;
    } finally {
      if (!done) unlinkAt(handle.fd, this.#temp);
      handle.release();
    }
  }

  abandon(): void {
    close(this.fd);
    unlinkAt(this.spot.handle.fd, this.#temp);
    this.spot.handle.release();
  }
}

/** A file that is there already, mended in place. What fits is not written again, so an equal file keeps its change time. */
export class MendedFile extends OpenFile implements ExistingFile {
  readonly size: number;
  readonly writable: boolean;

  constructor(fd: number, context: FileContext, at: { readonly spot: Spot; readonly size: number; readonly writable: boolean }) {
    super(fd, context, at.spot);
    this.size = at.size;
    this.writable = at.writable;
  }

  extents(): readonly Extent[] | undefined {
    const extents = readExtents(this.fd, this.size);
    if (typeof extents === "number") throw this.failure("find the holes of", extents);
    return extents;
  }

  read(into: Uint8Array, position: number): number {
    const got = readAt(this.fd, into, position);
    if (got < 0) throw this.failure("read", lastErrno());
    return got;
  }

  finish(entry: TargetEntry): readonly AppError[] {
    try {
      return this.context.metadata.apply(this.fd, entry, { item: this, current: this.stat(), mayHaveAttributes: true });
    } finally {
      this.closeChecked();
    }
  }

  abandon(): void {
    close(this.fd);
  }
}
