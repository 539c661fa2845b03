import type { FileHandle } from "node:fs/promises";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { toHex } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { systemReason } from "../shared/system-reason.ts";

/** Text that waits before it is written. */
const PENDING_CHARS_MAX = 256 * 1024;
const TEMP_NAME_BYTES = 6;
const MODE_OF_NEW = 0o644;

/**
 * Writes a mapping beside the old one and puts it in its place when it is whole and on the disk: a crash leaves the old mapping or the new
 * one, never half of one. JSON in ASCII, so that a program that guesses the encoding guesses right.
 */
export class MappingWriter {
  readonly #path: string;
  readonly temp: string;
  readonly #handle: FileHandle;
  #pending = "{";
  #entries = 0;

  private constructor(path: string, temp: string, handle: FileHandle) {
    this.#path = path;
    this.temp = temp;
    this.#handle = handle;
  }

  /** Throws E_TARGET_ROOT when the folder cannot be written to. */
  static async create(path: string, random: Random): Promise<MappingWriter> {
    const temp = join(dirname(path), `.${basename(path).slice(0, 200)}.${toHex(random.bytes(TEMP_NAME_BYTES))}.tmp`);
    try {
      // Whoever could read the old mapping can read the new one, and nobody else.
      const mode = await stat(path).then(
        (old) => old.mode & 0o777,
        () => MODE_OF_NEW,
      );
      const handle = await open(temp, "wx", mode);
      return new MappingWriter(path, temp, handle);
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Await it: it waits now and then until the disk has followed. */
  async add(guid: string, path: string): Promise<void> {
    this.#pending += `${this.#entries === 0 ? "\n" : ",\n"}${asciiJson(guid)}: ${asciiJson(path)}`;
    this.#entries += 1;
    if (this.#pending.length >= PENDING_CHARS_MAX) await this.#write();
  }

  /** Makes it the mapping. */
  async commit(): Promise<void> {
    this.#pending += this.#entries === 0 ? "}\n" : "\n}\n";
    try {
      await this.#write();
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.temp, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      await this.abandon();
      throw unwritable(this.#path, error);
    }
  }

  /** Leaves the old mapping as it is; harmless after `commit`. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.temp, { force: true });
  }

  async #write(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    try {
      await this.#handle.appendFile(text);
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function asciiJson(text: string): string {
  // eslint-disable-next-line no-control-regex
  return JSON.stringify(text).replace(/[^\x00-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function unwritable(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError({
    code: "E_TARGET_ROOT",
    what: `cannot write the mapping ${path}`,
    why: systemReason(error, "writing failed"),
    hint: "choose a file in a folder you may write to, with --mapping",
    cause: error,
  });
}
