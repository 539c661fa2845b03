import type { LoadedIndex } from "../repository/loaded-index.ts";
import { must } from "../shared/assert.ts";
import { displayBytes, joinPath, type ByteString } from "../shared/bytes.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { AppError } from "../shared/errors.ts";
import type { Target } from "../source/target.ts";
import type { ProgressCounters } from "../telemetry/events.ts";
import { type ContentPlan, planContent, rowsInFileOrder, type WantedFile } from "./content-plan.ts";
import { columnsOf, FILE_ACTION, type PlannedFile } from "./file-columns.ts";
import type { RestorePool } from "./restore-pool.ts";
import { FILE_OUTCOME, type FileIssue, type RestoreTask, type RestoreTaskResult } from "./restore-protocol.ts";

/** Files planned together: packs are fetched once within them, and memory stays flat whatever the size of the tree. */
export const WINDOW_FILES_MAX = 32_768;

/** Chunks planned together. */
export const WINDOW_CHUNKS_MAX = 262_144;

/** Files and chunks compared by one task. */
const COMPARE_FILES_MAX = 512;
const COMPARE_CHUNKS_MAX = 512;

/** Counts of a restore, filled in as tasks finish. */
export interface RestoreCounts {
  filesRestored: number;
  filesUnchanged: number;
  bytesWritten: number;
  bytesFetched: number;
}

export interface WindowOptions {
  readonly pool: RestorePool;
  readonly loaded: LoadedIndex;
  readonly target: Target;
  /** Shared with the pool's threads; one for each file of a window. */
  readonly counters: Int32Array;
  readonly counts: RestoreCounts;
  readonly progress: ProgressCounters;
  readonly issue: (path: ByteString, error: AppError) => void;
  readonly restored: (file: PlannedFile) => void;
  readonly signal: AbortSignal;
}

/** Restores one window of files: compares those that are there, plans the content of the others by pack, has it written. */
export class RestoreWindow {
  readonly #options: WindowOptions;
  readonly #failed = new Set<PlannedFile>();
  readonly #done = new Set<PlannedFile>();

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Files that are whole now, in no particular order. */
  get done(): ReadonlySet<PlannedFile> {
    return this.#done;
  }

  async run(files: readonly PlannedFile[]): Promise<void> {
    const mends = files.filter(({ action }) => action === FILE_ACTION.mend);
    const others = files.filter(({ action }) => action !== FILE_ACTION.mend);
    const wanted: WantedFile[] = others.map((file) => ({ file, rows: undefined }));
    if (mends.length > 0) wanted.push(...(await this.#compare(mends)));
    const plan = planContent(wanted, this.#options.loaded);
    for (const file of plan.lost) this.#lose(file);
    await this.#makeShared(plan);
    await this.#all(plan.tasks, (result, at) => this.#receive(must(plan.filesOf[at], "a task has files"), result));
    for (const file of this.#failed) await this.#removePartial(file);
  }

  /** Reads existing files and keeps those whose content differs, with the rows to write. */
  async #compare(files: readonly PlannedFile[]): Promise<readonly WantedFile[]> {
    const groups = groupsOf(files);
    const wanted: WantedFile[] = [];
    const tasks = groups.map((group): RestoreTask => {
      const table = columnsOf(group.map((file) => ({ file, rows: file.entry.content.lengths.length })));
      return { type: "compare", files: table, rows: rowsInFileOrder(group) };
    });
    await this.#all(tasks, (result, at) => {
      let row = 0;
      for (const [number, file] of must(groups[at], "a task has files").entries()) {
        const count = file.entry.content.lengths.length;
        const rows = [...result.differs.subarray(row, row + count).keys()].filter((chunk) => result.differs[row + chunk] === 1);
        row += count;
        if (result.unlike[number] !== 1 && rows.length === 0) this.#options.counts.filesUnchanged += 1;
        // Whatever was found, the file is finished again: its metadata may differ.
        wanted.push({ file, rows });
      }
    });
    return wanted;
  }

  /** Files that several tasks write are made first, empty, in place. */
  async #makeShared(plan: ContentPlan): Promise<void> {
    const { target, counters } = this.#options;
    for (const { file, rows } of plan.shared) {
      counters[file.shared - 1] = rows;
      if (file.action === FILE_ACTION.mend) continue;
      try {
        if (file.action === FILE_ACTION.replace) await target.remove(file.directory, file.entry.name);
        const made = await target.createFile(file.directory, file.entry.name, false);
        await made.truncate(file.entry.size);
        await made.abandon();
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        this.#fail(file, error);
      }
    }
  }

  async #all(tasks: readonly RestoreTask[], receive: (result: RestoreTaskResult, at: number) => void): Promise<void> {
    const { pool, signal } = this.#options;
    const running: Promise<void>[] = [];
    for (const [at, task] of tasks.entries()) {
      signal.throwIfAborted();
      await pool.room();
      const run = pool.submit(task).then((result) => receive(result, at));
      run.catch(() => undefined);
      running.push(run);
    }
    await Promise.all(running);
  }

  #receive(files: readonly PlannedFile[], result: RestoreTaskResult): void {
    const { counts, progress, restored } = this.#options;
    counts.bytesWritten += result.bytesWritten;
    counts.bytesFetched += result.bytesFetched;
    progress.bytesDone += result.bytesWritten;
    progress.bytesStored += result.bytesFetched;
    for (const issue of result.issues) this.#taskIssue(must(files[issue.file], "an issue names a file of its task"), issue);
    for (const [at, outcome] of result.outcomes.entries()) {
      const file = must(files[at], "an outcome names a file of its task");
      if (outcome === FILE_OUTCOME.failed) this.#failed.add(file);
      if (outcome !== FILE_OUTCOME.done) continue;
      this.#done.add(file);
      counts.filesRestored += 1;
      progress.filesDone += 1;
      restored(file);
    }
  }

  /** A remark about a finished file, or why it failed: the latter once, however many tasks ran into it. */
  #taskIssue(file: PlannedFile, { code, what, why, hint }: FileIssue): void {
    if (this.#failed.has(file)) return;
    this.#options.issue(pathOf(file), new AppError({ code: code as ErrorCode, what, why, hint }));
  }

  #fail(file: PlannedFile, error: AppError): void {
    if (!this.#failed.has(file)) this.#options.issue(pathOf(file), error);
    this.#failed.add(file);
  }

  #lose(file: PlannedFile): void {
    this.#fail(
      file,
      new AppError({
        code: "E_CORRUPT",
        what: `cannot restore ${displayBytes(pathOf(file))}`,
        why: "a part of its content is in no index segment of the repository",
        hint: "run `varve check` to see what is affected",
      }),
    );
  }

  /** Half a file must not look like a whole one. What was there before and could not be mended stays, and is reported. */
  async #removePartial(file: PlannedFile): Promise<void> {
    if (file.action === FILE_ACTION.mend || this.#done.has(file)) return;
    if (file.action === FILE_ACTION.replace && file.shared === 0) return;
    try {
      await this.#options.target.remove(file.directory, file.entry.name);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
}

export function pathOf(file: PlannedFile): ByteString {
  return joinPath(file.directory, file.entry.name);
}

function groupsOf(files: readonly PlannedFile[]): readonly (readonly PlannedFile[])[] {
  const groups: PlannedFile[][] = [];
  let chunks = 0;
  for (const file of files) {
    const last = groups.at(-1);
    if (last === undefined || last.length >= COMPARE_FILES_MAX || chunks >= COMPARE_CHUNKS_MAX) {
      groups.push([file]);
      chunks = 0;
    } else last.push(file);
    chunks += file.entry.content.lengths.length;
  }
  return groups;
}
