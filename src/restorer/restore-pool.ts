import { ChunkHasher } from "../crypto/chunk-id.ts";
import { ReadBuffers } from "../repository/stretch-reader.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { TaskThreads } from "../shared/task-threads.ts";
import type { Target } from "../source/target.ts";
import type { RestoreSpec, RestoreTask, RestoreTaskResult } from "./restore-protocol.ts";
import { RestoreWorker } from "./restore-worker.ts";

/** Where restore tasks are done: threads of this process, or this very thread. */
export interface RestorePool {
  /** Resolves when another task can be taken without queueing more than there should be. */
  room(): Promise<void>;
  submit(task: RestoreTask): Promise<RestoreTaskResult>;
  close(): Promise<void>;
}

/** `threads` worker threads; 0 works in this thread, on the given target. */
export async function openRestorePool(
  spec: RestoreSpec,
  options: { readonly threads: number; readonly repository: OpenRepository; readonly target: Target; readonly signal: AbortSignal },
): Promise<RestorePool> {
  const { threads, repository, target, signal } = options;
  if (threads > 0) {
    return new TaskThreads<RestoreTask, RestoreTaskResult>({
      module: new URL("./restore-thread.ts", import.meta.url),
      data: spec,
      threads,
      signal,
    });
  }
  const { keys, repositoryId, counters } = spec;
  const hasher = await ChunkHasher.create(keys.idKey);
  const worker = new RestoreWorker({
    store: repository.store,
    target,
    hasher,
    buffers: new ReadBuffers(),
    keys,
    repositoryId,
    counters: new Int32Array(counters),
  });
  let last: Promise<unknown> = Promise.resolve();
  return {
    room: async () => {
      await last;
    },
    // One after the other: tasks of one thread share its buffers.
    submit: (task) => {
      const done = last.then(() => worker.handle(task));
      last = done.catch(() => undefined);
      return done;
    },
    close: async () => {
      await last;
    },
  };
}
