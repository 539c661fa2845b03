import { Worker } from "node:worker_threads";
import { must } from "./assert.ts";
import { AppError } from "./errors.ts";
import { receivedError, type TaskReply, type TaskRequest } from "./task-messages.ts";

/** Tasks given to one thread at once: the one it works on and two that keep it from waiting. */
const TASKS_PER_THREAD_MAX = 3;

export interface TaskThreadsOptions<Event> {
  /** Module that calls `serveTasks`. */
  readonly module: URL;
  readonly data: unknown;
  readonly threads: number;
  readonly onEvent?: (event: Event) => void;
  /** Aborting fails everything under way at once: what threads still do no longer matters. */
  readonly signal?: AbortSignal;
}

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

interface TaskThread<Result> {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting<Result>>;
}

/** Worker threads that all do the same kind of task. The first failure of any of them rejects every call from then on. */
export class TaskThreads<Task, Result, Event = never> {
  readonly #threads: TaskThread<Result>[] = [];
  readonly #onEvent: (event: Event) => void;
  readonly #roomWaiters: (() => void)[] = [];
  #nextId = 0;
  #failure: Error | undefined;
  #closing = false;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#fail(this.#signal?.reason as Error);

  constructor(options: TaskThreadsOptions<Event>) {
    this.#onEvent = options.onEvent ?? ((): void => undefined);
    for (let at = 0; at < options.threads; at += 1) this.#threads.push(this.#start(options));
    this.#signal = options.signal;
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Resolves when some thread can take another task without queueing more than it should. */
  async room(): Promise<void> {
    while (this.#failure === undefined && this.#leastBusy().waiting.size >= TASKS_PER_THREAD_MAX) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Gives the task to the least busy thread. */
  submit(task: Task, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    return this.#post(this.#leastBusy(), task, transfer);
  }

  /** Gives the task to every thread. */
  everywhere(task: Task): Promise<Result[]> {
    return Promise.all(this.#threads.map((thread) => this.#post(thread, task, [])));
  }

  /**
   * Ends the threads: in order when they are idle, at once when they are not (after a failure or an interruption).
   * Tasks that are not done then, and all that come later, are rejected with E_ABORTED.
   */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const idle = this.#failure === undefined && this.#threads.every(({ waiting }) => waiting.size === 0);
    this.#fail(closed());
    if (idle) await Promise.all(this.#threads.map((thread) => endInOrder(thread.worker)));
    else await Promise.all(this.#threads.map((thread) => thread.worker.terminate()));
  }

  #post(thread: TaskThread<Result>, task: Task, transfer: readonly ArrayBuffer[]): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      thread.worker.postMessage({ id, task } satisfies TaskRequest<Task>, transfer);
      thread.waiting.set(id, { resolve, reject });
    });
  }

  #start(options: TaskThreadsOptions<Event>): TaskThread<Result> {
    const worker = new Worker(options.module, { workerData: options.data });
    const thread: TaskThread<Result> = { worker, waiting: new Map() };
    worker.on("message", (reply: TaskReply<Result, Event>) => this.#receive(thread, reply));
    worker.on("error", (error: Error) => this.#fail(error));
    worker.on("exit", (code) => {
      if (!this.#closing) this.#fail(endedByItself(code));
    });
    return thread;
  }

  #receive(thread: TaskThread<Result>, reply: TaskReply<Result, Event>): void {
    if (reply.type === "event") this.#onEvent(reply.event);
    else if (reply.type === "failed") this.#fail(receivedError(reply.error));
    else {
      // After a failure elsewhere the task was rejected already, and its result comes too late.
      thread.waiting.get(reply.id)?.resolve(reply.result);
      thread.waiting.delete(reply.id);
      this.#roomWaiters.shift()?.();
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { waiting } of this.#threads) {
      for (const { reject } of waiting.values()) reject(this.#failure);
      waiting.clear();
    }
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  #leastBusy(): TaskThread<Result> {
    let best = must(this.#threads[0], "there is at least one thread");
    for (const thread of this.#threads) if (thread.waiting.size < best.waiting.size) best = thread;
    return best;
  }
}

function endInOrder(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once("exit", () => resolve());
    worker.postMessage({ id: -1, task: undefined } satisfies TaskRequest<never>);
  });
}

function closed(): AppError {
  return new AppError({
    code: "E_ABORTED",
    what: "the worker threads were stopped",
    why: "the operation that they belong to has ended",
    hint: "see the first error of the operation, if there is one",
  });
}

function endedByItself(code: number): AppError {
  return new AppError({
    code: "E_INTERNAL",
    what: "a worker thread ended by itself",
    why: `exit code ${code}`,
    hint: "run again with --debug and report the output",
  });
}
