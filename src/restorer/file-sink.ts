import type { OpenRepository } from "../repository/repository.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { Target } from "../source/target.ts";
import type { Reporter } from "../telemetry/events.ts";
import { FILE_ACTION } from "./file-columns.ts";
import type { IssueLog } from "./issue-log.ts";
import { type FileToPlan, PlannedFiles } from "./planned-files.ts";
import type { RestorePool } from "./restore-pool.ts";
import type { ThereFacts } from "./restore-target.ts";
import { newCounts, type RestoreCounts, RestoreWindow, WINDOW_CHUNKS_MAX, WINDOW_FILES_MAX } from "./restore-window.ts";

/** Files of the first window of each restore: some tenths of a second of work for the threads, while the walk goes on. */
const FIRST_WINDOW_FILES_MAX = 8192;

/** Where regular files go that are to be restored. */
export interface FileSink {
  readonly counts: RestoreCounts;
  /** `there` is what is in the file's place now. */
  add(file: FileToPlan, there: ThereFacts | undefined): MaybePromise<void>;
  /** Resolves when everything added so far is settled. */
  flush(): Promise<void>;
  /** Resolves when nothing is under way any more, whatever became of it. */
  settle(): Promise<void>;
}

/** What sinks tell the run. */
export interface SinkEvents {
  readonly reporter: Reporter;
  readonly issues: IssueLog;
  readonly restored: (path: ByteString, size: number) => void;
  /** Told of each file that could not be restored, beside its issue. */
  readonly lost: (path: ByteString) => void;
  /** Resolves when the directories of all files added so far are there. */
  readonly directoriesMade: () => Promise<void>;
}

export interface WindowedFilesOptions extends SinkEvents {
  readonly repository: OpenRepository;
  readonly target: Target;
  readonly pool: RestorePool;
  readonly counters: Int32Array;
  readonly verify: boolean;
  readonly signal: AbortSignal;
}

/**
 * Restores files, a window of them at a time: one is restored while the walk fills the next. The first is small, so that threads
 * have something to do soon.
 */
export class WindowedFiles implements FileSink {
  readonly counts: RestoreCounts = newCounts();
  readonly #options: WindowedFilesOptions;
  #files = new PlannedFiles();
  #filesMax = FIRST_WINDOW_FILES_MAX;
  /** The window under way. Never rejects: what it failed with is in `#failure`. */
  #running: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WindowedFilesOptions) {
    this.#options = options;
  }

  add(file: FileToPlan): MaybePromise<void> {
    this.#files.add(file);
    return this.#files.count >= this.#filesMax || this.#files.chunkCount >= WINDOW_CHUNKS_MAX ? this.#next() : undefined;
  }

  async flush(): Promise<void> {
    await this.#next();
    await this.#running;
    this.#throwFailure();
  }

  async settle(): Promise<void> {
    await this.#running;
  }

  /** Starts the window that was filled, once the one before it is done: threads count down rows in one table. */
  async #next(): Promise<void> {
    const files = this.#files;
    this.#files = new PlannedFiles();
    this.#filesMax = WINDOW_FILES_MAX;
    await this.#running;
    this.#throwFailure();
    if (files.count === 0) return;
    this.#running = this.#restore(files).catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  async #restore(files: PlannedFiles): Promise<void> {
    const { repository, reporter, issues, verify, directoriesMade, ...options } = this.#options;
    await directoriesMade();
    const loaded = await repository.index();
    const window = new RestoreWindow(files, { ...options, loaded, counts: this.counts, progress: reporter.counters, issue: issues.add });
    await window.run();
    if (verify) await window.verify();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** Counts what would be restored. A file of the right size and time is taken for unchanged: a dry run reads no content. */
export class CountedFiles implements FileSink {
  readonly counts: RestoreCounts = newCounts();
  readonly #restored: SinkEvents["restored"];

  constructor({ restored }: Pick<SinkEvents, "restored">) {
    this.#restored = restored;
  }

  add({ directory, entry, action }: FileToPlan, there: ThereFacts | undefined): void {
    if (action === FILE_ACTION.mend && there?.size === entry.size && there.modifiedNs === entry.modifiedNs) {
      this.counts.filesUnchanged += 1;
      return;
    }
    this.counts.filesRestored += 1;
    this.counts.bytesWritten += entry.size;
    this.#restored(joinPath(directory, entry.name), entry.size);
  }

  async flush(): Promise<void> {}

  async settle(): Promise<void> {}
}
