import type { DirectoryRow, NodeRow, NodeStage } from "../catalog/node-store.ts";
import { isAppError } from "../shared/errors.ts";

/**
 * A stage whose catalog may fail: the first E_CATALOG becomes a note, and nothing more is staged. What the catalog does not learn
 * the next run finds out again, by comparing with what the catalog still has.
 */
export class ForgivingStage implements NodeStage {
  #stage: NodeStage | undefined;
  readonly #note: (text: string) => void;

  constructor(stage: NodeStage, note: (text: string) => void) {
    this.#stage = stage;
    this.#note = note;
  }

  replaceChildren(parents: readonly bigint[], rows: readonly NodeRow[]): Promise<void> {
    return this.#try((stage) => stage.replaceChildren(parents, rows));
  }

  putDirectories(rows: readonly DirectoryRow[]): Promise<void> {
    return this.#try((stage) => stage.putDirectories(rows));
  }

  removeDirectories(ids: readonly bigint[]): Promise<void> {
    return this.#try((stage) => stage.removeDirectories(ids));
  }

  commit(state: { readonly snapshot: string; readonly rootId: bigint }): Promise<void> {
    return this.#try((stage) => stage.commit(state));
  }

  discard(): Promise<void> {
    return this.#try((stage) => stage.discard());
  }

  async #try(work: (stage: NodeStage) => Promise<void>): Promise<void> {
    const stage = this.#stage;
    if (stage === undefined) return;
    try {
      await work(stage);
    } catch (error) {
      if (!isAppError(error, "E_CATALOG")) throw error;
      this.#stage = undefined;
      this.#note(`${error.what}: ${error.why}`);
      await stage.discard().catch(() => undefined);
    }
  }
}
