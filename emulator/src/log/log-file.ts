import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";

/** What is waiting for the disk may grow to this; entries beyond it are counted instead of kept. */
const PENDING_BYTES_MAX = 16 * 1024 * 1024;

/** Appends lines to a file, never holding up a request. */
export class LogFile {
  readonly #stream: WriteStream;
  #lost = 0;
  #failure: Error | undefined;

  private constructor(stream: WriteStream) {
    this.#stream = stream;
    stream.on("error", (error) => {
      this.#failure ??= error;
    });
  }

  /** Opens the file for appending. Throws the system's error when that cannot be. */
  static async open(path: string): Promise<LogFile> {
    const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
    await once(stream, "open");
    return new LogFile(stream);
  }

  write(entry: object): void {
    if (this.#failure !== undefined || this.#stream.writableLength > PENDING_BYTES_MAX) this.#lost += 1;
    else this.#stream.write(`${JSON.stringify(entry)}\n`);
  }

  /** Entries that did not reach the file, because the disk was too slow or failed. */
  get lost(): number {
    return this.#lost;
  }

  /** Writes out what is pending. Throws what went wrong with the file since it was opened. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#stream.end();
      await once(this.#stream, "close").catch(() => undefined);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
