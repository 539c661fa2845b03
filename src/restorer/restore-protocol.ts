import type { RepositoryKeys } from "../crypto/keys.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import type { StoreSpec } from "../storage/location.ts";
import type { TargetSpec } from "../source/target.ts";
import type { FileColumns } from "./file-columns.ts";

/** Everything a restoring thread needs, as plain data. */
export interface RestoreSpec {
  readonly store: StoreSpec;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
  readonly target: TargetSpec;
  /** One counter a file that several tasks write: rows still missing; `SHARED_FAILED` once one of them failed. */
  readonly counters: SharedArrayBuffer;
}

/** A counter that can never reach zero by counting down. */
export const SHARED_FAILED = -0x4000_0000;

/** The part of a pack's facts that reading takes. */
export type PackFrames = Pick<IndexedPack, "id" | "kind" | "objectLength"> & {
  readonly frameSealedLengths: Uint32Array;
  readonly frameFlags: Uint8Array;
  readonly rawLength: number;
};

/** Chunks of one stretch of a pack and the files they belong to, ordered by their place in the pack. Parallel arrays. */
export interface ContentRows {
  /** Offset in the pack's raw stream, bytes. */
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
  /** 32 bytes a row. */
  readonly ids: Uint8Array;
  /** File of the task. */
  readonly files: Uint32Array;
  /** Where the chunk lies in the file's content, bytes; of a sparse file in its extents laid end to end. */
  readonly positions: Float64Array;
}

/** Files with the content one stretch of a pack has for them; without `pack`, files that have no content. */
export interface WriteTask {
  readonly type: "write";
  readonly files: FileColumns;
  readonly pack: PackFrames | undefined;
  readonly rows: ContentRows;
}

/** Files to be held against what they should contain. Rows are in file order; offsets are not used. */
export interface CompareTask {
  readonly type: "compare";
  readonly files: FileColumns;
  readonly rows: ContentRows;
}

export type RestoreTask = WriteTask | CompareTask;

/** What became of a file. */
export const FILE_OUTCOME = {
  /** Complete. */
  done: 0,
  /** Written as far as this task goes; other tasks write the rest. */
  partial: 1,
  failed: 2,
} as const;

/** How a file that is there stands to what should be there, its chunks aside. */
export const LIKENESS = {
  alike: 0,
  /** It has another length; chunks that differ and the length can be mended. */
  otherLength: 1,
  /** To be replaced: it is no file of its own, cannot be read, differs and cannot be written, or has data where a hole should be. */
  notMendable: 2,
} as const;

/** An error or a remark about one file. */
export interface FileIssue {
  /** Position in the task. */
  readonly file: number;
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly hint: string;
}

export interface RestoreTaskResult {
  /** `FILE_OUTCOME` of each file of a write task. */
  readonly outcomes: Uint8Array;
  /** Compare task: 1 for each row whose bytes are not what they should be. */
  readonly differs: Uint8Array;
  /** Compare task: `LIKENESS` of each file. */
  readonly likeness: Uint8Array;
  readonly issues: readonly FileIssue[];
  readonly bytesWritten: number;
  readonly bytesFetched: number;
}
