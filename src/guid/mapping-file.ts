import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { AppError } from "../shared/errors.ts";
import type { MappingEntry } from "./mapping-entry.ts";
import { badMapping, unreadableMapping } from "./mapping-errors.ts";
import { MappingFault, MappingParser } from "./mapping-parser.ts";

/** Bytes read at once; the entries of one piece are all that is in memory. */
const PIECE_BYTES = 64 * 1024;

/** A mapping that is open: it can be gone through several times and is held to be the same each time. */
export class MappingFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #stamp: string;

  private constructor(path: string, handle: FileHandle, stamp: string) {
    this.path = path;
    this.#handle = handle;
    this.#stamp = stamp;
  }

  /** `path` is absolute. Throws E_CONFIG. */
  static async open(path: string): Promise<MappingFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, "r");
      return new MappingFile(path, handle, await stampOf(handle));
    } catch (error) {
      await handle?.close();
      throw unreadableMapping(path, error);
    }
  }

  /** All entries in the order of the file, those of one piece together. Throws E_CONFIG for what is no mapping. */
  async *batches(signal?: AbortSignal): AsyncGenerator<readonly MappingEntry[]> {
    const parser = new MappingParser();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
    for (let at = 0; ;) {
      signal?.throwIfAborted();
      const bytesRead = await this.#read(piece, at);
      at += bytesRead;
      const entries = this.#guard(() => {
        const found = parser.push(decoder.decode(piece.subarray(0, bytesRead), { stream: bytesRead > 0 }));
        if (bytesRead === 0) parser.end();
        return found;
      });
      if (entries.length > 0) yield entries;
      if (bytesRead === 0) break;
    }
    if ((await stampOf(this.#handle)) !== this.#stamp) throw changed(this.path);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #read(piece: Buffer, at: number): Promise<number> {
    try {
      return (await this.#handle.read(piece, 0, piece.length, at)).bytesRead;
    } catch (error) {
      throw unreadableMapping(this.path, error);
    }
  }

  #guard<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (error instanceof MappingFault) throw badMapping(this.path, error.message);
      // The decoder's way of refusing bytes.
      if (error instanceof TypeError) throw badMapping(this.path, "it is not text in UTF-8");
      throw error;
    }
  }
}

async function stampOf(handle: FileHandle): Promise<string> {
  const { size, mtimeNs, ino } = await handle.stat({ bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

function changed(path: string): AppError {
  return new AppError({
    code: "E_CONFIG",
    what: `the mapping ${path} changed while it was read`,
    why: "somebody wrote to it",
    hint: "run again when nobody does",
  });
}
