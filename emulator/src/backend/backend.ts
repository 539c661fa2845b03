import type { ByteRange } from "../protocol/byte-range.ts";
import type { LeaseRecord } from "./lease-record.ts";
import type { NodeDraft, NodePatch, NodeRecord } from "./node-record.ts";
import type { ShareDraft, SharePatch, ShareRecord, SnapshotRecord } from "./share-record.ts";

/**
 * What the protocol needs from whatever holds shares. Every method is atomic: it happens as a whole or throws. Methods throw `StorageError`
 * with the code that the service has for the case, and check for themselves whatever could have changed since the caller looked.
 * A backend that cannot be written to throws `StorageError("NotImplemented")` from the methods that write.
 *
 * Leases, handles, headers and name rules are not the backend's business.
 */
export interface Backend {
  readonly shares: ShareStore;
  readonly snapshots: SnapshotStore;
  readonly tree: TreeReader;
  readonly writer: TreeWriter;
  readonly content: ContentReader;
  readonly contentWriter: ContentWriter;
  readonly permissions: PermissionStore;
  readonly leases: LeaseStore;
  /** Waits for running writes; the backend must not be used afterwards. */
  close(): Promise<void>;
}

/** A tree to read: the live one of a share, or one of its snapshots. Snapshots are named by their time, as in `sharesnapshot=`. */
export interface View {
  readonly share: string;
  readonly snapshot: string | undefined;
}

/** Shares of the account; names are lower case by the service's rules and compared as they are. */
export interface ShareStore {
  /** In byte order of names. */
  list(): Promise<readonly ShareRecord[]>;
  get(name: string): Promise<ShareRecord | undefined>;
  /** Throws ShareAlreadyExists. Makes the root directory, too. */
  create(name: string, draft: ShareDraft): Promise<ShareRecord>;
  /** Throws ShareNotFound. */
  update(name: string, patch: SharePatch): Promise<ShareRecord>;
  /** Removes the share; with its snapshots when `snapshots` says so, otherwise throws ShareHasSnapshots if there are any. */
  delete(name: string, options: { readonly snapshots: boolean }): Promise<void>;
  /** Bytes that the live tree holds. */
  usageBytes(name: string): Promise<number>;
}

/** Snapshots of one share. */
export interface SnapshotStore {
  /** Oldest first. */
  list(share: string): Promise<readonly SnapshotRecord[]>;
  get(share: string, snapshot: string): Promise<SnapshotRecord | undefined>;
  /** Freezes the live tree in constant time. Throws ShareSnapshotCountExceeded from `countMax` on. */
  create(
    share: string,
    options: { readonly metadata: Readonly<Record<string, string>>; readonly countMax: number },
  ): Promise<SnapshotRecord>;
  /** Throws ShareSnapshotNotFound. */
  delete(share: string, snapshot: string): Promise<void>;
}

/** Names and properties. */
export interface TreeReader {
  /** The node at a path of names below the root; the root itself at the empty path. Names compare without case on SMB shares. */
  find(view: View, path: readonly string[]): Promise<Found>;
  /** The node of this id, wherever it lies; one of its names when it has several. */
  get(view: View, fileId: bigint): Promise<NodeRecord | undefined>;
  /** Names from the root down to the node; undefined when the view does not hold it. */
  pathOf(view: View, fileId: bigint): Promise<readonly string[] | undefined>;
  /** One page of a directory in the order of its keys, which is stable while entries come and go. */
  list(view: View, directoryId: bigint, page: PageRequest): Promise<Page>;
}

/** What lies at a path. */
export interface Found {
  readonly node: NodeRecord | undefined;
  /** The directory the path's last name lies or would lie in; undefined when there is none, or when the path is the root. */
  readonly parent: NodeRecord | undefined;
}

/** Which part of a directory to list. */
export interface PageRequest {
  /** Only names that start with this; compared as the share compares names. */
  readonly prefix: string;
  /** `Page.next` of the page before. */
  readonly after: string | undefined;
  readonly countMax: number;
}

/** A part of a directory. */
export interface Page {
  readonly nodes: readonly NodeRecord[];
  /** Where the next page starts; undefined on the last one. */
  readonly next: string | undefined;
}

/** A place in the live tree of a share: a name in a directory. */
export interface Place {
  readonly share: string;
  readonly parentId: bigint;
  readonly name: string;
}

/** Changes of live trees. Each moves the change time, ETag and Last-Modified of what it touches. */
export interface TreeWriter {
  /** Makes a node. Whatever lies there: `fail` throws ResourceAlreadyExists, `replace` removes a file first (a directory still fails). Throws ParentNotFound. */
  create(place: Place, draft: NodeDraft, options: { readonly existing: "fail" | "replace" }): Promise<NodeRecord>;
  /** Another name for the same file. Throws ResourceAlreadyExists, ParentNotFound, ResourceNotFound. */
  link(place: Place, fileId: bigint): Promise<NodeRecord>;
  /** Changes properties, or the size: what lies behind a smaller size is gone. Throws ResourceNotFound. */
  update(share: string, fileId: bigint, patch: NodePatch): Promise<NodeRecord>;
  /** Removes the name; the node with its last name. Throws ResourceNotFound, DirectoryNotEmpty. */
  remove(place: Place): Promise<void>;
  /** Moves a name with everything below it; `replace` as in `create`. The file id stays. Throws ResourceNotFound, ParentNotFound, ResourceAlreadyExists. */
  rename(from: Place, to: Place, options: { readonly existing: "fail" | "replace" }): Promise<NodeRecord>;
}

export type { ByteRange };

/** Content and its bookkeeping. */
export interface ContentReader {
  /** The bytes of the range as they are at the time of the call, holes as zeros; the range lies inside the file. Later writes do not show. Whoever asks also reads. */
  read(view: View, fileId: bigint, range: ByteRange): Promise<AsyncIterable<Uint8Array>>;
  /** Stretches that hold data, ascending, joined where they touch, cut to the window. */
  ranges(view: View, fileId: bigint, window: ByteRange): Promise<readonly ByteRange[]>;
  /** Like `ranges`, for what was written or became a hole since `since`, a snapshot of the same share that holds this file id. */
  changes(view: View, fileId: bigint, options: ChangesRequest): Promise<Changes>;
}

/** What to compare with. */
export interface ChangesRequest {
  readonly since: string;
  readonly window: ByteRange;
}

/** What became of a file's ranges: ascending, joined, and no byte is in both. */
export interface Changes {
  readonly written: readonly ByteRange[];
  readonly cleared: readonly ByteRange[];
}

/** Which live file to write to, and what becomes of its last-write time: `undefined` is now. */
export interface WriteTarget {
  readonly share: string;
  readonly fileId: bigint;
  readonly writtenAt: "preserve" | undefined;
}

/** Writes to content of live files; the range lies inside the file. */
export interface ContentWriter {
  write(target: WriteTarget, offset: number, bytes: Uint8Array): Promise<NodeRecord>;
  /** Makes a hole of whole 512-byte units; what remains at both ends is written as zeros. */
  clear(target: WriteTarget, range: ByteRange): Promise<NodeRecord>;
}

/** A security descriptor as it was given. */
export interface Permission {
  readonly text: string;
  readonly format: "Sddl" | "Binary";
}

/** Security descriptors of a share by key: equal ones have one key. They are never deleted while the share exists. */
export interface PermissionStore {
  put(share: string, permission: Permission): Promise<string>;
  get(share: string, key: string): Promise<Permission | undefined>;
}

/** Leases by name of what they protect. The rules live above; a backend only keeps the records. */
export interface LeaseStore {
  get(resource: string): Promise<LeaseRecord | undefined>;
  set(resource: string, lease: LeaseRecord | undefined): Promise<void>;
}
