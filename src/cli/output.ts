import type { CliContext } from "./context.ts";
import { BrokenPipe } from "./context.ts";
import type { EventBody } from "./event-types.ts";
import { isoTime } from "./format-text.ts";

/** Lines wait here until they are worth a write. */
const PENDING_CHARS_MAX = 64 * 1024;
/** A reader of a slow listing still sees lines this often. */
const PENDING_MS_MAX = 200;

/**
 * The only writer of stdout: lines of text, or with `--json` one event a line.
 * What a person asked for fails when nobody reads it (`BrokenPipe`); what merely accompanies an operation does not.
 */
export class Output {
  readonly json: boolean;
  readonly #context: CliContext;
  readonly #runId: string;
  #pending = "";
  #flushedMs: number;

  constructor(context: CliContext, options: { readonly json: boolean; readonly runId: string }) {
    this.#context = context;
    this.json = options.json;
    this.#runId = options.runId;
    this.#flushedMs = context.clock.monotonicMs();
  }

  /** One piece of the answer: an event with `--json`, else the line; only one is made. Await it, or a slow reader fills the memory. */
  async result(body: () => EventBody, line: () => string): Promise<void> {
    this.#pending += this.json ? this.#encode(body()) : `${line()}\n`;
    const now = this.#context.clock.monotonicMs();
    if (this.#pending.length >= PENDING_CHARS_MAX || now - this.#flushedMs >= PENDING_MS_MAX || this.#context.stdout.isTTY)
      await this.#writePending();
  }

  /** A piece that accompanies work, such as a file that was restored: as `result`, but the work goes on when nobody reads it any more. */
  async itemDone(body: () => EventBody, line: () => string): Promise<void> {
    await this.result(body, line).catch(unlessReaderGone);
  }

  /** A line for people only, such as the summary of what was done: when nobody reads it, what was done still counts. */
  async text(line: string): Promise<void> {
    if (this.json) return;
    await this.bytes(`${line}\n`).catch(unlessReaderGone);
  }

  /** Raw content, as `cat` and `dump` write it. */
  async bytes(data: Uint8Array | string): Promise<void> {
    await this.#writePending();
    await this.#context.stdout.write(data);
  }

  /** An event that accompanies an operation; nothing without `--json`. Never throws: a backup does not fail because its log reader left. */
  event(body: EventBody): void {
    if (!this.json) return;
    this.#pending += this.#encode(body);
    this.#writePending().catch(() => undefined);
  }

  /** Resolves when everything has left the process. Throws when it could not be written, `BrokenPipe` excepted. */
  async finish(): Promise<void> {
    try {
      await this.#writePending();
      await this.#context.stdout.flush();
    } catch (error) {
      if (!(error instanceof BrokenPipe)) throw error;
    }
  }

  async #writePending(): Promise<void> {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    this.#flushedMs = this.#context.clock.monotonicMs();
    await this.#context.stdout.write(text);
  }

  #encode(body: EventBody): string {
    const head = { v: 1, ts: isoTime(this.#context.clock.nowNs()).replace(/\d{6}Z$/, "Z"), run_id: this.#runId };
    return `${encodeJson({ ...head, ...body })}\n`;
  }
}

function unlessReaderGone(error: unknown): void {
  if (!(error instanceof BrokenPipe)) throw error;
}

/** JSON in which integers of any size survive: a bigint becomes its decimal text. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
}
