import type { ChunkIndex } from "../repository/chunk-index.ts";
import type { Random } from "../shared/random.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { LanePool, LanePoolEvents } from "./lane-pool.ts";
import type { BatchResult, FileBatch, LaneSpec } from "./lane-protocol.ts";
import { type LaneKit, setUpLane } from "./lane-setup.ts";
import { UploadQueue } from "./upload-queue.ts";

/** One lane in this thread, on the given store: for simulations, and for machines where threads do not pay. */
export class InlinePool implements LanePool {
  readonly #kit: LaneKit;
  readonly #uploads: UploadQueue;
  #tail: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  private constructor(kit: LaneKit, uploads: UploadQueue) {
    this.#kit = kit;
    this.#uploads = uploads;
  }

  static async open(
    spec: Omit<LaneSpec, "store">,
    deps: { store: Pick<ObjectStore, "create" | "read">; random: Random; events: LanePoolEvents },
  ): Promise<InlinePool> {
    const uploads = new UploadQueue(deps.store, deps.events.stored);
    const kit = await setUpLane(spec, {
      random: deps.random,
      store: deps.store,
      send: (pack) => uploads.send(pack),
      onRead: (bytes) => deps.events.read?.(bytes),
    });
    return new InlinePool(kit, uploads);
  }

  async room(): Promise<void> {
    await this.#tail;
    this.#throwFailure();
  }

  submit(batch: FileBatch): Promise<BatchResult> {
    const result = this.#tail.then(() => {
      this.#throwFailure();
      return this.#kit.lane.process(batch);
    });
    // A lane that failed may have claimed chunks that it never stored: it must not go on.
    this.#tail = result.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return result;
  }

  async useIndex(index: ChunkIndex): Promise<void> {
    this.#kit.writer.useIndex(index);
  }

  async flush(): Promise<void> {
    await this.#tail;
    this.#throwFailure();
    await this.#kit.lane.flush();
    await this.#uploads.drain();
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#uploads.settle();
    await this.#kit.close();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
