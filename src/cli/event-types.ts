import type { CheckFinding } from "../maintenance/face.ts";
import type { ItemIssue } from "../telemetry/events.ts";
import type { GuidResult, GuidSummaryBody } from "./guid-event-types.ts";

/** What every event starts with. */
export interface EventHead {
  /** Version of the event format. Fields are only ever added within one version. */
  readonly v: 1;
  /** When the event was written, RFC 3339 in UTC. */
  readonly ts: string;
  /** The same in all events of one run of the program. */
  readonly run_id: string;
}

/** How far an operation is. Written about once a second while it runs. */
export interface StatusBody {
  readonly message_type: "status";
  readonly phase: string;
  readonly elapsed_seconds: number;
  /** Done, of 1; absent until the total is known well enough. */
  readonly fraction_done?: number | undefined;
  readonly seconds_left?: number | undefined;
  readonly files: number;
  readonly files_done: number;
  readonly directories: number;
  readonly bytes: number;
  readonly bytes_done: number;
  readonly bytes_stored: number;
  /** False while `files` and `bytes` are estimates. */
  readonly totals_known: boolean;
  readonly current: string;
  readonly issues: number;
  /** A remark for people. */
  readonly note?: string | undefined;
}

/** One item was handled; only with `--verbose`. */
export interface ItemBody {
  readonly message_type: "item";
  readonly action: "new" | "changed" | "unmodified" | "moved" | "removed" | "restored" | "skipped";
  readonly path: string;
  readonly size: number;
}

/** Something a person should know, that did not fail anything. */
export interface WarningBody {
  readonly message_type: "warning";
  readonly message: string;
}

/** One item failed while the operation went on. */
export interface ErrorBody extends ItemIssue {
  readonly message_type: "error";
}

/** The process is about to end with a code that is not 0. Always the last event. */
export interface ExitErrorBody {
  readonly message_type: "exit_error";
  readonly code: string;
  readonly exit_code: number;
  readonly message: string;
  readonly why: string;
  readonly hint: string;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}

/** Totals of an operation; `command` says which, and so which other fields are there. */
export type SummaryBody =
  | BackupSummaryBody
  | RestoreSummaryBody
  | CheckSummaryBody
  | CatalogSummaryBody
  | ScanSummaryBody
  | DiffSummaryBody
  | DumpSummaryBody
  | GuidSummaryBody;

export interface BackupSummaryBody {
  readonly message_type: "summary";
  readonly command: "backup";
  readonly dry_run: boolean;
  /** Empty for a dry run. */
  readonly snapshot: string;
  readonly parent: string;
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly files_moved: number;
  readonly files_removed: number;
  readonly directories: number;
  readonly total_bytes: number;
  readonly read_bytes: number;
  readonly added_bytes: number;
  readonly stored_bytes: number;
  readonly issues: number;
  readonly duration_seconds: number;
}

export interface RestoreSummaryBody {
  readonly message_type: "summary";
  readonly command: "restore";
  readonly dry_run: boolean;
  readonly snapshot: string;
  readonly files_restored: number;
  readonly files_unchanged: number;
  readonly files_skipped: number;
  readonly files_verified: number;
  readonly directories: number;
  readonly others: number;
  readonly deleted: number;
  readonly bytes_written: number;
  readonly bytes_fetched: number;
  readonly issues: number;
  readonly duration_seconds: number;
}

export interface CheckSummaryBody {
  readonly message_type: "summary";
  readonly command: "check";
  readonly snapshots: number;
  readonly trees: number;
  readonly files: number;
  readonly packs: number;
  readonly packs_read: number;
  readonly bytes_read: number;
  readonly chunks_verified: number;
  readonly findings: number;
  readonly unreferenced_packs: number;
  readonly duration_seconds: number;
}

export interface CatalogSummaryBody {
  readonly message_type: "summary";
  readonly command: "catalog rebuild";
  readonly catalog: string;
  readonly sources: number;
  readonly rows: number;
  readonly bytes: number;
  readonly duration_seconds: number;
}

export interface ScanSummaryBody {
  readonly message_type: "summary";
  readonly command: "scan";
  readonly source: string;
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly added: number;
  readonly modified: number;
  readonly moved: number;
  readonly deleted: number;
  readonly issues: number;
  readonly duration_seconds: number;
}

export interface DiffSummaryBody {
  readonly message_type: "summary";
  readonly command: "diff";
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly metadata: number;
  readonly type: number;
}

export interface DumpSummaryBody {
  readonly message_type: "summary";
  readonly command: "cat" | "dump" | "metrics plot";
  readonly output: string;
  readonly bytes: number;
}

/** One piece of what was asked for; `kind` says which, and so which other fields are there. */
export type ResultBody =
  | RepositoryResult
  | SnapshotResult
  | EntryResult
  | ChangeResult
  | FindingResult
  | KeyResult
  | StatsResult
  | SettingResult
  | VersionResult
  | CompletionResult
  | GuidResult;

interface ResultHead {
  readonly message_type: "result";
}

/** A repository was made. */
export interface RepositoryResult extends ResultHead {
  readonly kind: "repository";
  readonly repository_id: string;
  readonly location: string;
  readonly encrypted: boolean;
  /** Shown this once; null without a password. */
  readonly recovery_key: string | null;
}

export interface SnapshotResult extends ResultHead {
  readonly kind: "snapshot";
  readonly id: string;
  readonly started: string;
  readonly finished: string;
  readonly host: string;
  readonly user: string;
  readonly tags: readonly string[];
  readonly paths: readonly string[];
  readonly parent: string;
  readonly program: string;
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
  readonly added_bytes: number;
  readonly stored_bytes: number;
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly issues: number;
}

/** One entry of a snapshot's tree. */
export interface EntryResult extends ResultHead {
  readonly kind: "entry";
  readonly snapshot: string;
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "fifo" | "socket" | "character_device" | "block_device";
  readonly size: number;
  /** Octal, without the type, as in `0644`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly modified: string;
  readonly links: number;
  /** Decimal, as it may be larger than JSON numbers carry. */
  readonly node_id: string;
  readonly link_target: string;
}

export interface ChangeResult extends ResultHead {
  readonly kind: "change";
  /** Added, removed, content changed, only metadata changed, type changed. */
  readonly change: "+" | "-" | "M" | "U" | "T";
  readonly path: string;
  readonly size_before: number;
  readonly size_after: number;
}

export interface FindingResult extends ResultHead {
  readonly kind: "finding";
  readonly object: string;
  readonly problem: CheckFinding["problem"];
  readonly message: string;
  readonly affected: readonly string[];
  readonly affected_count: number;
}

/** A key slot: listed, added or removed. */
export interface KeyResult extends ResultHead {
  readonly kind: "key";
  readonly state: "present" | "added" | "removed";
  readonly slot: string;
  readonly type?: "passphrase" | "recovery" | "plain" | undefined;
  readonly created?: string | undefined;
  readonly label?: string | undefined;
  readonly current?: boolean | undefined;
}

export interface StatsResult extends ResultHead {
  readonly kind: "stats";
  readonly repository_id: string;
  readonly location: string;
  readonly format_version: number;
  readonly encrypted: boolean;
  readonly snapshots: number;
  readonly packs: number;
  readonly pack_bytes: number;
  readonly index_bytes: number;
  readonly chunks: number;
  readonly plain_bytes: number;
}

/** One setting in force. */
export interface SettingResult extends ResultHead {
  readonly kind: "setting";
  readonly key: string;
  readonly value: string;
  readonly origin: string;
}

export interface VersionResult extends ResultHead {
  readonly kind: "version";
  readonly version: string;
  readonly node: string;
  readonly platform: string;
}

export interface CompletionResult extends ResultHead {
  readonly kind: "completion";
  readonly shell: "bash" | "zsh" | "fish";
  readonly script: string;
}

/** An event without its head, as commands write it. */
export type EventBody = StatusBody | ItemBody | WarningBody | ErrorBody | ExitErrorBody | SummaryBody | ResultBody;

/** One line of `--json`. */
export type CliEvent = EventHead & EventBody;
