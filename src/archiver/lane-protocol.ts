import type { RepositoryKeys } from "../crypto/keys.ts";
import type { AzureFacts, Extent } from "../format/entry.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import type { KnownPack } from "../repository/pack-table.ts";
import type { RepositoryConfig } from "../format/repository-file.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { OldContent, ReaderSpec } from "../source/source.ts";
import type { StoreSpec } from "../storage/location.ts";

/** Files a batch holds at most, and bytes: large enough to amortise a message, small enough to keep all lanes busy. */
export const BATCH_FILES_MAX = 512;
export const BATCH_BYTES_MAX: number = 8 * 1024 * 1024;

/** Files from twice this size on are read in segments of this many bytes, so that one huge file keeps all lanes busy. */
export const SEGMENT_BYTES: number = 128 * 1024 * 1024;

/** Everything a lane needs, as plain data that can be posted to a thread. */
export interface LaneSpec {
  readonly store: StoreSpec;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
  readonly config: RepositoryConfig;
  readonly readers: readonly ReaderSpec[];
  readonly index: SharedArrayBuffer;
  readonly compressionLevel: number;
  readonly selfCheck: number;
}

/** Files to read, of one source. Parallel arrays; a file is its directory and name. */
export interface FileBatch {
  /** Index into `LaneSpec.readers`. */
  readonly source: number;
  readonly directories: readonly ByteString[];
  readonly directoryOf: readonly number[];
  readonly names: readonly ByteString[];
  /** As the listing saw them; a file that differs when read is read again. */
  readonly sizes: readonly number[];
  readonly nodeIds: readonly bigint[];
  readonly changeTokens: readonly bigint[];
  /** Set when the batch is one stretch of a large file, bytes. */
  readonly segment?: Extent;
  /** Of changed files, by their position: what they were, where the source can tell what of it still holds. */
  readonly old?: ReadonlyMap<number, LaneOldContent>;
}

/** Content of the last backup as a lane works with it. */
export interface LaneOldContent extends OldContent {
  /** Where its chunks are; undefined when none of them can be read. */
  readonly places?: OldPlaces;
}

/** Places of chunks in packs, one a chunk; the packs are those of these chunks only. */
export interface OldPlaces {
  readonly packs: readonly KnownPack[];
  readonly packOf: Uint32Array;
  readonly offsets: Float64Array;
}

/** Facts of a file that differ from the listing because it changed in between. */
export interface FreshFacts {
  readonly size: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly accessedNs: bigint;
  readonly bornNs: bigint;
  readonly changeToken: bigint;
  readonly nodeId: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly azure?: AzureFacts;
}

/** What most files do not have. */
export interface FileExtras {
  readonly attributes?: readonly { readonly name: ByteString; readonly value: Uint8Array }[];
  readonly extents?: readonly Extent[];
  readonly fresh?: FreshFacts;
  /** What a share tells of the file beyond its listing. */
  readonly azure?: AzureFacts;
  /** Bytes of it that `LaneRead` events told already. */
  readonly told?: number;
  readonly error?: LaneIssue;
  /** Something to be told of a file that was read well. */
  readonly remark?: LaneIssue;
}

/** An error in a form that survives being posted. */
export interface LaneIssue {
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly hint: string;
  /** True when the content read is consistent enough to keep (the file changed while it was read). */
  readonly keep: boolean;
}

/** Results of a batch, files in the order of the batch. */
export interface BatchResult {
  /** Chunks of each file. */
  readonly chunkCounts: Uint32Array;
  /** 32 bytes a chunk, all files in order. */
  readonly chunkIds: Uint8Array<ArrayBuffer>;
  readonly chunkLengths: Uint32Array;
  /** XOR hash of each file; of a segment, the unfinished accumulator. */
  readonly xorHashes: BigUint64Array;
  readonly extras: ReadonlyMap<number, FileExtras>;
  readonly bytesRead: number;
  readonly bytesNew: number;
  /** Set when the source told the lane to slow down meanwhile. */
  readonly throttled?: boolean;
}

/** A pack that is durable in the store. */
export interface StoredPack {
  readonly number: number;
  readonly indexed: IndexedPack;
}

/** Bytes read of a file that takes long. */
export interface LaneRead {
  readonly read: number;
}

/** What a lane tells between results. */
export type LaneEvent = StoredPack | LaneRead;

/** What a lane is asked to do: read a batch, use another index, or end its pack and wait until all its packs are durable. */
export type LaneTask =
  | { readonly type: "batch"; readonly batch: FileBatch }
  | { readonly type: "index"; readonly buffer: SharedArrayBuffer }
  | { readonly type: "flush" };

export type LaneTaskResult = BatchResult | undefined;
