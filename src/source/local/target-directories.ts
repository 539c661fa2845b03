import { byteStringOf, joinPath, type ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import { DirectoryHandles, isSafeName, type DirectoryHandle } from "./directory-handles.ts";
import { ERRNO } from "./errno.ts";
import { readAttribute } from "./libc-attributes.ts";
import { displayPath, targetError, targetUnsafeError } from "./local-errors.ts";

const DEFAULT_ACL = byteStringOf("system.posix_acl_default");
const EMPTY = "" as ByteString;

/** One name in an open directory of the target: where something is or will be. Use at once, or pin `handle`. */
export interface Spot {
  readonly handle: DirectoryHandle;
  readonly name: ByteString;
}

/** The directories of a target, with its rules: only real directories, only plain names, errors with full paths. */
export class TargetDirectories {
  readonly handles: DirectoryHandles;
  readonly #root: ByteString;

  /** Takes over `rootFd`; `root` is for messages. */
  constructor(rootFd: number, root: ByteString) {
    this.#root = root;
    this.handles = new DirectoryHandles(rootFd, {
      cannotOpen: (path, errno) => {
        const call = { doing: "open directory", path: this.shown(path), errno };
        return errno === ERRNO.ELOOP || errno === ERRNO.ENOTDIR || errno === ERRNO.EXDEV ? targetUnsafeError(call) : targetError(call);
      },
      unsafePath: (path) => this.#unsafeName(path),
    });
  }

  /** Where `name` is in `directory`; E_TARGET_UNSAFE when the name is none, or the directory no real one. */
  spot(directory: ByteString, name: ByteString): Spot {
    if (!isSafeName(name)) throw this.#unsafeName(joinPath(directory, name));
    return { handle: this.handles.open(directory), name };
  }

  /** An inner directory; the root, or `directory` itself, when `name` is empty. Throws as `spot` does. */
  directory(directory: ByteString, name: ByteString): DirectoryHandle {
    if (name === "") return this.handles.open(directory);
    if (!isSafeName(name)) throw this.#unsafeName(joinPath(directory, name));
    return this.handles.open(joinPath(directory, name));
  }

  /** Path of an item for messages; a pure formality for names that are fine, so it is only made when needed. */
  shown(directory: ByteString, name: ByteString = EMPTY): string {
    return displayPath(this.#root, directory, name);
  }

  failure(doing: string, spot: Spot, errno: number): AppError {
    return targetError({ doing, path: this.shown(spot.handle.path, spot.name), errno });
  }

  /** Whether new entries of a directory get an ACL from it. Asked once a handle. */
  inheritsAcl(handle: DirectoryHandle): boolean {
    handle.inheritsAcl ??= readAttribute(handle.fd, DEFAULT_ACL) !== undefined;
    return handle.inheritsAcl;
  }

  #unsafeName(path: ByteString): AppError {
    return new AppError({
      code: "E_TARGET_UNSAFE",
      what: `refused to write ${this.shown(path)}`,
      why: "a part of its path is empty, `.`, `..`, or contains a slash or NUL: no file system stores such a name",
      hint: "the snapshot was made by something else or was altered; run check",
      data: { path: this.shown(path) },
    });
  }
}
