import type { Ticks } from "../protocol/ticks.ts";

/** What a node is. Symbolic links exist on NFS shares only. */
export type NodeKind = "file" | "directory" | "symlink";

/** The four times. */
export interface NodeTimes {
  readonly created: Ticks;
  readonly accessed: Ticks;
  readonly written: Ticks;
  /** Moves with every change of data or properties, unless a caller sets it. */
  readonly changed: Ticks;
}

/** Owner and mode on NFS shares. */
export interface PosixProperties {
  readonly owner: string;
  readonly group: string;
  /** Permission bits with set-user-id, set-group-id and sticky: 0 to 0o7777. */
  readonly mode: number;
}

/** HTTP headers that a file's content is served with, by their lower-case names without `x-ms-`: `content-type`, `content-md5` in base64, and so on. */
export type ContentHeaders = Readonly<Record<string, string>>;

/** Where the content of a copied file came from. */
export interface CopyRecord {
  readonly id: string;
  readonly source: string;
  readonly status: "success" | "pending" | "aborted" | "failed";
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly completedAt: Ticks | undefined;
}

/** What can be set on a node. */
export interface NodeProperties {
  readonly times: NodeTimes;
  /** Bits of `file-attributes.ts`; the directory bit comes from the kind. */
  readonly attributes: number;
  /** Key in the permission store; empty on NFS shares. */
  readonly permissionKey: string;
  readonly headers: ContentHeaders;
  /** `x-ms-meta-*` without the prefix, names as they were given. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly posix: PosixProperties | undefined;
  readonly copy: CopyRecord | undefined;
}

/** One file, directory or symbolic link under one of its names. */
export interface NodeRecord extends NodeProperties {
  readonly kind: NodeKind;
  /** As it was given; empty for the root. */
  readonly name: string;
  /** Unique in the share for ever: an id is not used again. 0 for the root. */
  readonly fileId: bigint;
  /** The directory of the name it was found under; 0 below the root and for the root. */
  readonly parentId: bigint;
  /** Moves when a path's file is made anew: what a range difference must not cross. */
  readonly generation: bigint;
  readonly size: number;
  /** In double quotes. Moves with every change. */
  readonly etag: string;
  /** Last-Modified. Moves with every change. */
  readonly modified: Ticks;
  /** Names of this file; 1 for directories. */
  readonly linkCount: number;
  /** Where a symbolic link points. */
  readonly linkText: string | undefined;
}

/** A node to make; times that are undefined are the time of making. */
export interface NodeDraft extends Omit<NodeProperties, "times"> {
  readonly kind: NodeKind;
  readonly times: Partial<NodeTimes>;
  readonly size: number;
  readonly linkText: string | undefined;
  /** Content from offset 0, written in the same step; at most `size` bytes. */
  readonly content: Uint8Array | undefined;
}

/** Properties to change; those that are left out stay, but `changed` is now unless given. */
export interface NodePatch extends Partial<Omit<NodeProperties, "times">> {
  readonly times?: Partial<NodeTimes>;
  readonly size?: number;
}
