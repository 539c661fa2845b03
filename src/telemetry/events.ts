/** Counters of a running operation. Bytes and items; all only grow, except estimates. */
export interface ProgressCounters {
  phase: string;
  directories: number;
  files: number;
  /** Items finished, of `files`. */
  filesDone: number;
  /** Content bytes known so far, and done. */
  bytes: number;
  bytesDone: number;
  /** Bytes sent to (backup) or fetched from (restore, check) the store. */
  bytesStored: number;
  /** True once `files` and `bytes` are exact and no longer an estimate. */
  totalsKnown: boolean;
  /** Item being worked on, for display. */
  current: string;
  issues: number;
}

/** A fresh set of counters. */
export function newCounters(phase: string): ProgressCounters {
  return {
    phase,
    directories: 0,
    files: 0,
    filesDone: 0,
    bytes: 0,
    bytesDone: 0,
    bytesStored: 0,
    totalsKnown: false,
    current: "",
    issues: 0,
  };
}

/** Something that went wrong with one item while the operation went on. */
export interface ItemIssue {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly why: string;
  readonly hint: string;
}

/**
 * What an operation tells while it runs. The operation changes `counters` in place; whoever shows them samples them.
 * None of the calls may throw or wait.
 */
export interface Reporter {
  readonly counters: ProgressCounters;
  /** One item failed or was only partly done. */
  issue(issue: ItemIssue): void;
  /** One item was handled; only called when `wantsItems`. */
  item(item: {
    readonly action: "new" | "changed" | "unmodified" | "moved" | "removed" | "restored" | "skipped";
    readonly path: string;
    readonly size: number;
  }): void;
  readonly wantsItems: boolean;
  /** A remark for people, such as "estimating from the last run". */
  note(text: string): void;
}

/** A reporter that keeps counters and issues, and shows nothing. */
export function silentReporter(phase = ""): Reporter & { readonly issues: ItemIssue[] } {
  const issues: ItemIssue[] = [];
  const counters = newCounters(phase);
  return {
    counters,
    issues,
    wantsItems: false,
    issue: (issue) => {
      counters.issues += 1;
      issues.push(issue);
    },
    item: () => undefined,
    note: () => undefined,
  };
}
