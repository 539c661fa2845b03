import type { ByteString } from "../shared/bytes.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";

/** What happens to an item that is in the target already. */
export type OverwriteMode =
  /** Keep what is there. */
  | "skip"
  /** Compare chunk by chunk, write only what differs. The default; also how an interrupted restore continues. */
  | "if-changed"
  /** Write everything again. */
  | "always"
  /** Report it as an error. */
  | "fail";

/** What to restore, where to, and what may happen to what is there. */
export interface RestoreRequest {
  readonly snapshot: string;
  /** Path inside the snapshot; empty for all of it. */
  readonly path: ByteString;
  /** Absolute path of the target directory, or a tree of an Azure Files share; made when missing. */
  readonly to: ByteString | ShareSpec;
  /** gitignore lines over paths inside the restored part; empty includes mean everything. */
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly overwrite: OverwriteMode;
  /** Removes items of the target that the snapshot does not have, but for what the filter leaves out. */
  readonly deleteExtra: boolean;
  /** Keeps each source's absolute path below the target. */
  readonly fullPaths: boolean;
  /** Reads everything back after writing and compares. */
  readonly verify: boolean;
  /** Looks at the target and says what would happen; writes nothing. */
  readonly dryRun: boolean;
  readonly owner: "numeric" | "by-name" | "none";
  readonly threads: number;
}

/** What a restore did; of a dry run, what it would do. */
export interface RestoreSummary {
  readonly snapshot: string;
  readonly filesRestored: number;
  /** Already there and equal; a dry run goes by size and time. */
  readonly filesUnchanged: number;
  readonly filesSkipped: number;
  readonly directories: number;
  readonly others: number;
  readonly deleted: number;
  readonly bytesWritten: number;
  readonly bytesFetched: number;
  readonly filesVerified: number;
  readonly issues: number;
  readonly durationMs: number;
}
