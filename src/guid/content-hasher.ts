import { must } from "../shared/assert.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { TaskThreads } from "../shared/task-threads.ts";
import type { ContentHash } from "./content-hash.ts";
import type { HashMemory, HashStretch } from "./hash-memory.ts";
import type { HashTask, HashTaskResult, HashThreadData } from "./hash-protocol.ts";
import { MD5_LANES } from "./md5-lanes.ts";

/** Longest wait of a piece for pieces of other files, ms: about what hashing it takes. */
const COMPANY_MS_MAX = 15;

interface WaitingPiece extends HashStretch {
  readonly hash: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Works out the MD5 of large files in a thread of its own, which starts with the first of them: hashing takes as long as receiving,
 * and either has to wait when one thread does both. It works in turns, each with pieces of several files side by side if there are
 * several files. One thread is enough, as receiving has no more than one.
 */
export class ContentHasher {
  readonly #memory: HashMemory;
  #waiting: WaitingPiece[] = [];
  #thread: TaskThreads<HashTask, HashTaskResult> | undefined;
  readonly #clock: Clock;
  /** Hashes that have begun and not ended. */
  readonly #active = new Set<number>();
  readonly #ended = new AbortController();
  #hashes = 0;
  #working = false;
  /** The next turn waits for company. */
  #putOff = false;

  constructor(memory: HashMemory, clock: Clock) {
    this.#memory = memory;
    this.#clock = clock;
  }

  /** A hash whose pieces lie in buffers of the hash memory, and are whole blocks of 64 bytes but for the last. */
  start(): ContentHash {
    const hash = (this.#hashes += 1);
    // It takes as long to start as the first content to come.
    this.#startedThread();
    return {
      update: (bytes) =>
        new Promise((resolve, reject) => {
          this.#active.add(hash);
          this.#waiting.push({ hash, ...this.#memory.stretchOf(bytes), resolve, reject });
          this.#next();
        }),
      digest: async () => {
        this.#active.delete(hash);
        return must(await this.#do({ type: "digest", hash }), "a digest has a result");
      },
      [Symbol.dispose]: () => this.#drop(hash),
    };
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#thread?.close();
  }

  /** Gives the thread its next turn, or puts that off while lanes would be empty that others could soon fill. */
  #next(): void {
    if (this.#working || this.#waiting.length === 0) return;
    const here = new Set(this.#waiting.map(({ hash }) => hash)).size;
    if (here >= Math.min(MD5_LANES, this.#active.size)) this.#work();
    else if (!this.#putOff) {
      this.#putOff = true;
      this.#clock.sleep(COMPANY_MS_MAX, this.#ended.signal).then(
        () => {
          this.#putOff = false;
          this.#work();
        },
        () => undefined,
      );
    }
  }

  #work(): void {
    if (this.#working || this.#waiting.length === 0) return;
    const turn = this.#takeTurn();
    this.#working = true;
    this.#do({ type: "update", pieces: turn.map(({ hash, at, length }) => ({ hash, at, length })) })
      .then(
        () => turn.forEach(({ resolve }) => resolve()),
        (error: unknown) => turn.forEach(({ reject }) => reject(error)),
      )
      .finally(() => {
        this.#working = false;
        this.#next();
      });
  }

  /** The oldest piece of each of as many hashes as there are lanes. */
  #takeTurn(): WaitingPiece[] {
    const turn: WaitingPiece[] = [];
    for (const piece of this.#waiting) if (turn.length < MD5_LANES && !turn.some(({ hash }) => hash === piece.hash)) turn.push(piece);
    this.#waiting = this.#waiting.filter((piece) => !turn.includes(piece));
    return turn;
  }

  #drop(hash: number): void {
    this.#active.delete(hash);
    for (const piece of this.#waiting) if (piece.hash === hash) piece.reject(dropped());
    this.#waiting = this.#waiting.filter((piece) => piece.hash !== hash);
    // A thread that has ended holds nothing any more.
    this.#do({ type: "drop", hash }).catch(() => undefined);
  }

  #startedThread(): TaskThreads<HashTask, HashTaskResult> {
    const { memory } = this.#memory;
    return (this.#thread ??= new TaskThreads({
      module: new URL("./hash-thread.ts", import.meta.url),
      data: { memory } satisfies HashThreadData,
      threads: 1,
    }));
  }

  #do(task: HashTask): Promise<HashTaskResult> {
    return this.#startedThread().submit(task);
  }
}

function dropped(): AppError {
  return new AppError({
    code: "E_ABORTED",
    what: "the content was not hashed to its end",
    why: "the operation that it belongs to has ended",
    hint: "see the first error of the operation, if there is one",
  });
}
