import type { LoadedIndex } from "../repository/loaded-index.ts";
import { displayBytes, type ByteString } from "../shared/bytes.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { AppError } from "../shared/errors.ts";
import type { Target } from "../source/target.ts";
import type { ProgressCounters } from "../telemetry/events.ts";
import { compareGroups, comparedFiles, compareTask } from "./compare-plan.ts";
import { type ContentPlan, planContent } from "./content-plan.ts";
import { FILE_ACTION } from "./file-columns.ts";
import type { PlannedFiles } from "./planned-files.ts";
import type { RestorePool } from "./restore-pool.ts";
import { FILE_OUTCOME, type FileIssue, LIKENESS, type RestoreTask, type RestoreTaskResult, SHARED_FAILED } from "./restore-protocol.ts";

/** Files and chunks planned together: packs are fetched once within them, and memory stays flat whatever the size of the tree. */
export const WINDOW_FILES_MAX = 98_304;
export const WINDOW_CHUNKS_MAX = 393_216;

/** Counts of a restore, filled in as files are settled. */
export interface RestoreCounts {
  filesRestored: number;
  filesUnchanged: number;
  filesVerified: number;
  bytesWritten: number;
  bytesFetched: number;
}

/** All zero. */
export function newCounts(): RestoreCounts {
  return { filesRestored: 0, filesUnchanged: 0, filesVerified: 0, bytesWritten: 0, bytesFetched: 0 };
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
  readonly restored: (path: ByteString, size: number) => void;
  /** Told of each file that could not be restored, beside its issue. */
  readonly lost: (path: ByteString) => void;
  readonly signal: AbortSignal;
}

/** Restores one window of files: compares those that are there, plans the content of the others by pack, has it written. */
export class RestoreWindow {
  readonly #options: WindowOptions;
  readonly #files: PlannedFiles;
  readonly #failed = new Set<number>();
  /** Shared files that this window made, under their final names. */
  readonly #made = new Set<number>();
  /** Files that were found to have the right content. */
  readonly #unchanged = new Set<number>();
  readonly #done: Uint8Array;

  constructor(files: PlannedFiles, options: WindowOptions) {
    this.#files = files;
    this.#options = options;
    this.#done = new Uint8Array(files.count);
  }

  async run(): Promise<void> {
    const differing = await this.#compare();
    const plan = planContent(this.#files, (file) => differing.get(file), this.#options.loaded);
    for (const file of plan.lost) this.#lose(file);
    await this.#makeShared(plan);
    await this.#all(plan.taskCount, (at) => {
      const { task, files } = plan.task(at);
      return { task, receive: (result) => this.#receive(files, result) };
    });
    for (const file of this.#failed) {
      this.#options.lost(this.#files.path(file));
      await this.#removePartial(file);
    }
  }

  /** Reads everything that was restored back and compares it with what the snapshot says. */
  async verify(): Promise<void> {
    const groups = compareGroups(
      this.#files,
      [...this.#done.keys()].filter((file) => this.#done[file] === 1),
    );
    await this.#all(groups.length, (at) => {
      const group = groups[at] ?? new Uint32Array(0);
      return {
        task: compareTask(this.#files, group),
        receive: (result) => {
          for (const { file, likeness, differing } of comparedFiles(this.#files, group, result)) {
            if (likeness === LIKENESS.alike && differing.size === 0) this.#options.counts.filesVerified += 1;
            else this.#options.issue(this.#files.path(file), wrongAfterWriting(this.#files.path(file)));
          }
        },
      };
    });
  }

  /** Reads existing files that may be mended; gives the chunks to write for each of them. Those that turn out not to be mendable are replaced. */
  async #compare(): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
    const wanted = new Map<number, ReadonlySet<number>>();
    const mends: number[] = [];
    for (let file = 0; file < this.#files.count; file += 1) if (this.#files.facts.actions[file] === FILE_ACTION.mend) mends.push(file);
    const groups = compareGroups(this.#files, mends);
    await this.#all(groups.length, (at) => {
      const group = groups[at] ?? new Uint32Array(0);
      return {
        task: compareTask(this.#files, group),
        receive: (result) => {
          for (const { file, likeness, differing } of comparedFiles(this.#files, group, result)) {
            if (likeness === LIKENESS.notMendable) {
              this.#files.replace(file);
              continue;
            }
            if (likeness === LIKENESS.alike && differing.size === 0) this.#unchanged.add(file);
            // Whatever was found, the file is finished again: its metadata may differ.
            wanted.set(file, differing);
          }
        },
      };
    });
    return wanted;
  }

  /** Files that several tasks write are made first, empty, in place. */
  async #makeShared(plan: ContentPlan): Promise<void> {
    const { target, counters } = this.#options;
    const files = this.#files;
    for (const [at, { file, rows }] of plan.shared.entries()) {
      counters[at] = rows;
      const action = files.facts.actions[file];
      if (action === FILE_ACTION.mend) continue;
      try {
        if (action === FILE_ACTION.replace) await target.remove(files.directory(file), files.name(file));
        const made = await target.createFile(files.directory(file), files.name(file), false);
        this.#made.add(file);
        try {
          await made.truncate(files.size(file));
        } finally {
          await made.abandon();
        }
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        counters[at] = SHARED_FAILED;
        this.#fail(file, error);
      }
    }
  }

  async #all(count: number, make: (at: number) => { task: RestoreTask; receive: (result: RestoreTaskResult) => void }): Promise<void> {
    const { pool, signal } = this.#options;
    const running: Promise<void>[] = [];
    for (let at = 0; at < count; at += 1) {
      await pool.room();
      signal.throwIfAborted();
      const { task, receive } = make(at);
      const run = pool.submit(task).then(receive);
      run.catch(() => undefined);
      running.push(run);
    }
    await Promise.all(running);
    signal.throwIfAborted();
  }

  #receive(files: Uint32Array, result: RestoreTaskResult): void {
    const { counts, progress, restored } = this.#options;
    counts.bytesWritten += result.bytesWritten;
    counts.bytesFetched += result.bytesFetched;
    progress.bytesDone += result.bytesWritten;
    progress.bytesStored += result.bytesFetched;
    for (const issue of result.issues) this.#taskIssue(files[issue.file] ?? 0, issue);
    for (const [at, outcome] of result.outcomes.entries()) {
      const file = files[at] ?? 0;
      if (outcome === FILE_OUTCOME.failed) this.#failed.add(file);
      if (outcome !== FILE_OUTCOME.done) continue;
      this.#done[file] = 1;
      if (this.#unchanged.has(file)) counts.filesUnchanged += 1;
      else counts.filesRestored += 1;
      progress.filesDone += 1;
      restored(this.#files.path(file), this.#files.size(file));
    }
  }

  /** A remark about a finished file, or why it failed: the latter once, however many tasks ran into it. */
  #taskIssue(file: number, { code, what, why, hint }: FileIssue): void {
    if (this.#failed.has(file)) return;
    this.#options.issue(this.#files.path(file), new AppError({ code: code as ErrorCode, what, why, hint }));
  }

  #fail(file: number, error: AppError): void {
    if (!this.#failed.has(file)) this.#options.issue(this.#files.path(file), error);
    this.#failed.add(file);
  }

  #lose(file: number): void {
    this.#fail(
      file,
      new AppError({
        code: "E_CORRUPT",
        what: `cannot restore ${displayBytes(this.#files.path(file))}`,
        why: "a part of its content is in no index segment of the repository",
        hint: "run `varve check` to see what is affected",
      }),
    );
  }

  /** Half a file must not look like a whole one. What was there before and could not be mended stays, and is reported. */
  async #removePartial(file: number): Promise<void> {
    if (!this.#made.has(file)) return;
    try {
      await this.#options.target.remove(this.#files.directory(file), this.#files.name(file));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
}

function wrongAfterWriting(path: ByteString): AppError {
  return new AppError({
    code: "E_TARGET",
    what: `${displayBytes(path)} does not read back as it was written`,
    why: "the target gave other bytes than were written to it, or somebody changed it meanwhile",
    hint: "restore it again; if it happens again, check the disk of the target",
  });
}
