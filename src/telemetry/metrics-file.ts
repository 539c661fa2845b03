import { open, type FileHandle } from "node:fs/promises";
import { must } from "../shared/assert.ts";
import { AppError, systemCode } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";

/** How every log begins: by this it is known again. */
export const LOG_START = '{"format":"varve metrics log"';
/** The same after somebody's formatter. */
const LOG_START_ANYHOW = /^\uFEFF?\s*\{\s*"format"\s*:\s*"varve metrics log"/;
/** Part of a file that is looked at to see whether it is a log, bytes. */
const LOOK_BYTES = 1024;
/**
 * The logs of other programs, one of which users of `varve guid` have under the same name: objects, in a list or one a line, whose
 * first has a key such as `cpu_percent`.
 */
const OTHER_LOG = /^\s*\[?\s*\{[^{}]*"(?:cpu|mem|disk)\w*"\s*:/i;
const SPACE = 0x20;

/** The part of a file handle that a log is written through. */
export type LogHandle = Pick<FileHandle, "write" | "truncate" | "close">;

/**
 * A JSON document that is whole after every write: a head, a list of samples one a line, and a tail that closes it. Samples are put
 * in place of the tail, and the tail behind them, in one write. When the document becomes shorter, blanks fill it up until the
 * file is cut, so that it is whole in between too.
 */
export class MetricsFile {
  readonly #handle: LogHandle;
  readonly #head: Uint8Array;
  /** Where the line of each sample begins, and behind them where the next would. */
  readonly #offsets: number[];
  #length = 0;

  /** `head` opens a list: what is written are the list's members and the `tail`, which closes it. */
  constructor(handle: LogHandle, head: string) {
    this.#handle = handle;
    this.#head = Buffer.from(head);
    this.#offsets = [this.#head.length];
  }

  /** Writes the head and a tail. */
  async start(tail: string): Promise<void> {
    await this.#put(Buffer.concat([this.#head, Buffer.from(tail)]), 0);
  }

  /**
   * Replaces all samples from the one at `index` by these, and the tail by this. After a failure the same call, or one with an
   * earlier index, mends the file.
   */
  async replace(index: number, samples: readonly string[], tail: string): Promise<void> {
    const from = must(this.#offsets[index], `a log has ${index} samples`);
    const lines = samples.map((sample, at) => Buffer.from(index + at === 0 ? `\n${sample}` : `,\n${sample}`));
    await this.#put(Buffer.concat([...lines, Buffer.from(tail)]), from);
    this.#offsets.length = index + 1;
    let end = from;
    for (const line of lines) this.#offsets.push((end += line.length));
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #put(text: Uint8Array, position: number): Promise<void> {
    const end = position + text.length;
    const filled = end < this.#length ? Buffer.concat([text, Buffer.alloc(this.#length - end, SPACE)]) : text;
    this.#length = Math.max(this.#length, end);
    for (let done = 0; done < filled.length;) {
      const { bytesWritten } = await this.#handle.write(filled, done, filled.length - done, position + done);
      done += bytesWritten;
    }
    if (end < this.#length) await this.#handle.truncate(end);
    this.#length = end;
  }
}

/**
 * Opens the file of a new log. What is there is replaced only when it is empty or a log of measurements itself: a slip of the hand
 * must not cost a file. @throws AppError E_USAGE
 */
export async function openLogFile(path: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await openForWriting(path);
    const facts = await handle.stat();
    if (!facts.isFile()) throw logRefused(path, "it is not a plain file");
    if (facts.size > 0 && !(await isLog(handle))) throw logRefused(path, "a file is there that is no metrics log");
    await handle.truncate(0);
    return handle;
  } catch (error) {
    await handle?.close();
    throw error instanceof AppError ? error : logRefused(path, systemReason(error, "it cannot be opened"), error);
  }
}

/** Opened for reading too, to see what is there; never through the creation of a file that somebody else just made. */
async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx+");
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    return await open(path, "r+");
  }
}

/** True for what starts as a log does. */
export function isMetricsLog(text: string): boolean {
  return LOG_START_ANYHOW.test(text);
}

async function isLog(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOK_BYTES), 0, LOOK_BYTES, 0);
  const start = buffer.toString("utf8", 0, bytesRead);
  return isMetricsLog(start) || OTHER_LOG.test(start);
}

/** The error of a log that cannot be started. */
export function logRefused(path: string, why: string, cause?: unknown): AppError {
  return new AppError({
    code: "E_USAGE",
    what: `cannot write the metrics log ${path}`,
    why,
    hint: "name another file with --metrics-log",
    cause,
  });
}
