import type { Entry, Extent } from "../format/entry.ts";
import type { AppError } from "../shared/errors.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { ShareSpec } from "./azure-files/share-spec.ts";
import type { SourceNode } from "./source.ts";

/** An entry as the target applies it: large attributes already fetched. */
export interface TargetEntry extends Omit<Entry, "attributes"> {
  readonly attributes: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
}

/**
 * A file being written. Either `finish` or `abandon` is called last, exactly once.
 * A file that replaces another one is written beside it and renamed into place by `finish`.
 */
export interface TargetFile {
  /** Told of the length before the first byte, by whoever knows it. */
  reserve?(size: number): void;
  /** Writes all of `bytes` at `position` (bytes). */
  write(bytes: Uint8Array, position: number): MaybePromise<void>;
  /** Sets the length, so that holes and tails are as they should be. */
  truncate(size: number): MaybePromise<void>;
  /** Applies owner, mode, attributes, times in that safe order, closes, renames into place. Returns what could not be applied. */
  finish(entry: TargetEntry): MaybePromise<readonly AppError[]>;
  /** Closes without finishing; a file made beside another is removed, one made in place stays for the next run to repair. */
  abandon(): MaybePromise<void>;
}

/** An existing regular file opened to be compared with what should be there, and mended where it differs. */
export interface ExistingFile extends TargetFile {
  readonly size: number;
  /** False for a file this user may read but not write: it can be compared and finished, not mended. */
  readonly writable: boolean;
  /** Data extents when the file has holes, else undefined. */
  extents(): MaybePromise<readonly Extent[] | undefined>;
  /** Reads up to `into.length` bytes at `position`; 0 at the end. */
  read(into: Uint8Array, position: number): MaybePromise<number>;
}

/**
 * A tree that can be written. Safe by construction: the root is opened once, each component relative to its parent and never
 * through a symlink, so no path can leave the root. Names with `/` or NUL, empty, `.` and `..` are E_TARGET_UNSAFE.
 * Directory paths are relative, the root is the empty path. Instances in several threads may work on one root at once.
 * Errors: E_TARGET, E_TARGET_FULL, E_TARGET_UNSAFE, E_TARGET_EXISTS (something of another kind is in the way and may not be replaced).
 */
export interface Target {
  /** Makes one directory (its parent exists), mode 0700 until metadata is applied; an existing real directory is kept. */
  makeDirectory(directory: ByteString, name: ByteString, replace: boolean): MaybePromise<"created" | "exists">;
  /** What is there now, not following links; undefined when nothing is. */
  look(directory: ByteString, name: ByteString): MaybePromise<SourceNode | undefined>;
  /** Names and kinds in a directory. */
  list(directory: ByteString): MaybePromise<readonly SourceNode[]>;
  /**
   * Starts a file. `replace` false: creates it exclusively in place. `replace` true: writes beside, renames over whatever
   * non-directory is there (never through it).
   */
  createFile(directory: ByteString, name: ByteString, replace: boolean): MaybePromise<TargetFile>;
  /** Opens an existing regular file with one link for comparison and repair in place; undefined when it is something else, or may not be read. */
  openExisting(directory: ByteString, name: ByteString): MaybePromise<ExistingFile | undefined>;
  /** Makes a symlink, FIFO, socket or device node with its metadata; replaces a non-directory when `replace`. Returns what could not be applied. */
  makeSpecial(directory: ByteString, entry: TargetEntry, replace: boolean): MaybePromise<readonly AppError[]>;
  /** Makes (`directory`, `name`) a hard link to a file restored earlier, not following links. */
  link(
    directory: ByteString,
    name: ByteString,
    existing: { readonly directory: ByteString; readonly name: ByteString },
    replace: boolean,
  ): MaybePromise<void>;
  /** Applies metadata to a directory; the root itself when `name` is empty. Called last, deepest first. */
  finishDirectory(directory: ByteString, name: ByteString, entry: TargetEntry): MaybePromise<readonly AppError[]>;
  /** Removes an entry and everything below it, never following links. */
  remove(directory: ByteString, name: ByteString): MaybePromise<void>;
  /** Set by a target that is written over a network. */
  readonly remote?: RemoteTarget;
  close(): MaybePromise<void>;
}

/** What a target that is written over a network is like, and can do beyond a folder. */
export interface RemoteTarget {
  /** Nothing was in it when it was opened: whatever is made in it is new. */
  readonly isEmpty: boolean;
  /** It holds owners, modes and links, and tells names apart by case (NFS); else security descriptors and attributes (SMB). */
  readonly isPosix: boolean;
  /** Files that may be being finished at once; each waits for the network. */
  readonly filesAtOnce: number;
  /** The target's own key for a security descriptor (SDDL), made once. Entries carry it in place of the one that the source had. */
  permissionKey(sddl: string): Promise<string>;
}

/** What a thread needs to make a `Target`: plain data. */
export type TargetSpec = FolderTargetSpec | { readonly kind: "share"; readonly share: ShareSpec };

/** A folder. `owner` `by-name`: map owners by name where the name is known here. */
export interface FolderTargetSpec {
  readonly kind: "local";
  readonly path: ByteString;
  readonly owner: "numeric" | "by-name" | "none";
  /** Restore suid, sgid, device nodes; without it they are left out and reported. Default true for root. */
  readonly privileged: boolean;
}
