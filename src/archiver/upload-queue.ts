import { packKey } from "../format/object-keys.ts";
import type { FinishedPack } from "../repository/pack-writer.ts";
import { toHex } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { StoredPack } from "./lane-protocol.ts";

/** Packs one writer has on their way to the store while it fills the next. */
const UPLOADS_IN_FLIGHT_MAX = 1;

/** Creates finished packs in the store in the background. The first failure is kept and thrown by every later call. */
export class UploadQueue {
  readonly #store: Pick<ObjectStore, "create">;
  readonly #stored: (pack: StoredPack) => void;
  readonly #running = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(store: Pick<ObjectStore, "create">, stored: (pack: StoredPack) => void) {
    this.#store = store;
    this.#stored = stored;
  }

  /** Starts sending; resolves once fewer than `UPLOADS_IN_FLIGHT_MAX` others are on their way. */
  async send(pack: FinishedPack): Promise<void> {
    while (this.#running.size >= UPLOADS_IN_FLIGHT_MAX) await Promise.race(this.#running);
    this.#throwFailure();
    const run: Promise<void> = this.#create(pack)
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when everything sent so far is durable. */
  async drain(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  /** Resolves when nothing is on its way any more, whatever became of it: the store may be closed then. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #create(pack: FinishedPack): Promise<void> {
    const outcome = await this.#store.create(packKey(toHex(pack.indexed.id)), [pack.bytes]);
    if (outcome === "exists") {
      throw new AppError({
        code: "E_STORE",
        what: "a new pack exists in the store already",
        why: "packs are named by the hash of freshly salted bytes, so this cannot happen by chance",
        hint: "run `varve check` on the repository and report this",
      });
    }
    pack.release();
    this.#stored({ number: pack.number, indexed: pack.indexed });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
