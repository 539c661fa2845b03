import type { AzureFacts, ChunkRefs, Entry, EntryKind, Extent } from "../format/entry.ts";
import type { AppError } from "../shared/errors.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { ShareSpec } from "./azure-files/share-spec.ts";

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
  /** What only a share knows, as far as the listing shows it. */
  readonly azure?: AzureFacts;
}

/** What a listing does not show: needs a call of its own per node. */
export interface NodeDetails {
  readonly attributes: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
  readonly linkTarget: ByteString;
  /** Of a node of a share: its facts, complete but for the security descriptor. */
  readonly azure?: AzureFacts;
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
  /** Set by a source that is read over a network. */
  readonly remote?: RemoteSide;
  close(): MaybePromise<void>;
}

/** A directory that the walk reaches soon. */
export interface UpcomingDirectory {
  readonly path: ByteString;
  /** True when `details` will be asked for as well. */
  readonly entryChanged: boolean;
}

/** What a source that is read over a network can do beyond a local tree. Nothing of it is needed for a right result but `permission`. */
export interface RemoteSide {
  /** The frozen state that is read (a share snapshot), kept with the backup so that the next one can ask what changed; empty for none. */
  readonly shareSnapshot: string;
  /** The state that the last backup of this source read, if it is still there; changes are asked for against it. */
  useBase(shareSnapshot: string): MaybePromise<void>;
  /**
   * Directories that will be listed soon, the next one last; the source begins their listings. `everything`: whatever lies in
   * them will be listed as well.
   */
  expect(upcoming: readonly UpcomingDirectory[], everything: boolean): void;
  /** A security descriptor by the key that nodes have. Throws E_SOURCE_READ. */
  permission(key: string): Promise<Uint8Array>;
  /** How to find out what of a changed file's content is as the old entry says; undefined: only reading it tells. */
  changesOf(node: SourceNode, old: Entry): ChangeQuestion | undefined;
  /** The backup is committed (or not): states that no later backup needs are given up. */
  settle(committed: boolean): Promise<void>;
}

/** Asked of the share before a changed file is read. */
export interface ChangeQuestion {
  /** The frozen state that the old entry describes. */
  readonly base: string;
  /** True when chunks of the old content are worth keeping even if some of it changed. */
  readonly partly: boolean;
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
  /** Set by a file that is read over a network. */
  readonly remote?: RemoteContent;
  close(): MaybePromise<void>;
}

/** What a file that is read over a network can tell beside its bytes. */
export interface RemoteContent {
  /** What differs from the state that the question of this file names; undefined when nobody can tell, or nobody asked. */
  changes(): MaybePromise<readonly Extent[] | undefined>;
  /** Only these stretches will be read, in order. */
  willRead(extents: readonly Extent[]): void;
  /** Something to be told of the content that was read: it is not what the source itself says of it. */
  remark(): AppError | undefined;
}

/** Files that will be opened soon, in this order. Parallel arrays; a file is its directory and name. */
export interface ExpectedFiles {
  readonly directories: readonly ByteString[];
  readonly directoryOf: readonly number[];
  readonly names: readonly ByteString[];
  readonly sizes: readonly number[];
  readonly changeTokens: readonly bigint[];
  /** Of changed files, by their position: what to ask first. */
  readonly old?: ReadonlyMap<number, OldContent>;
}

/** Content that a file had at the last backup. */
export interface OldContent extends ChangeQuestion {
  readonly size: number;
  readonly content: ChunkRefs;
  readonly extents: readonly Extent[] | undefined;
  readonly xorHash: bigint;
}

/** Opens files of a source for reading; made in the thread that reads. Only regular files are ever opened, never through a link. */
export interface ContentReader {
  open(directory: ByteString, name: ByteString): MaybePromise<OpenContent>;
  /** Files worth reading at once: 1 where calls are synchronous. */
  readonly concurrency: number;
  /** Answers so far that told a reader over a network to slow down. */
  readonly throttled?: number;
  /** Told of the files of a batch before the first is opened: a reader over a network begins with them. */
  expect?(files: ExpectedFiles): void;
  close(): MaybePromise<void>;
}

/** What a thread needs to make a `ContentReader`: plain data, so that it can be posted. */
export type ReaderSpec =
  | { readonly kind: "local"; readonly path: ByteString }
  | { readonly kind: "memory"; readonly name: string }
  | { readonly kind: "share"; readonly share: ShareSpec };
