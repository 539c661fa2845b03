import type { ChunkIndex } from "../repository/chunk-index.ts";
import { must } from "../shared/assert.ts";
import { TaskThreads } from "../shared/task-threads.ts";
import type { LanePool, LanePoolEvents } from "./lane-pool.ts";
import type { BatchResult, FileBatch, LaneEvent, LaneSpec, LaneTask, LaneTaskResult } from "./lane-protocol.ts";

/** Lanes in worker threads, one a core. */
export class ThreadPool implements LanePool {
  readonly #threads: TaskThreads<LaneTask, LaneTaskResult, LaneEvent>;

  constructor(spec: LaneSpec, options: { readonly threads: number; readonly events: LanePoolEvents; readonly signal?: AbortSignal }) {
    const module = new URL("./lane-thread.ts", import.meta.url);
    this.#threads = new TaskThreads({
      module,
      data: spec,
      threads: options.threads,
      onEvent: (event) => {
        if ("read" in event) options.events.read?.(event.read);
        else options.events.stored(event);
      },
      ...(options.signal && { signal: options.signal }),
    });
  }

  room(): Promise<void> {
    return this.#threads.room();
  }

  async submit(batch: FileBatch): Promise<BatchResult> {
    return must(await this.#threads.submit({ type: "batch", batch }), "a batch has a result");
  }

  async useIndex(index: ChunkIndex): Promise<void> {
    await this.#threads.everywhere({ type: "index", buffer: index.buffer });
  }

  async flush(): Promise<void> {
    await this.#threads.everywhere({ type: "flush" });
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
