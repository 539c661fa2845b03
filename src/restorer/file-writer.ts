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
  /** Its length when it was opened, bytes; undefined for a new one. */
  readonly presentSize: number | undefined;
  rows: number;
}

/** Writes the files of one task, one after the other; keeps account of what became of each. */
export class FileWriter {
  readonly #target: Target;
  readonly #table: FileTable;
  readonly #counters: Int32Array;
  /** 1 for each file that appeared under its final name when this writer opened it. */
  readonly #made: Uint8Array;
  readonly outcomes: Uint8Array;
  readonly issues: FileIssue[] = [];
  bytesWritten = 0;
  #open: OpenFile | undefined;
  readonly #finishing = new Set<Promise<void>>();

  constructor(target: Target, table: FileTable, counters: Int32Array) {
    this.#target = target;
    this.#table = table;
    this.#counters = counters;
    this.#made = new Uint8Array(table.count);
    this.outcomes = new Uint8Array(table.count).fill(FILE_OUTCOME.partial);
  }

  /** True when nothing more needs to be done for the file: it failed here or, when it is shared, anywhere. */
  hasFailed(at: number): boolean {
    if (this.outcomes[at] === FILE_OUTCOME.failed) return true;
    const shared = this.#table.columns.shared[at] ?? 0;
    return shared > 0 && Atomics.load(this.#counters, shared - 1) < 0;
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
    await this.#removeMade(at);
    const shared = this.#table.columns.shared[at] ?? 0;
    if (shared > 0) Atomics.store(this.#counters, shared - 1, SHARED_FAILED);
  }

  /** Closes what is still open. To be called once, last. */
  async close(): Promise<void> {
    await Promise.all(this.#finishing);
    if (this.#open !== undefined) await this.#leave(this.#open);
    this.#open = undefined;
  }

  /** Only what this writer has made: anything else under that name is somebody's file. */
  async #removeMade(at: number): Promise<void> {
    if (this.#made[at] !== 1) return;
    this.#made[at] = 0;
    try {
      await this.#target.remove(this.#table.directory(at), this.#table.name(at));
    } catch (error) {
      this.#issue(at, error);
    }
  }

  async #use(at: number): Promise<OpenFile> {
    if (this.#open?.at === at) return this.#open;
    if (this.#open !== undefined) {
      const left = this.#open;
      this.#open = undefined;
      await this.#leave(left);
    }
    const isNew = (this.#table.columns.shared[at] ?? 0) === 0 && this.#table.action(at) !== FILE_ACTION.mend;
    this.#open = isNew ? await this.#create(at) : await this.#openExisting(at);
    return this.#open;
  }

  async #create(at: number): Promise<OpenFile> {
    const replace = this.#table.action(at) === FILE_ACTION.replace;
    const opening = this.#target.createFile(this.#table.directory(at), this.#table.name(at), replace);
    const file = opening instanceof Promise ? await opening : opening;
    file.reserve?.(this.#table.size(at));
    if (!replace) this.#made[at] = 1;
    return { at, file, presentSize: undefined, rows: 0 };
  }

  async #openExisting(at: number): Promise<OpenFile> {
    const directory = this.#table.directory(at);
    const name = this.#table.name(at);
    const file = await this.#target.openExisting(directory, name);
    if (file === undefined) throw replacedMeanwhile(displayBytes(joinPath(directory, name)));
    return { at, file, presentSize: file.size, rows: 0 };
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
      await this.fail(
        open.at,
        new AppError({ code: "E_INTERNAL", what: "a file was left unfinished", why: "its rows did not follow each other" }),
      );
      return;
    }
    const { rows } = open;
    open.rows = 0;
    try {
      if (this.#countDown(shared, rows) === 0) await this.#finish(open);
      else await open.file.abandon();
    } catch (error) {
      await this.fail(open.at, error);
    }
  }

  #countDown(shared: number, rows: number): number {
    return Atomics.sub(this.#counters, shared - 1, rows) - rows;
  }

  async #finish(open: OpenFile): Promise<void> {
    const { at, file } = open;
    await this.#fitLength(open);
    const filesAtOnce = this.#target.remote?.filesAtOnce;
    if (filesAtOnce !== undefined) return await this.#finishAside(at, file, filesAtOnce);
    const finishing = file.finish(this.#table.entry(at));
    for (const remark of finishing instanceof Promise ? await finishing : finishing) this.#issue(at, remark);
    this.outcomes[at] = FILE_OUTCOME.done;
  }

  /** Over a network many files are finished at once; there is always one more only when there is room. */
  async #finishAside(at: number, file: TargetFile, filesAtOnce: number): Promise<void> {
    while (this.#finishing.size >= filesAtOnce) await Promise.race(this.#finishing);
    const finish = async (): Promise<void> => {
      try {
        for (const remark of await file.finish(this.#table.entry(at))) this.#issue(at, remark);
        this.outcomes[at] = FILE_OUTCOME.done;
      } catch (error) {
        await this.fail(at, error);
      }
    };
    const run: Promise<void> = finish().finally(() => this.#finishing.delete(run));
    this.#finishing.add(run);
  }

  /** Content alone does not make holes at the end, nor does it cut off what was there before. */
  async #fitLength({ at, file, presentSize }: OpenFile): Promise<void> {
    const size = this.#table.size(at);
    const fits = presentSize === undefined ? this.#table.extents(at) === undefined : presentSize === size;
    if (fits) return;
    try {
      await file.truncate(size);
    } catch (error) {
      await file.abandon();
      throw error;
    }
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
