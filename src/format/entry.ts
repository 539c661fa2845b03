import type { ByteString } from "../shared/bytes.ts";

/** Kinds of tree entries; the number is what pages and catalog rows store and never changes. */
export const ENTRY_KIND = {
  file: 0,
  directory: 1,
  symlink: 2,
  fifo: 3,
  socket: 4,
  characterDevice: 5,
  blockDevice: 6,
} as const;

export type EntryKind = (typeof ENTRY_KIND)[keyof typeof ENTRY_KIND];

/** Length of a chunk id, bytes. */
export const CHUNK_ID_BYTES = 32;

/** What a chunk holds; part of its id, so a chunk of one type can never stand in for another. */
export const CHUNK_TYPE = {
  /** File content. */
  data: 1,
  /** A directory page. */
  tree: 2,
  /** A large extended attribute or security descriptor. */
  attribute: 3,
} as const;

export type ChunkType = (typeof CHUNK_TYPE)[keyof typeof CHUNK_TYPE];

/** A chunk by its id (32 bytes) and plain length in bytes: all a reader needs. */
export interface ChunkRef {
  readonly id: Uint8Array;
  readonly length: number;
}

/** A sequence of chunks, packed: `ids` holds 32 bytes a chunk, `lengths` one plain length in bytes each. */
export interface ChunkRefs {
  readonly ids: Uint8Array;
  readonly lengths: Uint32Array;
}

export const NO_CHUNKS: ChunkRefs = Object.freeze({ ids: new Uint8Array(0), lengths: new Uint32Array(0) });

/** A stretch of a file that holds data; everything between extents is a hole. Bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** One extended attribute. POSIX ACLs and capabilities are such attributes (`system.posix_acl_access`, `security.capability`). */
export interface ExtendedAttribute {
  readonly name: ByteString;
  /** The value, or a reference to a chunk of type `attribute` when it is larger than `ATTRIBUTE_INLINE_BYTES_MAX`. */
  readonly value: Uint8Array | ChunkRef;
}

/** Longer attribute values are stored as chunks of their own. */
export const ATTRIBUTE_INLINE_BYTES_MAX = 1024;

/** Where a directory's entries are, and how much lies below it. */
export interface DirectoryFacts {
  /** Root page of the directory's entries. */
  readonly page: ChunkRef;
  /** Entries directly in it. */
  readonly entryCount: number;
  /** Everything below it, itself not counted: files and other non-directories, directories, and content bytes. */
  readonly totalFiles: number;
  readonly totalDirectories: number;
  readonly totalBytes: number;
}

/** What only Azure Files knows about a node. Times are ticks: 100 ns since 1601, as NTFS has them. */
export interface AzureFacts {
  readonly etag: string;
  /** Kept by the service with a file when somebody set it; 16 bytes. */
  readonly contentMd5: Uint8Array | undefined;
  /** FILE_ATTRIBUTE_* bits. */
  readonly attributes: number;
  readonly creationTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
  readonly lastAccessTicks: bigint;
  /** The share's name for the security descriptor. */
  readonly permissionKey: string;
  /** The security descriptor (SDDL), a chunk of type `attribute`; undefined when it could not be had. */
  readonly permission: ChunkRef | undefined;
  /** Empty for application/octet-stream. */
  readonly contentType: string;
  readonly userMetadata: readonly { readonly name: string; readonly value: string }[];
}

/**
 * One entry of a directory as a page stores it: everything needed to give it back.
 * Times are nanoseconds since 1970, signed. Sizes are bytes.
 */
export interface Entry {
  readonly name: ByteString;
  readonly kind: EntryKind;
  /** The source's own stable id of the node (inode number, Azure FileId). Hard links share it. */
  readonly nodeId: bigint;
  /** POSIX mode without the file type: permission, suid, sgid and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Owner and group by name; empty when unknown. */
  readonly user: string;
  readonly group: string;
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly accessedNs: bigint;
  /** 0 when the source does not know it. */
  readonly bornNs: bigint;
  /** Number of hard links; above 1, entries with the same node id are one file. */
  readonly links: number;
  /** Device number of a device node, as `makedev` packs it; else 0. */
  readonly device: bigint;
  readonly attributes: readonly ExtendedAttribute[];
  /** Target of a symlink; empty otherwise. */
  readonly linkTarget: ByteString;
  /** Content of a file, in order; of a sparse file, the content of its extents laid end to end. */
  readonly content: ChunkRefs;
  /** Data extents of a sparse file, ascending; undefined when the file has no holes. */
  readonly extents: readonly Extent[] | undefined;
  /** XOR hash of the content, 64 bits. */
  readonly xorHash: bigint;
  /** Set exactly for directories. */
  readonly directory: DirectoryFacts | undefined;
  /** Set for nodes of a share. */
  readonly azure?: AzureFacts;
}

/** One source of a snapshot: where it was, and its root entry (a directory, or the single file that was named). */
export interface ManifestSource {
  /** Absolute path (local) or `azfiles://account/share/path`. */
  readonly path: ByteString;
  /** Identity in the catalog: kind, host and path. */
  readonly key: string;
  readonly root: Entry;
  /** The share snapshot that was read; absent for sources that have none. */
  readonly shareSnapshot?: string;
}

/** An error that a backup met on one item and recorded in the snapshot. */
export interface ManifestIssue {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** A snapshot: everything `snapshots` shows and `restore` starts from. */
export interface Manifest {
  readonly startedNs: bigint;
  readonly finishedNs: bigint;
  readonly host: string;
  readonly user: string;
  readonly tags: readonly string[];
  /** Id (hex) of the snapshot it was compared with; empty for none. */
  readonly parent: string;
  readonly program: string;
  readonly sources: readonly ManifestSource[];
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  /** New data of this backup: plain bytes, and bytes it took in the store. */
  readonly addedBytes: number;
  readonly storedBytes: number;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  /** The first `MANIFEST_ISSUES_MAX` problems; `issueCount` counts them all. */
  readonly issues: readonly ManifestIssue[];
  readonly issueCount: number;
}

/** Issues that a manifest lists by name. */
export const MANIFEST_ISSUES_MAX = 1000;
