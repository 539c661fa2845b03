import { closeSync, constants, fstatSync, open, read } from "node:fs";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";
import type { FileState } from "./file-state.ts";
import { systemPath } from "./mapping-path.ts";

/** A FIFO in a file's place must not keep the run waiting for its other end. */
const OPEN_FLAGS: number = constants.O_RDONLY | constants.O_NONBLOCK;

const PERMISSIONS = 0o777n;

/**
 * A file of the mapping, open for reading. Links are followed, as the mapping's paths are the user's own.
 *
 * Opening and reading may wait for a disk and so go through Node's thread pool. The facts of an open file are in memory: asking for them
 * in place takes 2 µs, a trip through the pool 50.
 */
export class SourceFile implements Disposable {
  readonly path: string;
  readonly state: FileState;
  /** Permissions, without the file type. */
  readonly mode: number;
  readonly #fd: number;

  private constructor(fd: number, path: string) {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw unreadable(path, undefined, "it is not a regular file");
    this.#fd = fd;
    this.path = path;
    this.state = { size: Number(stat.size), modifiedNs: stat.mtimeNs, changedNs: stat.ctimeNs };
    this.mode = Number(stat.mode & PERMISSIONS);
  }

  /** Throws E_SOURCE_MISSING when there is no such file, E_SOURCE_READ when it cannot be read or is no regular file. */
  static async open(path: string): Promise<SourceFile> {
    const place = systemPath(path);
    if (place === undefined) throw unreadable(path, undefined, "its name in the mapping stands for no bytes");
    let fd: number | undefined;
    try {
      fd = await openFile(place);
      return new SourceFile(fd, path);
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      if (error instanceof AppError) throw error;
      const code = systemCode(error);
      throw code === "ENOENT" || code === "ENOTDIR" ? missing(path, error) : unreadable(path, error);
    }
  }

  /** Fills `into` from `position`; returns how much there was. */
  async read(into: Uint8Array, position: number): Promise<number> {
    let got = 0;
    try {
      while (got < into.length) {
        const bytesRead = await readFrom(this.#fd, into.subarray(got), position + got);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
    } catch (error) {
      throw unreadable(this.path, error);
    }
    return got;
  }

  /** What the file is now. */
  look(): FileState {
    const stat = fstatSync(this.#fd, { bigint: true });
    return { size: Number(stat.size), modifiedNs: stat.mtimeNs, changedNs: stat.ctimeNs };
  }

  /** A file that was only read has nothing to say when it is closed. */
  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function openFile(place: string | Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    open(place, OPEN_FLAGS, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

function readFrom(fd: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, position, (error, bytesRead) => (error === null ? resolve(bytesRead) : reject(error)));
  });
}

function missing(path: string, cause: unknown): AppError {
  return new AppError({
    code: "E_SOURCE_MISSING",
    what: `${path} is gone`,
    why: systemReason(cause, "it does not exist"),
    hint: "make the mapping again with varve guid index --keep",
    cause,
    data: { path },
  });
}

function unreadable(path: string, cause: unknown, why = systemReason(cause, "reading failed")): AppError {
  return new AppError({
    code: "E_SOURCE_READ",
    what: `cannot read ${path}`,
    why,
    hint: "run as a user who may read it, or leave it out with --skip-files",
    cause,
    data: { path },
  });
}

/** The file changed while it was read: what was stored is a mixture. */
export function changedWhileRead(path: string): AppError {
  return new AppError({
    code: "E_SOURCE_CHANGED",
    what: `${path} changed while it was read`,
    why: "somebody wrote to it",
    hint: "save again: what was stored may be neither the old content nor the new",
    data: { path },
  });
}
