import type { DirectoryRow, NodeRow, NodeStage } from "../catalog/node-store.ts";
import { CHUNK_ID_BYTES } from "../format/entry.ts";
import type { SourceNode } from "../source/source.ts";

/** Rows, and directories, collected before they go to the catalog in one call. */
const BATCH_ROWS_MAX = 8192;
const BATCH_DIRECTORIES_MAX = 2048;

/** A scan saves nothing, so its directories have no pages. */
const NO_PAGE = Object.freeze({ id: new Uint8Array(CHUNK_ID_BYTES), length: 0 });

/** Brings the catalog in line with what a scan found, in batches; nothing is visible before the stage is committed. */
export class ScanRows {
  readonly #stage: NodeStage;
  #parents: bigint[] = [];
  #rows: NodeRow[] = [];

  constructor(stage: NodeStage) {
    this.#stage = stage;
  }

  /** All entries of a directory as they are now. */
  async replace(directory: bigint, nodes: readonly SourceNode[]): Promise<void> {
    this.#parents.push(directory);
    for (const { name, kind, nodeId, size, modifiedNs, changeToken } of nodes)
      this.#rows.push({ parent: directory, name, id: nodeId, kind, size, modifiedNs, changeToken, xorHash: 0n });
    if (this.#rows.length >= BATCH_ROWS_MAX || this.#parents.length >= BATCH_DIRECTORIES_MAX) await this.flush();
  }

  async remove(directories: readonly bigint[]): Promise<void> {
    await this.flush();
    if (directories.length > 0) await this.#stage.removeDirectories(directories);
  }

  async flush(): Promise<void> {
    const [parents, rows] = [this.#parents, this.#rows];
    if (parents.length === 0) return;
    this.#parents = [];
    this.#rows = [];
    await this.#stage.replaceChildren(parents, rows);
    await this.#stage.putDirectories(
      parents.map((id): DirectoryRow => ({ id, page: NO_PAGE, totalFiles: 0, totalDirectories: 0, totalBytes: 0 })),
    );
  }
}
