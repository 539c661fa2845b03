import type { EntryKind, Extent } from "../format/entry.ts";
import type { AppError } from "../shared/errors.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";

/**
 * One node as a directory listing shows it, content untouched. Getters may decode lazily: read what you need, once.
 * Times are nanoseconds since 1970, sizes bytes.
 */
export interface SourceNode {
  readonly name: ByteString;
  readonly kind: EntryKind;
  /** Stable id inside the source; nodes of another mounted device get ids that do not collide. */
  readonly nodeId: bigint;
  readonly size: number;
  readonly modifiedNs: bigint;
  /** Changes whenever content or metadata change: ctime (ns) of a local file, ETag and ChangeTime on Azure Files. */
  readonly changeToken: bigint;
  readonly changedNs: bigint;
  readonly accessedNs: bigint;
  readonly bornNs: bigint;
  /** Without the file type bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly device: bigint;
  /** Bytes that occupy space; less than `size` means the file may have holes. */
  readonly allocatedBytes: number;
  /** Which mounted file system it is on; `--one-file-system` compares it with the root's. */
  readonly fileSystem: bigint;
}

/** What a listing does not show: needs a call of its own per node. */
export interface NodeDetails {
  readonly attributes: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
  readonly linkTarget: ByteString;
}

/** Where a source is, for manifests and messages. */
export interface SourceDescription {
  readonly kind: "local" | "azure-files" | "memory";
  /** Absolute path or `azfiles://account/share/path`. */
  readonly path: ByteString;
}

/** How a directory is listed. */
export interface ListOptions {
  readonly signal?: AbortSignal;
  /** Told of each entry whose facts cannot be had; the listing goes on without it. Without this, the listing fails. */
  readonly onError?: (name: ByteString, error: AppError) => void;
  /** The directory's id as its parent's listing showed it; the listing fails with E_SOURCE_CHANGED when another one stands there now. */
  readonly nodeId?: bigint;
}

/**
 * A tree that can be listed. Directory paths are relative to the root, the root itself is the empty path.
 * No path is ever followed through a symlink below the root. Errors: E_SOURCE_MISSING, E_SOURCE_READ, E_SOURCE_CHANGED.
 */
export interface Source {
  readonly description: SourceDescription;
  /** The root node: a directory, or the single file that was named. */
  root(): MaybePromise<SourceNode>;
  /** The entries of a directory in batches, in no particular order, without `.` and `..`. Fails as a whole or is complete. */
  list(directory: ByteString, options?: ListOptions): AsyncIterable<readonly SourceNode[]> | Iterable<readonly SourceNode[]>;
  /** Attributes and link target of one entry of `directory`; of the root itself when `name` is empty. */
  details(directory: ByteString, name: ByteString, kind: EntryKind): MaybePromise<NodeDetails>;
  /** Names of owner and group; empty when unknown. Cached by the source. */
  ownerNames(uid: number, gid: number): { readonly user: string; readonly group: string };
  /** Begins to list everything below the root elsewhere, since a walk will ask for all of it, depth first in the order of names. */
  readAhead?(): void;
  close(): MaybePromise<void>;
}

/** A file open for reading. */
export interface OpenContent {
  /** The node as it is now: asked after opening and again before closing, to notice changes while reading. */
  stat(): MaybePromise<SourceNode>;
  details(): MaybePromise<NodeDetails>;
  /** Data extents when the file has holes, else undefined. */
  extents(): MaybePromise<readonly Extent[] | undefined>;
  /** Reads up to `into.length` bytes at `position`; 0 only at the end of the file. `into` may lie in WASM memory. */
  read(into: Uint8Array, position: number): MaybePromise<number>;
  close(): MaybePromise<void>;
}

/** Opens files of a source for reading; made in the thread that reads. Only regular files are ever opened, never through a link. */
export interface ContentReader {
  open(directory: ByteString, name: ByteString): MaybePromise<OpenContent>;
  /** Files worth reading at once: 1 where calls are synchronous. */
  readonly concurrency: number;
  close(): MaybePromise<void>;
}

/** What a thread needs to make a `ContentReader`: plain data, so that it can be posted. */
export type ReaderSpec = { readonly kind: "local"; readonly path: ByteString } | { readonly kind: "memory"; readonly name: string };
