import type { MaybePromise } from "../shared/pool.ts";
import type { FileJob } from "./file-queue.ts";
import { HardLinks } from "./hard-links.ts";
import type { SourceWriter } from "./source-writer.ts";

export interface FileFeedOptions {
  /** Index of the source's reader in the lanes. */
  readonly source: number;
  /** Where content and pages go; opened when the first of either is to be stored. */
  readonly writer: () => Promise<SourceWriter>;
  readonly signal: AbortSignal;
}

/** Feeds the files of one source to the lanes, each once however many hard links it has. Waits only where the queue does. */
export class FileFeed {
  readonly #options: FileFeedOptions;
  readonly #links = new HardLinks();
  #opened: Promise<SourceWriter> | undefined;
  /** The writer once it is open, to be used without waiting. */
  #ready: SourceWriter | undefined;

  constructor(options: FileFeedOptions) {
    this.#options = options;
  }

  /** Opens the writer at the first call. */
  writer(): Promise<SourceWriter> {
    this.#opened ??= this.#options.writer().then((writer) => {
      this.#ready = writer;
      return writer;
    });
    return this.#opened;
  }

  /** Begins to open the writer, for use later: its threads start while the walk goes on. Whoever uses it sees what went wrong. */
  prepare(): void {
    this.writer().catch(() => undefined);
  }

  /** Has a file read; `done` gets what came of it. What this returns must be awaited, see `FileQueue.add`. */
  read(file: Omit<FileJob, "source">): MaybePromise<void> {
    const { source, signal } = this.#options;
    signal.throwIfAborted();
    const { directory, name, node, old, done } = file;
    const job = { source, directory, name, node, done, ...(old && { old }) };
    if (this.#ready === undefined) return this.writer().then(({ queue }) => this.#queue(queue, job));
    return this.#queue(this.#ready.queue, job);
  }

  /** Where the walk may wait: it stops here when it is to stop, and pages to come get room in the index. */
  async pause(): Promise<void> {
    this.#options.signal.throwIfAborted();
    await this.#ready?.queue.keepRoom();
  }

  /** Resolves when every file has been handed back. */
  async drain(): Promise<void> {
    await (await this.#opened)?.queue.drain();
  }

  #queue(queue: SourceWriter["queue"], job: FileJob): MaybePromise<void> {
    return job.node.links <= 1 ? queue.add(job) : this.#queueLinked(queue, job);
  }

  async #queueLinked(queue: SourceWriter["queue"], job: FileJob): Promise<void> {
    const first = await this.#links.join({ node: job.node, done: job.done, readAlone: () => queue.addLater(job) });
    if (first !== undefined) await queue.add({ ...job, done: first });
  }
}
