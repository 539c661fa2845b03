import type { ChunkRef, ChunkType, DirectoryFacts, Entry, Manifest } from "../format/entry.ts";
import type { AppError } from "../shared/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** A committed snapshot. */
export interface Snapshot {
  /** Hex, 64 characters; people use the first 8. */
  readonly id: string;
  /** Session whose register made it visible. */
  readonly session: string;
  readonly manifest: Manifest;
}

/** Reads the trees of snapshots. */
export interface TreeReader {
  /**
   * All entries of a directory, ordered by name bytes, in batches (one batch a leaf page). With `onDamage`, pages that cannot be
   * read are told to it and left out; without, the first of them is thrown.
   */
  entries(directory: DirectoryFacts, onDamage?: (error: AppError) => void): AsyncIterable<readonly Entry[]>;
  /** The bytes of one chunk, verified against its id. */
  chunk(type: ChunkType, ref: ChunkRef): Promise<Uint8Array>;
}

/** What `varve key list` shows of a slot. */
export interface KeySlotInfo {
  readonly slot: string;
  readonly kind: "passphrase" | "recovery" | "plain";
  readonly createdNs: bigint;
  readonly label: string;
  /** True for the slot this process opened the repository with. */
  readonly current: boolean;
}

/** Key administration; the root key never changes, slots are ways to it. */
export interface KeyAdmin {
  list(): Promise<readonly KeySlotInfo[]>;
  /** Adds a passphrase slot and returns its id. */
  add(password: string, label: string): Promise<string>;
  /** Refuses to remove the last slot. */
  remove(slot: string): Promise<void>;
  /** Adds a slot for the new password, then removes the slot that is open now. */
  changePassword(password: string, label: string): Promise<string>;
}

/** How large the repository is, by what. */
export interface RepositoryStats {
  readonly snapshots: number;
  readonly packs: number;
  readonly packBytes: number;
  readonly indexBytes: number;
  readonly chunks: number;
  /** Plain bytes of all indexed chunks. */
  readonly plainBytes: number;
}

/** An open repository, for reading and administration. */
export interface Repository extends TreeReader {
  /** Hex. */
  readonly id: string;
  readonly store: ObjectStore;
  readonly formatVersion: number;
  readonly encrypted: boolean;
  /** All visible snapshots, oldest first. */
  snapshots(): Promise<readonly Snapshot[]>;
  /** One snapshot by full id, unique prefix, `latest` or `latest~N`; E_NOT_FOUND names near matches. */
  findSnapshot(text: string, filter?: { readonly host?: string; readonly tag?: string; readonly path?: string }): Promise<Snapshot>;
  readonly keys: KeyAdmin;
  stats(): Promise<RepositoryStats>;
  close(): Promise<void>;
}
