import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";
import type { FileState } from "./file-state.ts";
import { systemPath } from "./mapping-path.ts";
import { constants } from "node:fs";

/** A FIFO in a file's place must not keep the run waiting for its other end. */
const OPEN_FLAGS: number = constants.O_RDONLY | constants.O_NONBLOCK;

/** A file of the mapping, open for reading. Links are followed, as the mapping's paths are the user's own. */
export class SourceFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly path: string;
  readonly state: FileState;
  /** Permissions, without the file type. */
  readonly mode: number;

  private constructor(handle: FileHandle, path: string, facts: { readonly state: FileState; readonly mode: number }) {
    this.#handle = handle;
    this.path = path;
    this.state = facts.state;
    this.mode = facts.mode;
  }

  /** Throws E_SOURCE_MISSING when there is no such file, E_SOURCE_READ when it cannot be read or is no regular file. */
  static async open(path: string): Promise<SourceFile> {
    const place = systemPath(path);
    if (place === undefined) throw unreadable(path, undefined, "its name in the mapping stands for no bytes");
    let handle: FileHandle | undefined;
    try {
      handle = await open(place, OPEN_FLAGS);
      const stat = await handle.stat({ bigint: true });
      if (!stat.isFile()) throw unreadable(path, undefined, "it is not a regular file");
      const state = { size: Number(stat.size), modifiedNs: stat.mtimeNs, changedNs: stat.ctimeNs };
      return new SourceFile(handle, path, { state, mode: Number(stat.mode & 0o777n) });
    } catch (error) {
      await handle?.close();
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
        const { bytesRead } = await this.#handle.read(into, got, into.length - got, position + got);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
    } catch (error) {
      throw unreadable(this.path, error);
    }
    return got;
  }

  /** What the file is now. */
  async look(): Promise<FileState> {
    const stat = await this.#handle.stat({ bigint: true });
    return { size: Number(stat.size), modifiedNs: stat.mtimeNs, changedNs: stat.ctimeNs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
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
