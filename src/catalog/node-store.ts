import type { ChunkRef, EntryKind } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";

/** One row: what change detection needs to know about one node. About 50 bytes in SQLite, all included. */
export interface NodeRow {
  /** Node id of the directory that holds it. */
  readonly parent: bigint;
  readonly name: ByteString;
  /** The source's stable id of the node. */
  readonly id: bigint;
  readonly kind: EntryKind;
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly changeToken: bigint;
  /** 0 for everything that is not a file. */
  readonly xorHash: bigint;
}

/** Where a directory's entries are in the repository. One row a directory. */
export interface DirectoryRow {
  readonly id: bigint;
  readonly page: ChunkRef;
  readonly totalFiles: number;
  readonly totalDirectories: number;
  readonly totalBytes: number;
  /** Of the directory's rows, as `ListingStamper` makes it; undefined when nobody made one. */
  readonly stamp?: bigint;
}

/** A source the catalog knows, and the snapshot whose tree its rows describe. */
export interface CatalogSource {
  readonly sourceId: number;
  readonly key: string;
  /** Snapshot id (hex) that the rows equal; empty before the first commit. */
  readonly snapshot: string;
  readonly rootId: bigint;
}

/** Changes of one run, collected aside; nothing is visible before `commit`. */
export interface NodeStage {
  /** Replaces all rows of these directories by `rows` (every row's parent is one of `parents`). */
  replaceChildren(parents: readonly bigint[], rows: readonly NodeRow[]): Promise<void>;
  putDirectories(rows: readonly DirectoryRow[]): Promise<void>;
  /** Forgets directories that are gone: what `putDirectories` put, and the rows of entries directly in them. Not recursive. */
  removeDirectories(ids: readonly bigint[]): Promise<void>;
  /** Makes everything visible at once and moves the source to `snapshot`; all or nothing. */
  commit(state: { readonly snapshot: string; readonly rootId: bigint }): Promise<void>;
  /** Drops everything staged. */
  discard(): Promise<void>;
}

/**
 * The catalog's node rows: an index of each source's current tree that can be rebuilt from the repository at any time.
 * Batch-shaped and asynchronous, so that it can live on the other side of a network. One suite
 * (`test/support/node-store-suite.ts`) runs on every implementation.
 */
export interface NodeStore {
  /** The record of a source, made empty when it is new. */
  source(key: string): Promise<CatalogSource>;
  sources(): Promise<readonly CatalogSource[]>;
  /** The rows of several directories, one array each in the order asked, each ordered by name bytes. */
  children(sourceId: number, parents: readonly bigint[]): Promise<readonly (readonly NodeRow[])[]>;
  directories(sourceId: number, ids: readonly bigint[]): Promise<readonly (DirectoryRow | undefined)[]>;
  /** Starts collecting changes. `clear` starts from an empty source instead of its current rows. */
  stage(sourceId: number, options?: { readonly clear?: boolean }): Promise<NodeStage>;
  /** Rows and bytes on disk, for reports. */
  size(): Promise<{ readonly rows: number; readonly bytes: number }>;
  close(): Promise<void>;
}

/** One difference between two trees. */
export interface TreeChange {
  readonly change: "added" | "removed" | "modified" | "moved";
  readonly path: ByteString;
  /** The path before, for moves. */
  readonly from?: ByteString;
  readonly id: bigint;
}

/** Tree operations as single statements: what makes a catalog of rows worth having. */
export interface TreeStore {
  /** Renames or moves a node: one row changes, whatever lies below it. */
  move(
    sourceId: number,
    from: { readonly parent: bigint; readonly name: ByteString },
    to: { readonly parent: bigint; readonly name: ByteString },
  ): Promise<void>;
  /** Every row below a directory, by one recursive query, in batches. */
  descendants(sourceId: number, id: bigint): AsyncIterable<readonly NodeRow[]>;
  /** Path of a node from the source's root; undefined when it is not connected to it. */
  pathOf(sourceId: number, id: bigint): Promise<ByteString | undefined>;
  /** Finds a node by its path from the root. */
  lookup(sourceId: number, path: ByteString): Promise<NodeRow | undefined>;
  /** Walks a tree depth first with paths; `skip` called from the consumer's side leaves a directory out. */
  walk(sourceId: number): AsyncIterable<{ readonly path: ByteString; readonly row: NodeRow }>;
  /** What changed from one source's tree to another's (two sources, or a source and a staged copy). */
  diff(beforeSourceId: number, afterSourceId: number): AsyncIterable<TreeChange>;
}
