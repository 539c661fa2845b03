import type { CatalogSource, NodeStage, NodeStore } from "../catalog/node-store.ts";
import { fillSource } from "../catalog/fill-source.ts";
import { openCatalog, openCatalogToRead } from "../catalog/open-catalog.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { must } from "../shared/assert.ts";
import type { Clock } from "../shared/clock.ts";
import { type AppError, isAppError } from "../shared/errors.ts";
import { ForgivingStage } from "./forgiving-stage.ts";
import type { KnownSource } from "./known-tree.ts";

/** What the catalog knows of one source, and where this run's changes go. */
export interface SourceBook {
  readonly record: CatalogSource;
  /** Undefined when nothing of it may be used. */
  readonly known: KnownSource | undefined;
  /** Undefined when the catalog stays as it is. */
  readonly stage: NodeStage | undefined;
  /** Snapshot that the run compares with; undefined for none. */
  readonly base: Snapshot | undefined;
}

export interface BookkeepingOptions {
  readonly repository: OpenRepository;
  readonly snapshots: readonly Snapshot[];
  readonly clock: Clock;
  readonly note: (text: string) => void;
  /** Keep the catalog as it is, and make none. */
  readonly readOnly: boolean;
  /** Opens the catalog in another way than from a file. */
  readonly openNodes?: () => Promise<NodeStore>;
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
    if (path === undefined && options.openNodes === undefined) return undefined;
    try {
      const nodes = await (options.openNodes?.() ?? openNodes(must(path, "there is a path"), options));
      return nodes && new Bookkeeping(nodes, options);
    } catch (error) {
      options.note(`${catalogTrouble(error)}; every file is read`);
      return undefined;
    }
  }

  /** What is known of a source; undefined when the catalog fails. `fresh` starts over: nothing known, all rows replaced. */
  async source(key: string, fresh: boolean): Promise<SourceBook | undefined> {
    try {
      return this.#options.readOnly ? await this.#asItIs(key, fresh) : await this.#upToDate(key, fresh);
    } catch (error) {
      this.#options.note(`${catalogTrouble(error)}; every file is read`);
      return undefined;
    }
  }

  async #upToDate(key: string, fresh: boolean): Promise<SourceBook> {
    const { snapshots, note } = this.#options;
    let record = await this.#nodes.source(key);
    let base = fresh ? undefined : this.#baseOf(record);
    const newest = snapshots.findLast(({ manifest }) => manifest.sources.some((source) => source.key === key));
    if (!fresh && base === undefined && newest !== undefined) {
      await this.#refill(record, newest);
      record = await this.#nodes.source(key);
      base = this.#baseOf(record);
    }
    const { sourceId } = record;
    const stage = new ForgivingStage(await this.#nodes.stage(sourceId, { clear: base === undefined }), note);
    return { record, base, stage, known: base && { nodes: this.#nodes, sourceId } };
  }

  async #asItIs(key: string, fresh: boolean): Promise<SourceBook | undefined> {
    const record = (await this.#nodes.sources()).find((source) => source.key === key);
    const base = fresh || record === undefined ? undefined : this.#baseOf(record);
    return record && { record, base, stage: undefined, known: base && { nodes: this.#nodes, sourceId: record.sourceId } };
  }

  /** The snapshot that a source's rows equal, if it is still there. */
  #baseOf(record: CatalogSource): Snapshot | undefined {
    return this.#options.snapshots.find(({ id }) => id === record.snapshot);
  }

  /** The catalog lost the source, or describes a tree that is no longer in the repository: it is filled from the newest snapshot. */
  async #refill(record: CatalogSource, { id, manifest }: Snapshot): Promise<void> {
    const { repository, note } = this.#options;
    note(`filling the catalog from snapshot ${id.slice(0, 8)}`);
    try {
      const { root } = must(
        manifest.sources.find(({ key }) => key === record.key),
        "the snapshot has the source",
      );
      await fillSource({ nodes: this.#nodes, pages: repository, record, snapshot: id, startedNs: manifest.startedNs, root });
    } catch (error) {
      if (!isAppError(error, "E_CATALOG", "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      note(`${error.what}: ${error.why}; every file is read`);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#nodes.close();
    } catch (error) {
      this.#options.note(catalogTrouble(error));
    }
  }
}

async function openNodes(path: string, { clock, note, readOnly }: BookkeepingOptions): Promise<NodeStore | undefined> {
  if (readOnly) return await openCatalogToRead(path);
  const opened = await openCatalog({ path, clock });
  if (opened.note !== undefined) note(opened.note);
  return opened.nodes;
}

/** What is wrong with the catalog; every other error is thrown. */
function catalogTrouble(error: unknown): string {
  if (!isAppError(error, "E_CATALOG")) throw error;
  const { what, why }: AppError = error;
  return `${what}: ${why}`;
}
