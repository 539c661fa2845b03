import { newCounters } from "../telemetry/events.ts";
import type { ItemIssue, ProgressCounters, Reporter } from "../telemetry/events.ts";
import { statusBody } from "./progress.ts";
import { formatBytes, formatCount } from "./format-text.ts";
import type { Output } from "./output.ts";
import type { Terminal } from "./terminal.ts";

/** Problems of one kind that are listed by name; the rest is counted. */
const ISSUES_LISTED_MAX = 10;

/** Shows what an operation tells: events with `--json`, else messages. Equal problems are grouped. */
export class CliReporter implements Reporter {
  readonly counters: ProgressCounters;
  readonly wantsItems: boolean;
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  readonly #issueCounts = new Map<string, number>();

  constructor(
    phase: string,
    options: { readonly output: Output; readonly terminal: Terminal; readonly verbose: boolean; readonly quiet: boolean },
  ) {
    this.counters = newCounters(phase);
    this.wantsItems = options.verbose;
    this.#output = options.output;
    this.#terminal = options.terminal;
    this.#quiet = options.quiet;
  }

  issue(issue: ItemIssue): void {
    const count = (this.#issueCounts.get(issue.code) ?? 0) + 1;
    this.#issueCounts.set(issue.code, count);
    if (this.#output.json) {
      const { path, code, message, why, hint } = issue;
      this.#output.event({ message_type: "error", path, code, message, why, hint });
    } else if (count <= ISSUES_LISTED_MAX) {
      const why = issue.why === "" ? "" : `: ${issue.why}`;
      const what = issue.message.includes(issue.path) ? issue.message : `${issue.path}: ${issue.message}`;
      this.#terminal.message(`${this.#terminal.style("warning", "problem:")} ${what}${why} [${issue.code}]`);
      // The way out is the same for all of a kind: once is enough.
      if (count === 1 && issue.hint !== "") this.#terminal.message(`${this.#terminal.style("hint", "hint:")}    ${issue.hint}`);
    }
  }

  item(item: Parameters<Reporter["item"]>[0]): void {
    if (this.#output.json) this.#output.event({ message_type: "item", action: item.action, path: item.path, size: item.size });
    else this.#terminal.message(`${item.action.padEnd(10)} ${item.path} ${this.#terminal.style("dim", formatBytes(item.size))}`);
  }

  note(text: string): void {
    if (this.#output.json)
      this.#output.event(statusBody(this.counters, { elapsedMs: 0, fractionDone: undefined, msLeft: undefined }, text));
    else if (!this.#quiet) this.#terminal.message(this.#terminal.style("dim", text));
  }

  /** Says how many problems of each kind were not listed. Call once, when the operation is over. */
  finish(): void {
    if (this.#output.json) return;
    for (const [code, count] of this.#issueCounts) {
      if (count > ISSUES_LISTED_MAX)
        this.#terminal.message(
          `${this.#terminal.style("warning", "problem:")} and ${formatCount(count - ISSUES_LISTED_MAX)} more of this kind [${code}]`,
        );
    }
  }
}
