import type { ProgressCounters } from "../telemetry/events.ts";
import type { CliContext } from "./context.ts";
import { ProgressRate } from "./progress-rate.ts";
import { progressBlock, progressLine } from "./progress-text.ts";
import type { ProgressWords } from "./progress-text.ts";
import type { StatusBody } from "./event-types.ts";
import type { Output } from "./output.ts";
import type { Terminal } from "./terminal.ts";

const REDRAW_MS = 200;
const EVENT_MS = 1_000;
const PLAIN_LINE_MS = 60_000;

export interface ProgressOptions {
  readonly context: CliContext;
  readonly output: Output;
  readonly terminal: Terminal;
  readonly words: ProgressWords;
  /** False for `--quiet` and `--no-progress`: only SIGUSR2 shows anything. */
  readonly visible: boolean;
}

/** Shows the counters of a running operation until stopped: a live block, a line a minute, or events. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #counters: ProgressCounters;
  readonly #rate: ProgressRate;
  readonly #undo: (() => void)[] = [];

  constructor(counters: ProgressCounters, options: ProgressOptions) {
    this.#options = options;
    this.#counters = counters;
    this.#rate = new ProgressRate(options.context.clock.monotonicMs(), counters);
    const { context, output, terminal, visible } = options;
    this.#undo.push(context.onSignal("SIGUSR2", () => this.#showNow()));
    if (output.json) this.#undo.push(context.every(EVENT_MS, () => this.#writeEvent()));
    else if (visible && terminal.canRedraw) this.#undo.push(context.every(REDRAW_MS, () => this.#redraw()));
    else if (visible) this.#undo.push(context.every(PLAIN_LINE_MS, () => this.#showNow()));
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#options.terminal.clear();
  }

  #sample(): void {
    this.#rate.sample(this.#options.context.clock.monotonicMs(), this.#counters);
  }

  #redraw(): void {
    this.#sample();
    const { terminal, words, context } = this.#options;
    terminal.draw(progressBlock(this.#counters, this.#rate, { words, columns: context.stderr.columns }));
  }

  #showNow(): void {
    this.#sample();
    this.#options.terminal.message(progressLine(this.#counters, this.#rate, this.#options.words));
  }

  #writeEvent(): void {
    this.#sample();
    this.#options.output.event(statusBody(this.#counters, this.#rate));
  }
}

/** The counters as an event. */
export function statusBody(
  counters: ProgressCounters,
  rate: Pick<ProgressRate, "elapsedMs" | "fractionDone" | "msLeft">,
  note?: string,
): StatusBody {
  return {
    message_type: "status",
    phase: counters.phase,
    elapsed_seconds: Math.round(rate.elapsedMs) / 1000,
    fraction_done: rate.fractionDone,
    seconds_left: rate.msLeft === undefined ? undefined : Math.round(rate.msLeft / 1000),
    files: counters.files,
    files_done: counters.filesDone,
    directories: counters.directories,
    bytes: counters.bytes,
    bytes_done: counters.bytesDone,
    bytes_stored: counters.bytesStored,
    totals_known: counters.totalsKnown,
    current: counters.current,
    issues: counters.issues,
    note,
  };
}
