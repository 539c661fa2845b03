import type { ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import { ERRNO } from "./errno.ts";
import { close, OPEN, openAt, openDirectoryBeneath } from "./libc.ts";
import { lastErrno } from "./native.ts";

/** An open directory. The descriptor stays valid until the next `open` of the same `DirectoryHandles`, or as long as it is pinned. */
export class DirectoryHandle {
  readonly path: ByteString;
  readonly fd: number;
  /** Users that keep it across other calls. */
  pins = 0;
  /** No longer in the cache: closed when the last user lets go. */
  dropped = false;
  /** For sources: its read position has moved. */
  listed = false;
  /** For targets: whether new entries inherit an ACL from it; undefined until asked. */
  inheritsAcl: boolean | undefined = undefined;
  /** For targets: owner that new entries get; undefined until one was made. */
  ownerOfNew: { readonly uid: number; readonly gid: number } | undefined = undefined;

  constructor(path: ByteString, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  release(): void {
    this.pins -= 1;
    if (this.dropped && this.pins === 0) close(this.fd);
  }
}

/** How the owner words the failures of opening. */
export interface HandleFailures {
  cannotOpen(path: ByteString, errno: number): AppError;
  /** The path has a component that is empty, `.`, `..` or contains NUL. */
  unsafePath(path: ByteString): AppError;
}

/** Open directories an instance keeps. Depth-first work needs one call a directory as long as the way up fits. */
const HANDLES_MAX = 64;

/** Longest relative path given to one system call, its NUL not counted. */
const PATH_BYTES_MAX = 4095;

/** Set once the kernel or a sandbox has refused openat2. */
let openat2Missing = false;

/**
 * Directories below an open root, by path. Each component is opened relative to its parent and never through a symlink, so no
 * path leads out of the root, and none is too long. The least recently used handles are closed.
 */
export class DirectoryHandles {
  readonly root: DirectoryHandle;
  readonly #byPath = new Map<ByteString, DirectoryHandle>();
  readonly #failures: HandleFailures;
  #latest: DirectoryHandle;

  /** Takes over `rootFd`. */
  constructor(rootFd: number, failures: HandleFailures) {
    this.root = new DirectoryHandle("" as ByteString, rootFd);
    this.#latest = this.root;
    this.#failures = failures;
  }

  /** The handle of a directory, opened when it is not open yet. */
  open(path: ByteString): DirectoryHandle {
    if (path === this.#latest.path) return this.#latest;
    this.#latest = this.#cached(path) ?? this.#openBelow(path);
    return this.#latest;
  }

  /** Closes the handles of a directory and of everything below it: it was removed, replaced or is finished. */
  forget(path: ByteString): void {
    const below = `${path}/`;
    for (const [key, handle] of this.#byPath) {
      if (key === path || key.startsWith(below)) this.#drop(handle);
    }
  }

  close(): void {
    for (const handle of this.#byPath.values()) this.#drop(handle);
    close(this.root.fd);
  }

  #cached(path: ByteString): DirectoryHandle | undefined {
    if (path === "") return this.root;
    const handle = this.#byPath.get(path);
    if (handle === undefined) return undefined;
    this.#byPath.delete(path);
    this.#byPath.set(path, handle);
    return handle;
  }

  #openBelow(path: ByteString): DirectoryHandle {
    if (!isSafePath(path)) throw this.#failures.unsafePath(path);
    const ancestor = this.#nearestOpen(path);
    const rest = path.slice(ancestor.path === "" ? 0 : ancestor.path.length + 1) as ByteString;
    if (!rest.includes("/")) return this.#keep(path, openAt(ancestor.fd, rest, OPEN.directory));
    if (!openat2Missing && rest.length <= PATH_BYTES_MAX) {
      const fd = openDirectoryBeneath(ancestor.fd, rest);
      const errno = fd < 0 ? lastErrno() : 0;
      // EAGAIN: a rename elsewhere made the kernel unsure. EPERM: a sandbox that does not know the call.
      if (errno === ERRNO.ENOSYS || errno === ERRNO.EPERM) openat2Missing = true;
      else if (errno !== ERRNO.EAGAIN) return this.#keep(path, fd, errno);
    }
    return this.#openInSteps(ancestor, path);
  }

  #nearestOpen(path: ByteString): DirectoryHandle {
    for (let cut = path.lastIndexOf("/"); cut > 0; cut = path.lastIndexOf("/", cut - 1)) {
      const handle = this.#cached(path.slice(0, cut) as ByteString);
      if (handle !== undefined) return handle;
    }
    return this.root;
  }

  #openInSteps(ancestor: DirectoryHandle, path: ByteString): DirectoryHandle {
    let handle = ancestor;
    let at = ancestor.path === "" ? 0 : ancestor.path.length + 1;
    while (at <= path.length) {
      const slash = path.indexOf("/", at);
      const end = slash < 0 ? path.length : slash;
      handle = this.#keep(path.slice(0, end) as ByteString, openAt(handle.fd, path.slice(at, end) as ByteString, OPEN.directory));
      at = end + 1;
    }
    return handle;
  }

  #keep(path: ByteString, fd: number, errno: number = fd < 0 ? lastErrno() : 0): DirectoryHandle {
    if (fd < 0) throw this.#failures.cannotOpen(path, errno);
    const handle = new DirectoryHandle(path, fd);
    this.#byPath.set(path, handle);
    if (this.#byPath.size > HANDLES_MAX) {
      for (const oldest of this.#byPath.values()) {
        this.#drop(oldest);
        break;
      }
    }
    return handle;
  }

  #drop(handle: DirectoryHandle): void {
    this.#byPath.delete(handle.path);
    if (this.#latest === handle) this.#latest = this.root;
    handle.dropped = true;
    if (handle.pins === 0) close(handle.fd);
  }
}

/** True for a name that can stand for one entry of a directory and nothing else. */
export function isSafeName(name: ByteString): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.includes("/") && !name.includes("\0");
}

function isSafePath(path: ByteString): boolean {
  return (path.split("/") as ByteString[]).every(isSafeName);
}
