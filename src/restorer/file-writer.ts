import type { Extent } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { displayBytes, joinPath } from "../shared/bytes.ts";
import { AppError, toAppError } from "../shared/errors.ts";
import type { Target, TargetFile } from "../source/target.ts";
import { FILE_ACTION, type FileTable } from "./file-columns.ts";
import { FILE_OUTCOME, type FileIssue, SHARED_FAILED } from "./restore-protocol.ts";

/** The file being written now. */
interface OpenFile {
  readonly at: number;
  readonly file: TargetFile;
  rows: number;
}

/** Writes the files of one task, one after the other; keeps account of what became of each. */
export class FileWriter {
  readonly #target: Target;
  readonly #table: FileTable;
  readonly #counters: Int32Array;
  readonly outcomes: Uint8Array;
  readonly issues: FileIssue[] = [];
  bytesWritten = 0;
  #open: OpenFile | undefined;

  constructor(target: Target, table: FileTable, counters: Int32Array) {
    this.#target = target;
    this.#table = table;
    this.#counters = counters;
    this.outcomes = new Uint8Array(table.count).fill(FILE_OUTCOME.partial);
  }

  /** True when nothing more needs to be done for the file. */
  hasFailed(at: number): boolean {
    return this.outcomes[at] === FILE_OUTCOME.failed;
  }

  /** Writes bytes at a place of the file's content; opens it when it is not the one of the last call. */
  async write(at: number, bytes: Uint8Array, position: number): Promise<void> {
    try {
      const open = await this.#use(at);
      const extents = this.#table.extents(at);
      if (extents === undefined) {
        const writing = open.file.write(bytes, position);
        if (writing instanceof Promise) await writing;
      } else await writeExtents(open.file, bytes, { position, extents });
      open.rows += 1;
      this.bytesWritten += bytes.length;
      if (open.rows === this.#table.columns.rowCounts[at]) await this.#end(open);
    } catch (error) {
      await this.fail(at, error);
    }
  }

  /** A file without any content. */
  async writeEmpty(at: number): Promise<void> {
    try {
      await this.#end(await this.#use(at));
    } catch (error) {
      await this.fail(at, error);
    }
  }

  /** Gives a file up: what was written of it is no file anybody should take for whole. */
  async fail(at: number, error: unknown): Promise<void> {
    if (this.#open?.at === at) {
      const { file } = this.#open;
      this.#open = undefined;
      await Promise.resolve(file.abandon()).catch(() => undefined);
    }
    if (this.outcomes[at] !== FILE_OUTCOME.failed) this.#issue(at, error);
    this.outcomes[at] = FILE_OUTCOME.failed;
    const shared = this.#table.columns.shared[at] ?? 0;
    if (shared > 0) Atomics.store(this.#counters, shared - 1, SHARED_FAILED);
  }

  /** Closes what is still open. To be called once, last. */
  async close(): Promise<void> {
    if (this.#open !== undefined) await this.#leave(this.#open);
    this.#open = undefined;
  }

  async #use(at: number): Promise<OpenFile> {
    if (this.#open?.at === at) return this.#open;
    if (this.#open !== undefined) {
      const left = this.#open;
      this.#open = undefined;
      await this.#leave(left);
    }
    const opening = this.#openFile(at);
    this.#open = { at, file: opening instanceof Promise ? await opening : opening, rows: 0 };
    return this.#open;
  }

  #openFile(at: number): TargetFile | Promise<TargetFile> {
    const directory = this.#table.directory(at);
    const name = this.#table.name(at);
    const action = this.#table.action(at);
    if ((this.#table.columns.shared[at] ?? 0) === 0 && action !== FILE_ACTION.mend) {
      return this.#target.createFile(directory, name, action === FILE_ACTION.replace);
    }
    const opening = this.#target.openExisting(directory, name);
    const found = (file: TargetFile | undefined): TargetFile => {
      if (file === undefined) throw replacedMeanwhile(displayBytes(joinPath(directory, name)));
      return file;
    };
    return opening instanceof Promise ? opening.then(found) : found(opening);
  }

  /** All rows of the file in this task are written. */
  async #end(open: OpenFile): Promise<void> {
    this.#open = undefined;
    const shared = this.#table.columns.shared[open.at] ?? 0;
    if (shared > 0 && this.#countDown(shared, open.rows) !== 0) {
      await open.file.abandon();
      return;
    }
    await this.#finish(open);
  }

  /** Some rows of a shared file: another run of rows follows, here or elsewhere. */
  async #leave(open: OpenFile): Promise<void> {
    const shared = this.#table.columns.shared[open.at] ?? 0;
    if (shared === 0) {
      await this.fail(open.at, new AppError({ code: "E_INTERNAL", what: "a file was left unfinished", why: "its rows did not follow each other" }));
      return;
    }
    const { rows } = open;
    open.rows = 0;
    if (this.#countDown(shared, rows) === 0) await this.#finish(open);
    else await open.file.abandon();
  }

  #countDown(shared: number, rows: number): number {
    return Atomics.sub(this.#counters, shared - 1, rows) - rows;
  }

  async #finish({ at, file }: OpenFile): Promise<void> {
    if (this.#table.extents(at) !== undefined || this.#table.action(at) === FILE_ACTION.mend) {
      const cutting = file.truncate(this.#table.size(at));
      if (cutting instanceof Promise) await cutting;
    }
    const finishing = file.finish(this.#table.entry(at));
    for (const remark of finishing instanceof Promise ? await finishing : finishing) this.#issue(at, remark);
    this.outcomes[at] = FILE_OUTCOME.done;
  }

  #issue(file: number, error: unknown): void {
    const { code, what, why, hint } = toAppError(error);
    this.issues.push({ file, code, what, why, hint });
  }
}

/** Bytes of the content stream of a sparse file go where its extents are. */
async function writeExtents(file: TargetFile, bytes: Uint8Array, place: { position: number; extents: readonly Extent[] }): Promise<void> {
  let streamAt = 0;
  for (const extent of place.extents) {
    const from = Math.max(place.position, streamAt);
    const to = Math.min(place.position + bytes.length, streamAt + extent.length);
    if (from < to) await file.write(bytes.subarray(from - place.position, to - place.position), extent.offset + from - streamAt);
    streamAt += extent.length;
  }
}

function replacedMeanwhile(path: string): AppError {
  return new AppError({
    code: "E_TARGET",
    what: `cannot go on writing ${path}`,
    why: "somebody replaced or removed it during the restore",
    hint: "leave the target alone while it is restored, then run the restore again",
  });
}

/** True for a file that only has to be made: empty, or nothing but holes. */
export function hasNoContent(table: FileTable, at: number): boolean {
  return must(table.columns.rowCounts[at], "file is in the table") === 0;
}
