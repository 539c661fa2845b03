import type { DirectoryRow, NodeRow, NodeStage } from "../catalog/node-store.ts";

/** Rows, those of the directories themselves included, gathered before they go to the catalog in one call. */
const ROWS_MAX = 4096;

/** Gathers the rows of finished directories into large calls. */
export class RowBuffer {
  readonly #stage: NodeStage;
  #parents: bigint[] = [];
  #rows: NodeRow[] = [];
  #directories: DirectoryRow[] = [];

  constructor(stage: NodeStage) {
    this.#stage = stage;
  }

  /** Replaces what the catalog has of one directory. */
  async replace(id: bigint, rows: readonly NodeRow[], directory: DirectoryRow): Promise<void> {
    this.#parents.push(id);
    for (const row of rows) this.#rows.push(row);
    await this.put(directory);
  }

  /** The rows of the directory stay. */
  async put(directory: DirectoryRow): Promise<void> {
    this.#directories.push(directory);
    if (this.#rows.length + this.#directories.length >= ROWS_MAX) await this.#send();
  }

  /** Sends the rest, then forgets the directories that are gone. */
  async flush(gone: readonly NodeRow[]): Promise<void> {
    await this.#send();
    if (gone.length > 0) await this.#stage.removeDirectories(gone.map(({ id }) => id));
  }

  async #send(): Promise<void> {
    const [parents, rows, directories] = [this.#parents, this.#rows, this.#directories];
    if (directories.length === 0) return;
    [this.#parents, this.#rows, this.#directories] = [[], [], []];
    if (parents.length > 0) await this.#stage.replaceChildren(parents, rows);
    await this.#stage.putDirectories(directories);
  }
}
