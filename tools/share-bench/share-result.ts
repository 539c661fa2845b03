import type { LargeResult } from "./large-file.ts";
import type { StepResult } from "./run-step.ts";
import type { SyntheticResult } from "./synthetic-scan.ts";

/** Steps that goals and ratios are about, by the names they have in the tables. */
export const STEP = {
  scan: "scan",
  scanAgain: "scan, no change",
  backup: "first backup",
  noChange: "backup, no change",
  changed: "backup, 1 % changed",
  restore: "restore into a new share",
  copyOut: "copy to a folder",
  syncNoChange: "sync, no change",
  syncChanged: "sync, 1 % changed",
  copyIn: "copy into a new share",
} as const;

/** One run of everything. */
export interface ShareBenchResult {
  readonly machine: string;
  readonly share: {
    readonly files: number;
    /** Larger than what one request may carry, 4 MiB. */
    readonly largeFiles: number;
    /** The root included. */
    readonly directories: number;
    readonly bytes: number;
    /** What was changed, in words. */
    readonly churn: string;
  };
  readonly steps: readonly StepResult[];
  readonly large: LargeResult;
  readonly synthetic: readonly SyntheticResult[];
  /** What came out otherwise than it went in: figures of such a run mean nothing. */
  readonly problems: readonly string[];
}

/** Requests of one step; of one kind when an operation is named. */
export function requestsOf({ counters }: Pick<StepResult, "counters">, operation?: string): number {
  return operation === undefined ? counters.total.requests : (counters.operations[operation]?.requests ?? 0);
}

/** The step of that name. Throws when it was not measured. */
export function stepOf({ steps }: Pick<ShareBenchResult, "steps">, name: string): StepResult {
  const found = steps.find((step) => step.name === name);
  if (found === undefined) throw new Error(`no step ${name} was measured`);
  return found;
}
