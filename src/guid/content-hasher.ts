import { must } from "../shared/assert.ts";
import { TaskThreads } from "../shared/task-threads.ts";
import type { HashTask, HashTaskResult } from "./hash-protocol.ts";

/** An MD5 that another thread is working out. */
export interface ContentHash extends Disposable {
  /** The next piece, not empty, in shared memory; it may be changed again once this has settled. */
  update(bytes: Uint8Array): Promise<void>;
  /** Ends it: the MD5 of all pieces, of which there is at least one. */
  digest(): Promise<Uint8Array>;
}

/**
 * Works out the MD5 of large files in a thread of its own, which starts with the first of them: hashing takes as long as receiving,
 * and either has to wait when one thread does both. One thread is enough, as receiving has no more than one.
 */
export class ContentHasher {
  #thread: TaskThreads<HashTask, HashTaskResult> | undefined;
  #hashes = 0;

  start(): ContentHash {
    const hash = (this.#hashes += 1);
    return {
      update: async (bytes) => void (await this.#do({ type: "update", hash, bytes })),
      digest: async () => must(await this.#do({ type: "digest", hash }), "a digest has a result"),
      // A thread that has ended holds nothing any more.
      [Symbol.dispose]: () => void (this.#thread && this.#do({ type: "drop", hash }).catch(() => undefined)),
    };
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #do(task: HashTask): Promise<HashTaskResult> {
    this.#thread ??= new TaskThreads({ module: new URL("./hash-thread.ts", import.meta.url), data: undefined, threads: 1 });
    return this.#thread.submit(task);
  }
}
