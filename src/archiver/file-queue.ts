import { finishXorHash } from "../chunker/xor-hash.ts";
import type { ChunkIndex } from "../repository/chunk-index.ts";
import type { ChunkRefs } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { OldContent, SourceNode } from "../source/source.ts";
import { type FileOutcome, joinChunks, OutcomeReader } from "./file-outcome.ts";
import type { LanePool } from "./lane-pool.ts";
import {
  BATCH_BYTES_MAX,
  BATCH_FILES_MAX,
  type BatchResult,
  type FileBatch,
  type LaneOldContent,
  type OldPlaces,
  SEGMENT_BYTES,
} from "./lane-protocol.ts";

/** One file to read, and who wants to know. */
export interface FileJob {
  readonly source: number;
  readonly directory: ByteString;
  /** Empty when the source itself is the file. */
  readonly name: ByteString;
  readonly node: SourceNode;
  /** Of a changed file: what it was, and what to ask the source before reading. */
  readonly old?: OldContent;
  readonly done: (outcome: FileOutcome) => MaybePromise<void>;
}

export interface FileQueueOptions {
  readonly pool: LanePool;
  /** The index now; grown through `growIndex`. */
  readonly index: () => ChunkIndex;
  readonly growIndex: (chunks: number) => ChunkIndex;
  readonly chunkBytesMin: number;
  /** Content read, for progress. */
  readonly progress: (result: BatchResult) => void;
  /** Where the chunks of old content are; undefined when some are in no pack that may be used. */
  readonly locate?: (content: ChunkRefs) => OldPlaces | undefined;
  /** Length of the stretches that huge files are read in: whole blocks of the XOR hash. `SEGMENT_BYTES` unless given. */
  readonly segmentBytes?: number;
}

/** New chunks that the main thread itself may add (pages, attributes) between two looks at the index. */
const OWN_CHUNKS_RESERVE = 16 * 1024;

/** Gathers files into batches for the lanes, keeps the shared index large enough, hands results back to whoever asked. */
export class FileQueue {
  readonly #options: FileQueueOptions;
  readonly #segmentBytes: number;
  #jobs: FileJob[] = [];
  #bytes = 0;
  #later: FileJob[] = [];
  #chunksInFlight = 0;
  readonly #running = new Set<Promise<void>>();
  /** What the pool failed with: nothing can be stored any more. */
  #broken: { readonly error: unknown } | undefined;
  /** What somebody who got a result failed with. */
  #refused: { readonly error: unknown } | undefined;

  constructor(options: FileQueueOptions) {
    this.#options = options;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  }

  /**
   * Adds a file. What it returns must be awaited: that is the backpressure from the store up to the walk. Most files only join the
   * open batch, and then there is nothing to wait for. Throws the first failure.
   */
  add(job: FileJob): MaybePromise<void> {
    if (this.#later.length > 0) return this.#addWaiting().then(() => this.#addNow(job));
    return this.#addNow(job);
  }

  #addNow(job: FileJob): MaybePromise<void> {
    const { size, allocatedBytes } = job.node;
    return size >= 2 * this.#segmentBytes && allocatedBytes >= size ? this.#addSegments(job) : this.#put(job);
  }

  /** Adds a file from inside a result's callback, which must not wait for the queue: it is read, in one piece, after that. */
  addLater(job: FileJob): void {
    this.#later.push(job);
  }

  /** Keeps the index large enough for what the main thread itself adds: the walk calls it where it may wait. */
  async keepRoom(): Promise<void> {
    await this.#makeRoomInIndex(0);
  }

  async #addWaiting(): Promise<void> {
    for (const job of this.#later.splice(0)) await this.#put(job);
  }

  #put(job: FileJob): MaybePromise<void> {
    if (this.#jobs.length > 0 && this.#jobs[0]?.source !== job.source) return this.send().then(() => this.#put(job));
    this.#jobs.push(job);
    this.#bytes += job.node.size;
    return this.#jobs.length >= BATCH_FILES_MAX || this.#bytes >= BATCH_BYTES_MAX ? this.send() : undefined;
  }

  /** Sends the open batch. */
  async send(): Promise<void> {
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    this.#bytes = 0;
    const old = this.#oldOf(jobs);
    await this.#submit({ ...batchOf(jobs), ...(old.size > 0 && { old }) }, async (result) => {
      const outcomes = new OutcomeReader(result);
      for (const job of jobs) {
        const told = job.done(outcomes.next());
        if (told instanceof Promise) await told;
      }
    });
  }

  #oldOf(jobs: readonly FileJob[]): ReadonlyMap<number, LaneOldContent> {
    const found = new Map<number, LaneOldContent>();
    for (const [at, { old }] of jobs.entries()) {
      if (old === undefined) continue;
      const places = old.partly ? this.#options.locate?.(old.content) : undefined;
      found.set(at, { ...old, ...(places && { places }) });
    }
    return found;
  }

  /** Sends what is left and resolves when every file added so far was handed back. */
  async drain(): Promise<void> {
    do {
      await this.#addWaiting();
      await this.send();
      await this.#settled();
      this.#throwFailure();
    } while (this.#later.length > 0);
  }

  /**
   * Forgets files that were not sent yet, waits for the others, and forgets a failure of whoever got a result: the queue can be
   * used anew. A failure of the pool is thrown, now and always.
   */
  async abandon(): Promise<void> {
    this.#jobs = [];
    this.#bytes = 0;
    await this.#settled();
    this.#later = [];
    this.#refused = undefined;
    this.#throwFailure();
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  /** One huge file as independent stretches: every lane chunks one, the accumulators of the XOR hash are combined here. */
  async #addSegments(job: FileJob): Promise<void> {
    const { size } = job.node;
    const count = Math.ceil(size / this.#segmentBytes);
    const parts: FileOutcome[] = [];
    let missing = count;
    for (let at = 0; at < count; at += 1) {
      const offset = at * this.#segmentBytes;
      const segment = { offset, length: Math.min(this.#segmentBytes, size - offset) };
      await this.#submit({ ...batchOf([job]), segment }, async (result) => {
        parts[at] = new OutcomeReader(result).next();
        missing -= 1;
        if (missing > 0) return;
        const outcome = joinSegments(parts, size);
        // A file that changed under its segments is read again in one piece, where changes are noticed and retried.
        if (outcome === undefined) this.addLater(job);
        else await job.done(outcome);
      });
    }
  }

  async #submit(batch: FileBatch, receive: (result: BatchResult) => Promise<void>): Promise<void> {
    this.#throwFailure();
    const bound = this.#chunksBound(batch);
    await this.#options.pool.room();
    await this.#makeRoomInIndex(bound);
    this.#chunksInFlight += bound;
    const reading = this.#options.pool.submit(batch).finally(() => {
      this.#chunksInFlight -= bound;
    });
    const run: Promise<void> = this.#handBack(reading, receive).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #handBack(reading: Promise<BatchResult>, receive: (result: BatchResult) => Promise<void>): Promise<void> {
    let result: BatchResult;
    try {
      result = await reading;
    } catch (error) {
      this.#broken ??= { error };
      return;
    }
    try {
      this.#options.progress(result);
      await receive(result);
    } catch (error) {
      this.#refused ??= { error };
    }
  }

  /** The index must not fill up while lanes use it, and can only grow while they do not. */
  async #makeRoomInIndex(bound: number): Promise<void> {
    const { pool, index, growIndex } = this.#options;
    if (index().free >= this.#chunksInFlight + bound + OWN_CHUNKS_RESERVE) return;
    await this.#settled();
    this.#throwFailure();
    await pool.useIndex(growIndex(bound + OWN_CHUNKS_RESERVE));
  }

  /** Chunks a batch can add at most: a file of unknown growth is read up to its listed size, at most three times. */
  #chunksBound(batch: FileBatch): number {
    const bytes = batch.segment?.length ?? batch.sizes.reduce((sum, size) => sum + size, 0);
    return 3 * (batch.names.length + Math.ceil(bytes / this.#options.chunkBytesMin)) + 64;
  }

  #throwFailure(): void {
    const failure = this.#broken ?? this.#refused;
    if (failure !== undefined) throw failure.error;
  }
}

function batchOf(jobs: readonly FileJob[]): FileBatch {
  const directories: ByteString[] = [];
  const directoryOf: number[] = [];
  for (const job of jobs) {
    if (directories.at(-1) !== job.directory) directories.push(job.directory);
    directoryOf.push(directories.length - 1);
  }
  return {
    source: must(jobs[0], "a batch has files").source,
    directories,
    directoryOf,
    names: jobs.map(({ name }) => name),
    sizes: jobs.map(({ node }) => node.size),
    nodeIds: jobs.map(({ node }) => node.nodeId),
    changeTokens: jobs.map(({ node }) => node.changeToken),
  };
}

/** The file's outcome, or undefined when a segment saw the file change. */
function joinSegments(parts: readonly FileOutcome[], size: number): FileOutcome | undefined {
  const [first] = parts;
  if (first === undefined || parts.some(({ extras }) => extras.error !== undefined)) return undefined;
  let accumulator = 0n;
  for (const part of parts) accumulator ^= part.xorHash;
  const told = parts.reduce((sum, { extras }) => sum + (extras.told ?? 0), 0);
  const content = joinChunks(parts.map(({ content }) => content));
  return { content, xorHash: finishXorHash(accumulator, size), extras: { ...first.extras, ...(told > 0 && { told }) } };
}
