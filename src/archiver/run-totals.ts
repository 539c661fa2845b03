import { MANIFEST_ISSUES_MAX, type ManifestIssue } from "../format/entry.ts";
import type { ItemIssue, Reporter } from "../telemetry/events.ts";

/** What a backup counts over all its sources. */
export class RunTotals {
  filesNew = 0;
  filesChanged = 0;
  filesUnmodified = 0;
  filesMoved = 0;
  filesRemoved = 0;
  files = 0;
  directories = 0;
  bytes = 0;
  bytesRead = 0;
  bytesNew = 0;
  bytesStored = 0;
  issueCount = 0;
  issues: readonly ManifestIssue[] = [];
  readonly #reporter: Reporter;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** Records that one item could not be saved, or not as it should. */
  issue(issue: ItemIssue): void {
    this.issueCount += 1;
    if (this.issues.length < MANIFEST_ISSUES_MAX)
      this.issues = [...this.issues, { path: issue.path, code: issue.code, message: issue.message }];
    this.#reporter.counters.issues = this.issueCount;
    this.#reporter.issue(issue);
  }

  /** The counts as they are now. */
  copy(): Readonly<RunTotals> {
    return Object.assign(new RunTotals(this.#reporter), this);
  }

  /** Goes back to what `copy` kept, but for what has really been read and stored. */
  restore(before: Readonly<RunTotals>): void {
    const { bytesRead, bytesNew, bytesStored } = this;
    Object.assign(this, before, { bytesRead, bytesNew, bytesStored });
  }
}
