import type { CatalogSource, NodeStage, NodeStore } from "../catalog/node-store.ts";
import { fillSource } from "../catalog/fill-source.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { must } from "../shared/assert.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { KnownSource } from "./known-tree.ts";

/** What the catalog knows of one source, and where this run's changes go. */
export interface SourceBook {
  readonly record: CatalogSource;
  /** Undefined when nothing of it may be used. */
  readonly known: KnownSource | undefined;
  readonly stage: NodeStage | undefined;
  /** Snapshot that the run compares with; undefined for none. */
  readonly base: Snapshot | undefined;
}

export interface BookkeepingOptions {
  readonly repository: OpenRepository;
  readonly snapshots: readonly Snapshot[];
  readonly clock: Clock;
  readonly note: (text: string) => void;
  /** Keep the catalog as it is. */
  readonly readOnly: boolean;
}

/**
 * The catalog's part in a backup. The catalog only speeds things up: whatever is wrong with it ends in a note and more reading,
 * never in a failed backup.
 */
export class Bookkeeping {
  readonly #nodes: NodeStore;
  readonly #options: BookkeepingOptions;

  private constructor(nodes: NodeStore, options: BookkeepingOptions) {
    this.#nodes = nodes;
    this.#options = options;
  }

  /** Undefined when there is no catalog to be had. */
  static async open(path: string | undefined, options: BookkeepingOptions): Promise<Bookkeeping | undefined> {
    if (path === undefined) return undefined;
    try {
      const { nodes, note } = await openCatalog({ path, clock: options.clock });
      if (note !== undefined) options.note(note);
      return new Bookkeeping(nodes, options);
    } catch (error) {
      if (!isAppError(error, "E_CATALOG")) throw error;
      options.note(`${error.what}: ${error.why}; every file is read`);
      return undefined;
    }
  }

  /** What is known of a source. `fresh` starts over: nothing known, all rows replaced. */
  async source(key: string, fresh: boolean): Promise<SourceBook> {
    const { snapshots, readOnly } = this.#options;
    let record = await this.#nodes.source(key);
    let base = fresh ? undefined : snapshots.find(({ id }) => id === record.snapshot);
    if (!fresh && base === undefined) {
      base = snapshots.findLast(({ manifest }) => manifest.sources.some((source) => source.key === key));
      if (base !== undefined && !readOnly) await this.#refill(record, base);
      record = await this.#nodes.source(key);
      if (base !== undefined && record.snapshot !== base.id) base = undefined;
    }
    const { sourceId } = record;
    const stage = readOnly ? undefined : await this.#nodes.stage(sourceId, { clear: base === undefined });
    return { record, base, stage, known: base === undefined ? undefined : { nodes: this.#nodes, sourceId } };
  }

  /** The catalog lost the source, or describes a tree that is no longer in the repository: it is filled from the newest snapshot. */
  async #refill(record: CatalogSource, base: Snapshot): Promise<void> {
    const { repository, note } = this.#options;
    note(`filling the catalog from snapshot ${base.id.slice(0, 8)}`);
    try {
      const { root } = must(base.manifest.sources.find(({ key }) => key === record.key), "the snapshot has the source");
      await fillSource({ nodes: this.#nodes, pages: repository, record, snapshot: base.id, root });
    } catch (error) {
      if (!isAppError(error, "E_CATALOG", "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      note(`${error.what}: ${error.why}; every file is read`);
    }
  }

  async close(): Promise<void> {
    await this.#nodes.close();
  }
}

/** Makes a run's changes visible in the catalog; what goes wrong costs time, not data. */
export async function commitBook(book: SourceBook, state: { snapshot: string; rootId: bigint }, note: (text: string) => void): Promise<void> {
  try {
    await book.stage?.commit(state);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    note(`${error.what}: ${error.why}`);
  }
}
