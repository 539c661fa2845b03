import { ENTRY_KIND } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import { DirectoryHandles, type HandleFailures } from "./directory-handles.ts";
import { ERRNO } from "./errno.ts";
import { close, holdRoot, openHeld, openHeldDirectory, statFd } from "./libc.ts";
import { displayPath, sourceError, sourceRootError } from "./local-errors.ts";
import { lastErrno } from "./native.ts";
import { StatArena, type LocalNode } from "./stat-block.ts";

/**
 * The root of a source: the node that the user named, through symlinks when the path has some. It is resolved once; whatever
 * happens to the path later, everything below is found from this node.
 */
export class LocalRoot {
  readonly path: ByteString;
  readonly arena: StatArena = new StatArena();
  readonly #heldFd: number;
  readonly #directories: DirectoryHandles | undefined;

  /** Throws E_SOURCE_MISSING or E_SOURCE_READ. */
  constructor(path: ByteString) {
    this.path = path;
    this.#heldFd = holdRoot(path);
    if (this.#heldFd < 0) throw this.#failure("open", lastErrno());
    try {
      const node = this.node();
      this.arena.device = node.rootDevice;
      this.#directories = node.kind === ENTRY_KIND.directory ? this.#openDirectories() : undefined;
    } catch (error) {
      close(this.#heldFd);
      throw error;
    }
  }

  /** The root as it is now, named by the last part of its path. */
  node(): LocalNode {
    if (statFd(this.#heldFd, this.arena.next()) < 0) throw this.#failure("look at", lastErrno());
    return this.arena.keep(this.path.slice(this.path.lastIndexOf("/") + 1) as ByteString);
  }

  /** The directories below; throws when the root is not one. */
  directories(): DirectoryHandles {
    if (this.#directories === undefined) throw sourceError({ doing: "list", path: this.#shown(), errno: ERRNO.ENOTDIR });
    return this.#directories;
  }

  /** Opens the root itself, which must be a regular file; `flags` is one of `OPEN`. Below zero on failure. */
  openItself(flags: number): number {
    return openHeld(this.#heldFd, flags);
  }

  close(): void {
    this.#directories?.close();
    close(this.#heldFd);
  }

  #openDirectories(): DirectoryHandles {
    const fd = openHeldDirectory(this.#heldFd);
    if (fd < 0) throw this.#failure("open", lastErrno());
    return new DirectoryHandles(fd, sourceFailures(this.path));
  }

  #failure(doing: string, errno: number): AppError {
    return sourceRootError({ doing, path: this.#shown(), errno });
  }

  #shown(): string {
    return displayPath(this.path, "" as ByteString, "" as ByteString);
  }
}

function sourceFailures(root: ByteString): HandleFailures {
  const shown = (path: ByteString): string => displayPath(root, path, "" as ByteString);
  return {
    cannotOpen: (path, errno) => sourceError({ doing: "open directory", path: shown(path), errno }),
    unsafePath: (path) => sourceError({ doing: "open directory", path: shown(path), errno: ERRNO.EINVAL }),
  };
}
