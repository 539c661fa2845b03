import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import type { AzureBlobSpec } from "../storage/azure-blob/azure-spec.ts";
import type { Reporter } from "../telemetry/events.ts";
import type { RequestGauge } from "../telemetry/request-gauge.ts";

/** What every operation of this room gets beside its request. */
export interface GuidWorld {
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Absolute path of a folder for what does not fit into memory. */
  readonly workFolder: string;
  /** Where requests are counted for the metrics log. */
  readonly gauge?: RequestGauge;
}

/** What to index. Paths are absolute. */
export interface GuidIndexRequest {
  readonly source: string;
  readonly mapping: string;
  /** Files that the mapping has already keep their GUIDs. */
  readonly keep: boolean;
}

/** What an index did. */
export interface GuidIndexSummary {
  readonly mapping: string;
  /** What all GUIDs of this mapping start with. */
  readonly serverGuid: string;
  readonly files: number;
  /** Files that kept the GUID they had. */
  readonly kept: number;
  readonly bytes: number;
  readonly directories: number;
  /** Symbolic links and special files, which this layout cannot hold. */
  readonly others: number;
  readonly issues: number;
  readonly durationMs: number;
}

/** The container that a mapping belongs to, and how much to do at once. */
export interface GuidContainerRequest {
  readonly mapping: string;
  readonly container: AzureBlobSpec;
  /** Files worked on at once. */
  readonly workers: number;
}

/** What to save, and what the container need not have. */
export interface GuidSaveRequest extends GuidContainerRequest {
  readonly createContainer: boolean;
  /** Names or globs of files to leave out. */
  readonly skipFiles: readonly string[];
  /** Absolute paths; for files below them an empty placeholder is stored. */
  readonly skipPaths: readonly string[];
  /** Sends everything, whatever the container has. */
  readonly force: boolean;
  /** Folder that remembers the content of files between runs; undefined remembers nothing. */
  readonly cacheFolder: string | undefined;
}

/** What a save did. */
export interface GuidSaveSummary {
  readonly entries: number;
  readonly filesUploaded: number;
  readonly filesUnchanged: number;
  readonly filesSkipped: number;
  /** Placeholders that stand in the container, and those of them that this run made. */
  readonly placeholders: number;
  readonly placeholdersMade: number;
  readonly filesMissing: number;
  readonly bytesRead: number;
  readonly bytesUploaded: number;
  readonly requests: number;
  readonly issues: number;
  readonly durationMs: number;
}

/** What happens to a file that is there already: as for `varve restore`. */
export type GuidOverwrite = "skip" | "if-changed" | "always" | "fail";

/** What to restore, where to, and what may happen to what is there. */
export interface GuidRestoreRequest extends GuidContainerRequest {
  /** Absolute path of the folder to restore into; made when missing. */
  readonly root: string;
  /** Names or globs of files that were left out when saving: without a blob they are not missed. */
  readonly skipFiles: readonly string[];
  readonly overwrite: GuidOverwrite;
}

/** What a restore did. */
export interface GuidRestoreSummary {
  readonly entries: number;
  readonly filesRestored: number;
  readonly filesUnchanged: number;
  /** Left as they were because of the overwrite mode, or without a blob because they were left out. */
  readonly filesSkipped: number;
  /** Placeholders, whose folders were made. */
  readonly placeholders: number;
  readonly blobsMissing: number;
  /** Files whose blob has no MD5 to check them against. */
  readonly unchecked: number;
  readonly bytesWritten: number;
  readonly bytesFetched: number;
  readonly requests: number;
  readonly issues: number;
  readonly durationMs: number;
}

/** What to hold against each other. */
export interface GuidVerifyRequest extends GuidContainerRequest {
  readonly skipFiles: readonly string[];
  readonly skipPaths: readonly string[];
  /** Reads every blob and checks it against its MD5. */
  readonly readData: boolean;
  /** Folder in which a save remembers the content of files. */
  readonly cacheFolder: string | undefined;
}

/** One file that a restore is done with. */
export interface GuidRestoredItem {
  readonly action: "restored" | "unmodified" | "skipped";
  readonly path: string;
  readonly size: number;
}

/** One thing that is not as the mapping, the files or the blobs say. */
export interface GuidFinding {
  readonly problem: "missing" | "extra" | "wrong-size" | "wrong-md5" | "damaged" | "unreadable";
  /** Name of the blob. */
  readonly name: string;
  /** Path in the mapping; empty for a blob that is not in it. */
  readonly path: string;
  readonly message: string;
}

/** What a verify looked at and found. */
export interface GuidVerifySummary {
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
  /** Files compared with their blobs. */
  readonly compared: number;
  /** Blobs read in full. */
  readonly read: number;
  readonly missing: number;
  readonly extra: number;
  readonly wrongSize: number;
  readonly wrongMd5: number;
  readonly damaged: number;
  readonly unreadable: number;
  readonly requests: number;
  readonly durationMs: number;
}
