import { ENTRY_KIND, type Extent } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import type { ContentReader, NodeDetails, OpenContent } from "../source.ts";
import { readAttributes } from "./attributes.ts";
import { ERRNO } from "./errno.ts";
import { readExtents } from "./extents.ts";
import { close, OPEN, openAt, readAt, statFd } from "./libc.ts";
import { displayPath, sourceError } from "./local-errors.ts";
import { LocalRoot } from "./local-root.ts";
import { lastErrno } from "./native.ts";
import type { LocalNode } from "./stat-block.ts";

const EMPTY = "" as ByteString;

/**
 * Opens files of a local tree, one synchronous call after the other. The kernel finds out by itself that files are read in order:
 * posix_fadvise gained nothing in measurements.
 */
export class LocalReader implements ContentReader {
  readonly concurrency = 1;
  readonly #root: LocalRoot;

  /** `path` is absolute: the same as the source's. Throws E_SOURCE_MISSING or E_SOURCE_READ. */
  constructor(path: ByteString) {
    this.#root = new LocalRoot(path);
  }

  /** The root itself, when it is a file, is the empty name in the empty directory. */
  open(directory: ByteString, name: ByteString): LocalContent {
    const path = displayPath(this.#root.path, directory, name);
    let fd = this.#openWith(OPEN.readQuietly, directory, name);
    if (fd < 0 && lastErrno() === ERRNO.EPERM) fd = this.#openWith(OPEN.read, directory, name);
    if (fd < 0) throw sourceError({ doing: "open", path, errno: lastErrno() });
    return LocalContent.of(fd, { root: this.#root, name, path });
  }

  close(): void {
    this.#root.close();
  }

  #openWith(flags: number, directory: ByteString, name: ByteString): number {
    if (name === "") return this.#root.openItself(flags);
    return openAt(this.#root.directories().open(directory).fd, name, flags);
  }
}

interface ContentOrigin {
  readonly root: LocalRoot;
  readonly name: ByteString;
  readonly path: string;
}

/** A regular file, open. */
class LocalContent implements OpenContent {
  readonly #fd: number;
  readonly #origin: ContentOrigin;
  #opened: LocalNode;
  /** True until something happened after opening: so long the facts taken then are the facts now. */
  #untouched = true;

  private constructor(fd: number, origin: ContentOrigin, opened: LocalNode) {
    this.#fd = fd;
    this.#origin = origin;
    this.#opened = opened;
  }

  /** Takes over `fd`; throws when it is not a regular file, of which nothing was read. */
  static of(fd: number, origin: ContentOrigin): LocalContent {
    const opened = statOpen(fd, origin);
    if (typeof opened === "number" || opened.kind !== ENTRY_KIND.file) {
      close(fd);
      throw sourceError({ doing: "open", path: origin.path, errno: typeof opened === "number" ? opened : ERRNO.ENXIO });
    }
    return new LocalContent(fd, origin, opened);
  }

  stat(): LocalNode {
    if (this.#untouched) {
      this.#untouched = false;
      return this.#opened;
    }
    const now = statOpen(this.#fd, this.#origin);
    if (typeof now === "number") throw this.#failure("look at", now);
    this.#opened = now;
    return now;
  }

  details(): NodeDetails {
    const attributes = readAttributes(this.#fd);
    if (typeof attributes === "number") throw this.#failure("read attributes of", attributes);
    return { attributes, linkTarget: EMPTY };
  }

  extents(): readonly Extent[] | undefined {
    const { size, allocatedBytes } = this.#opened;
    if (allocatedBytes >= size) return undefined;
    const extents = readExtents(this.#fd, size);
    if (typeof extents === "number") throw this.#failure("find the holes of", extents);
    return extents;
  }

  read(into: Uint8Array, position: number): number {
    this.#untouched = false;
    const got = readAt(this.#fd, into, position);
    if (got < 0) throw this.#failure("read", lastErrno());
    return got;
  }

  close(): void {
    close(this.#fd);
  }

  #failure(doing: string, errno: number): AppError {
    return sourceError({ doing, path: this.#origin.path, errno });
  }
}

/** The facts of an open file, or the error number. */
function statOpen(fd: number, origin: ContentOrigin): LocalNode | number {
  const { arena } = origin.root;
  return statFd(fd, arena.next()) < 0 ? lastErrno() : arena.keep(origin.name);
}
