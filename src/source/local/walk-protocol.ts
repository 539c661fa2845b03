import type { ByteString } from "../../shared/bytes.ts";

/** What the walking thread is given. */
export interface WalkSpec {
  /** Absolute path of the root. */
  readonly path: ByteString;
}

/** Asks for the next listings. */
export interface WalkTask {
  readonly type: "next";
}

/** Entries and directories of one answer: some milliseconds of work, so that a message costs little beside it. */
export const GROUP_ENTRIES_MAX = 4000;
export const GROUP_DIRECTORIES_MAX = 512;

/** Answers that are on their way or wait for the walk: this bounds how far a thread runs ahead. */
export const GROUPS_AHEAD_MAX = 3;

/** Directories one after the other as a walk lists them, depth first in the order of their names. Columns; no directories at the end of the tree. */
export interface WalkGroup {
  readonly paths: readonly ByteString[];
  /** Entries of each directory; -1 where the listing failed, for the walk itself to find out why. */
  readonly counts: Int32Array;
  /** Names of all entries, each ended by a NUL. */
  readonly names: string;
  /** `STAT_USED_BYTES` of each entry. */
  readonly records: Uint8Array<ArrayBuffer>;
}
