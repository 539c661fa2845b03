import type { FileHandle } from "node:fs/promises";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolders } from "../shared/make-folders.ts";
import { JOURNAL_RECORD_BYTES, isWhole, writeRecord } from "./journal-record.ts";
import type { KnownFile } from "./journal-record.ts";

const PIECE_RECORDS = 1024;
const PIECE_BYTES = PIECE_RECORDS * JOURNAL_RECORD_BYTES;

/**
 * Remembers between runs which content files had, so that a rerun need not read what did not change. It is a hint that may be lost or
 * damaged at any time: a record that is not whole is passed over, and what is not known is read again.
 *
 * A run writes a new file beside the old one and puts it in its place when it ends well. One that was killed leaves both; the next run
 * joins them first, so nothing that was learnt is lost.
 */
export class Journal {
  readonly #path: string | undefined;
  #handle: FileHandle | undefined;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;
  #writing: Promise<unknown> = Promise.resolve();

  /** Without a path nothing is remembered. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** What earlier runs wrote, oldest first, in pieces of whole records. Nothing when it cannot be read. */
  async *pieces(): AsyncGenerator<Buffer> {
    if (this.#path === undefined) return;
    for (const path of [this.#path, `${this.#path}.new`]) {
      const handle = await open(path, "r").catch(() => undefined);
      if (handle === undefined) continue;
      try {
        yield* wholeRecords(handle);
      } finally {
        await handle.close();
      }
    }
  }

  /** Begins the new file. Call after `pieces` has been gone through. Where it cannot be written, nothing is remembered. */
  async begin(): Promise<void> {
    if (this.#path === undefined) return;
    try {
      await makeFolders(dirname(this.#path), 0o700);
      await joinLeftover(this.#path);
      this.#handle = await open(`${this.#path}.new`, "w", 0o600);
      this.#buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    } catch {
      this.#handle = undefined;
    }
  }

  note(print: Uint8Array, known: KnownFile): void {
    if (this.#handle === undefined) return;
    writeRecord(this.#buffer, this.#used, { print, known });
    this.#used += JOURNAL_RECORD_BYTES;
    if (this.#used === PIECE_BYTES) this.#flush(this.#handle);
  }

  /** Ends the file; `complete` when every entry of the mapping was looked at, so that what is not in it is not needed any more. */
  async end(complete: boolean): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined || this.#path === undefined) return;
    this.#handle = undefined;
    this.#flush(handle);
    await this.#writing;
    await handle.close().catch(() => undefined);
    if (complete) await rename(`${this.#path}.new`, this.#path).catch(() => undefined);
    else await joinLeftover(this.#path).catch(() => undefined);
  }

  /** Writes in order, beside the run; a failure costs only what would have been remembered. */
  #flush(handle: FileHandle): void {
    const piece = this.#buffer.subarray(0, this.#used);
    this.#writing = this.#writing.then(() => handle.appendFile(piece)).catch(() => undefined);
    this.#buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    this.#used = 0;
  }
}

/** Appends what a run left behind to the journal proper. */
async function joinLeftover(path: string): Promise<void> {
  const from = await open(`${path}.new`, "r").catch(() => undefined);
  if (from === undefined) return;
  const to = await open(path, "a", 0o600);
  try {
    // A torn record at the end must not shift what follows.
    const { size } = await stat(path);
    await to.truncate(size - (size % JOURNAL_RECORD_BYTES));
    for await (const piece of wholeRecords(from)) await to.appendFile(piece);
  } finally {
    await to.close();
    await from.close();
  }
  await rm(`${path}.new`, { force: true });
}

async function* wholeRecords(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ;) {
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    // What cannot be read is not known.
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, at).catch(() => ({ bytesRead: 0 }));
    const whole = bytesRead - (bytesRead % JOURNAL_RECORD_BYTES);
    if (whole === 0) return;
    at += whole;
    const kept: Buffer[] = [];
    for (let from = 0; from < whole; from += JOURNAL_RECORD_BYTES)
      if (isWhole(piece, from)) kept.push(piece.subarray(from, from + JOURNAL_RECORD_BYTES));
    yield kept.length * JOURNAL_RECORD_BYTES === whole ? piece.subarray(0, whole) : Buffer.concat(kept);
  }
}
