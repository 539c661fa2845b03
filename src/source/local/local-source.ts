import { ENTRY_KIND, type EntryKind } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { AppError } from "../../shared/errors.ts";
import type { ListOptions, NodeDetails, Source, SourceDescription, SourceNode } from "../source.ts";
import { AccountNames } from "./account-names.ts";
import { readAttributes, type Attribute } from "./attributes.ts";
import type { DirectoryHandle } from "./directory-handles.ts";
import { ERRNO } from "./errno.ts";
import { close, OPEN, openAt, readLinkAt, rewind, statFd } from "./libc.ts";
import type { NodeHandle } from "./libc-attributes.ts";
import { displayPath, sourceError } from "./local-errors.ts";
import { LocalRoot } from "./local-root.ts";
import { listNodes, type ListHooks } from "./list-nodes.ts";
import { lastErrno } from "./native.ts";
import type { LocalNode, RootDevice } from "./stat-block.ts";

const EMPTY = "" as ByteString;

/** A file tree of this machine. Lists by directory handles: no path is too long, and no symlink below the root is followed. */
export class LocalSource implements Source {
  readonly description: SourceDescription;
  readonly #root: LocalRoot;
  readonly #names: AccountNames = new AccountNames();

  /** `path` is absolute. Throws E_SOURCE_MISSING or E_SOURCE_READ. */
  constructor(path: ByteString) {
    this.description = { kind: "local", path };
    this.#root = new LocalRoot(path);
  }

  root(): SourceNode {
    return this.#root.node();
  }

  /** What file systems count as the tree's own. */
  get rootDevice(): RootDevice {
    return this.#root.arena.device;
  }

  *list(directory: ByteString, options: ListOptions = {}): Generator<readonly LocalNode[]> {
    const handle = this.#root.directories().open(directory);
    if (options.nodeId !== undefined) this.#checkIdentity(handle, options.nodeId);
    const listed = this.#startListing(handle);
    try {
      for (const batch of listNodes(listed.fd, this.#root.arena, this.#hooks(directory, options))) {
        options.signal?.throwIfAborted();
        yield batch;
      }
    } finally {
      listed.end();
    }
  }

  details(directory: ByteString, name: ByteString, kind: EntryKind): NodeDetails {
    if (name === "") return { attributes: this.#rootAttributes(kind), linkTarget: EMPTY };
    const place = { directoryFd: this.#root.directories().open(directory).fd, name };
    const linkTarget = kind === ENTRY_KIND.symlink ? readLinkAt(place.directoryFd, name) : EMPTY;
    if (linkTarget === undefined) throw this.#failure("read link", { directory, name, errno: lastErrno() });
    return { attributes: this.#attributes(place, directory, name), linkTarget };
  }

  ownerNames(uid: number, gid: number): { readonly user: string; readonly group: string } {
    return { user: this.#names.userName(uid), group: this.#names.groupName(gid) };
  }

  close(): void {
    this.#root.close();
  }

  /**
   * A descriptor whose position belongs to this listing alone. The cached handle serves one listing at a time; a second listing of
   * the same directory gets its own.
   */
  #startListing(handle: DirectoryHandle): { readonly fd: number; readonly end: () => void } {
    if (handle.pins > 0) {
      const fd = openAt(handle.fd, "." as ByteString, OPEN.directory);
      if (fd < 0) throw this.#failure("open directory", { directory: handle.path, name: EMPTY, errno: lastErrno() });
      return { fd, end: () => close(fd) };
    }
    handle.pins += 1;
    if (handle.listed) rewind(handle.fd);
    handle.listed = true;
    return { fd: handle.fd, end: () => handle.release() };
  }

  #checkIdentity(handle: DirectoryHandle, nodeId: bigint): void {
    const { arena } = this.#root;
    if (statFd(handle.fd, arena.next()) < 0) throw this.#failure("look at", { directory: handle.path, name: EMPTY, errno: lastErrno() });
    if (arena.keep(EMPTY).nodeId === nodeId) return;
    this.#root.directories().forget(handle.path);
    throw this.#failure("list", { directory: handle.path, name: EMPTY, errno: ERRNO.ENOENT });
  }

  #hooks(directory: ByteString, options: ListOptions): ListHooks {
    return {
      listingFailed: (errno) => this.#failure("list", { directory, name: EMPTY, errno }),
      entryFailed: (name, errno) => {
        const error = this.#failure("look at", { directory, name, errno });
        if (options.onError === undefined) throw error;
        options.onError(name, error);
      },
    };
  }

  /** The root has no name below itself: a directory and a file are asked by descriptor; any other root has no attributes. */
  #rootAttributes(kind: EntryKind): readonly Attribute[] {
    if (kind === ENTRY_KIND.directory) return this.#attributes(this.#root.directories().root.fd, EMPTY, EMPTY);
    if (kind !== ENTRY_KIND.file) return [];
    const fd = this.#root.openItself(OPEN.read);
    if (fd < 0) throw this.#failure("open", { directory: EMPTY, name: EMPTY, errno: lastErrno() });
    try {
      return this.#attributes(fd, EMPTY, EMPTY);
    } finally {
      close(fd);
    }
  }

  #attributes(node: NodeHandle, directory: ByteString, name: ByteString): readonly Attribute[] {
    const attributes = readAttributes(node);
    if (typeof attributes === "number") throw this.#failure("read attributes of", { directory, name, errno: attributes });
    return attributes;
  }

  #failure(doing: string, at: { directory: ByteString; name: ByteString; errno: number }): AppError {
    return sourceError({ doing, path: displayPath(this.description.path, at.directory, at.name), errno: at.errno });
  }
}
