import { ENTRY_KIND } from "../format/entry.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import { toAppError } from "../shared/errors.ts";
import type { SourceNode } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import type { LaneIssue } from "./lane-protocol.ts";
import type { RunTotals } from "./run-totals.ts";

/** Counts and reports what a walk meets. */
export class RunProgress {
  readonly #totals: RunTotals;
  readonly #reporter: Reporter;
  readonly #root: ByteString;

  /** Paths are reported below `root`, the place of the source. */
  constructor(totals: RunTotals, reporter: Reporter, root: ByteString) {
    this.#totals = totals;
    this.#reporter = reporter;
    this.#root = root;
  }

  directory(): void {
    this.#totals.directories += 1;
    this.#reporter.counters.directories += 1;
  }

  at(path: ByteString): void {
    this.#reporter.counters.current = displayBytes(path);
  }

  /** An entry that is not a directory was found. */
  found(node: SourceNode): void {
    const { counters } = this.#reporter;
    this.#totals.files += 1;
    this.#totals.bytes += contentBytes(node);
    counters.files = Math.max(counters.files, this.#totals.files);
    counters.bytes = Math.max(counters.bytes, this.#totals.bytes);
  }

  /** Nothing more is to be done for it. */
  done(bytes: number): void {
    const { counters } = this.#reporter;
    counters.filesDone += 1;
    counters.bytesDone += bytes;
  }

  /** What became of it, for the summary and for those who want to see each item. */
  tally(
    action: "new" | "changed" | "unmodified" | "moved",
    directory: ByteString,
    { name, size }: Pick<SourceNode, "name" | "size">,
  ): void {
    if (action === "new") this.#totals.filesNew += 1;
    else if (action === "changed") this.#totals.filesChanged += 1;
    else if (action === "moved") this.#totals.filesMoved += 1;
    else this.#totals.filesUnmodified += 1;
    if (this.#reporter.wantsItems) this.#reporter.item({ action, path: this.#shown(joinPath(directory, name)), size });
  }

  removed(count: number): void {
    this.#totals.filesRemoved += count;
  }

  laneIssue(path: ByteString, { code, what, why, hint }: LaneIssue): void {
    this.#totals.issue({ path: this.#shown(path), code, message: what, why, hint });
  }

  /** Reports trouble with one item; everything that is not about the source is thrown. */
  issue(path: ByteString, error: unknown): void {
    const { code, what, why, hint } = toAppError(error);
    if (!code.startsWith("E_SOURCE")) throw error;
    this.#totals.issue({ path: this.#shown(path), code, message: what, why, hint });
  }

  #shown(path: ByteString): string {
    return displayBytes(path === "" ? this.#root : joinPath(this.#root === "/" ? NOTHING : this.#root, path));
  }
}

const NOTHING = "" as ByteString;

/** What a node counts towards content: only files have any. */
export function contentBytes(node: Pick<SourceNode, "kind" | "size">): number {
  return node.kind === ENTRY_KIND.file ? node.size : 0;
}
