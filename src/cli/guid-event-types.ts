import type { GuidFinding } from "../guid/face.ts";

/** Totals of `varve guid`; `command` says of which part. */
export type GuidSummaryBody = GuidIndexSummaryBody | GuidSaveSummaryBody | GuidRestoreSummaryBody | GuidVerifySummaryBody;

/** One piece of what `varve guid` was asked for. */
export type GuidResult = GuidMappingResult | GuidFindingResult | GuidConfigResult;

export interface GuidIndexSummaryBody {
  readonly message_type: "summary";
  readonly command: "guid index";
  readonly mapping: string;
  readonly server_guid: string;
  readonly files: number;
  readonly files_kept: number;
  readonly bytes: number;
  readonly directories: number;
  readonly others: number;
  readonly issues: number;
  readonly duration_seconds: number;
}

export interface GuidSaveSummaryBody {
  readonly message_type: "summary";
  readonly command: "guid save";
  readonly entries: number;
  readonly files_uploaded: number;
  readonly files_unchanged: number;
  readonly files_skipped: number;
  readonly placeholders: number;
  readonly placeholders_made: number;
  readonly files_missing: number;
  readonly bytes_read: number;
  readonly bytes_uploaded: number;
  readonly requests: number;
  readonly issues: number;
  readonly duration_seconds: number;
}

export interface GuidRestoreSummaryBody {
  readonly message_type: "summary";
  readonly command: "guid restore";
  readonly entries: number;
  readonly files_restored: number;
  readonly files_unchanged: number;
  readonly files_skipped: number;
  readonly placeholders: number;
  readonly blobs_missing: number;
  readonly files_unchecked: number;
  readonly bytes_written: number;
  readonly bytes_fetched: number;
  readonly requests: number;
  readonly issues: number;
  readonly duration_seconds: number;
}

export interface GuidVerifySummaryBody {
  readonly message_type: "summary";
  readonly command: "guid verify";
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly files_compared: number;
  readonly blobs_read: number;
  readonly missing: number;
  readonly extra: number;
  readonly wrong_size: number;
  readonly wrong_md5: number;
  readonly damaged: number;
  readonly unreadable: number;
  readonly requests: number;
  readonly duration_seconds: number;
}

/** One line of a mapping. */
export interface GuidMappingResult {
  readonly message_type: "result";
  readonly kind: "guid_mapping";
  readonly guid: string;
  readonly path: string;
}

export interface GuidFindingResult {
  readonly message_type: "result";
  readonly kind: "guid_finding";
  readonly problem: GuidFinding["problem"];
  /** Name of the blob. */
  readonly name: string;
  /** Path in the mapping; empty for a blob that is not in it. */
  readonly path: string;
  readonly message: string;
}

/** A remark on one line of a file. */
interface LineRemark {
  readonly line: number;
  readonly text: string;
}

/** Settings taken over from a config.py. */
export interface GuidConfigResult {
  readonly message_type: "result";
  readonly kind: "guid_config";
  /** Where it was written; empty for nowhere. */
  readonly file: string;
  readonly yaml: string;
  readonly problems: readonly LineRemark[];
  readonly warnings: readonly LineRemark[];
}
