import type { ByteString } from "../shared/bytes.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";

/** Which items of a source are left out. */
export interface ExcludeRules {
  /** gitignore lines; the path a line is held against is relative to the source's root. Later lines win, `!` takes back. */
  readonly patterns: readonly string[];
  /** gitignore lines; when given, only files that match are saved (directories are entered as needed). */
  readonly includes: readonly string[];
  /** Leave out directories tagged by a CACHEDIR.TAG file (the tag itself and the empty directory stay). */
  readonly caches: boolean;
  /** Leave out directories that contain a file of one of these names. */
  readonly ifPresent: readonly string[];
  readonly oneFileSystem: boolean;
  /** Leave out files larger than this, bytes; undefined for no limit. */
  readonly largerThanBytes: number | undefined;
}

export const NO_EXCLUDES: ExcludeRules = Object.freeze({
  patterns: [],
  includes: [],
  caches: false,
  ifPresent: [],
  oneFileSystem: false,
  largerThanBytes: undefined,
});

/** Something to be saved: an absolute path of this machine, or a tree of an Azure Files share. */
export type BackupSource = ByteString | ShareSpec;

/** What one backup is to save, and how. */
export interface BackupRequest {
  readonly sources: readonly BackupSource[];
  /** Read shares as they are now, without a share snapshot: files may change while they are read. */
  readonly noShareSnapshot?: boolean;
  /** Save a share even when its root is empty and was not at the last backup. */
  readonly allowEmpty?: boolean;
  readonly exclude: ExcludeRules;
  readonly tags: readonly string[];
  readonly host: string;
  readonly user: string;
  /** Compares and reports; writes nothing, neither to the repository nor to the catalog. */
  readonly dryRun: boolean;
  /** Reads every file again, whatever the catalog says. */
  readonly rereadAll: boolean;
  /** Worker threads; 0 does all work in this thread. */
  readonly threads: number;
  /** zstd level of data packs, 1-19; 0 stores raw. */
  readonly compressionLevel: number;
}

/** What a backup did. */
export interface BackupSummary {
  /** Id of the new snapshot; empty for a dry run. */
  readonly snapshot: string;
  readonly parent: string;
  readonly filesNew: number;
  readonly filesChanged: number;
  readonly filesUnmodified: number;
  readonly filesMoved: number;
  readonly filesRemoved: number;
  readonly directories: number;
  /** Content of all files in the snapshot, bytes. */
  readonly totalBytes: number;
  /** Content read from the source, bytes. */
  readonly readBytes: number;
  /** New plain bytes after deduplication, and bytes added to the store for them. */
  readonly addedBytes: number;
  readonly storedBytes: number;
  readonly issues: number;
  readonly durationMs: number;
}
