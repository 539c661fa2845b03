import type { SqliteDatabase, SqliteStatement } from "../../database/sqlite/sqlite-database.ts";
import { assert } from "../../shared/assert.ts";
import { isAppError } from "../../shared/errors.ts";
import type { DirectoryRow, NodeRow, NodeStage } from "../node-store.ts";
import { supersededError } from "../superseded.ts";
import { toSigned } from "./row-codec.ts";
import type { RowWriter } from "./row-writer.ts";
import type { SourceRecord, SourceTable } from "./source-table.ts";
import { StageBuffer } from "./stage-buffer.ts";
import { mergeStage, STAGED } from "./stage-merge.ts";
import { dropTree, sweepTrees } from "./tree-sweep.ts";

/** Changes held in memory before they are written aside: about 10 MB. */
const BUFFERED_ITEMS_MAX = 32_768;

export interface StageOptions {
  readonly sourceId: number;
  /** Generation of the rows that the changes are relative to. */
  readonly generation: bigint;
  /** The staged rows become the whole tree. */
  readonly whole: boolean;
  readonly committed: (source: SourceRecord) => void;
}

export interface StageTables {
  readonly database: SqliteDatabase;
  readonly sources: SourceTable;
  readonly writer: RowWriter;
}

/**
 * Collects changes in memory and, beyond a bound, in a tree of their own that no source points to. A whole tree becomes visible by
 * pointing the source to it; changes are merged into the current tree. Both are one transaction.
 */
export class SqliteStage implements NodeStage {
  readonly #tables: StageTables;
  readonly #options: StageOptions;
  readonly #buffer = new StageBuffer();
  readonly #mark: SqliteStatement;
  readonly #treeExists: SqliteStatement;
  /** The stage's own tree, once something was written aside. */
  #tree: bigint | undefined;
  #swept = false;
  #ended = false;

  constructor(tables: StageTables, options: StageOptions) {
    this.#tables = tables;
    this.#options = options;
    this.#mark = tables.database.prepare("INSERT OR IGNORE INTO staged VALUES (?, ?, ?)");
    this.#treeExists = tables.database.prepare("SELECT 1 FROM trees WHERE id = ?");
  }

  async replaceChildren(parents: readonly bigint[], rows: readonly NodeRow[]): Promise<void> {
    assert(!this.#ended, "a stage is used until it is committed or discarded");
    this.#buffer.replaceChildren(parents, rows);
    this.#spillWhenFull();
  }

  async putDirectories(rows: readonly DirectoryRow[]): Promise<void> {
    assert(!this.#ended, "a stage is used until it is committed or discarded");
    this.#buffer.putDirectories(rows);
    this.#spillWhenFull();
  }

  async removeDirectories(ids: readonly bigint[]): Promise<void> {
    assert(!this.#ended, "a stage is used until it is committed or discarded");
    this.#buffer.remove(ids);
    this.#spillWhenFull();
  }

  async commit(state: { readonly snapshot: string; readonly rootId: bigint }): Promise<void> {
    assert(!this.#ended, "a stage is committed once");
    const { database, sources } = this.#tables;
    const { sourceId, generation, whole, committed } = this.#options;
    // A whole tree is complete before its one visible moment, and never empty-handed: no rows is a tree too.
    if (whole) this.#spill();
    const source = database.transaction("write", () => {
      const before = sources.byId(sourceId);
      if (before.generation !== generation || this.#swept) throw supersededError();
      if (this.#buffer.items > 0) this.#writeAside();
      if (!whole && this.#tree !== undefined) mergeStage(database, this.#tree, before.tree);
      sources.advance(sourceId, { ...state, tree: whole && this.#tree !== undefined ? this.#tree : before.tree });
      return sources.byId(sourceId);
    });
    this.#end();
    committed(source);
    sweepQuietly(database, sourceId);
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#end();
    if (this.#tree !== undefined) dropTree(this.#tables.database, this.#tree);
  }

  #end(): void {
    this.#ended = true;
    this.#buffer.clear();
  }

  #spillWhenFull(): void {
    if (this.#buffer.items >= BUFFERED_ITEMS_MAX) this.#spill();
  }

  #spill(): void {
    this.#tables.database.transaction("write", () => this.#writeAside());
    this.#buffer.clear();
  }

  #writeAside(): void {
    const { sources, writer } = this.#tables;
    const first = this.#tree === undefined;
    const tree = (this.#tree ??= sources.addTree(this.#options.sourceId));
    // Another stage committed first and swept this tree away. Rows written now would stay for ever; `commit` will tell.
    this.#swept ||= this.#treeExists.all(tree).length === 0;
    if (this.#swept) return;
    if (!first) for (const parent of this.#buffer.parents()) writer.clearChildren(tree, parent);
    if (!this.#options.whole) this.#markMerge(tree);
    writer.nodes(tree, this.#buffer.rows());
    writer.directories(tree, this.#buffer.directories);
  }

  #markMerge(tree: bigint): void {
    for (const parent of this.#buffer.parents()) this.#mark.run(tree, STAGED.replaced, toSigned(parent));
    for (const id of this.#buffer.removed) this.#mark.run(tree, STAGED.removed, toSigned(id));
  }
}

/** The commit stands whatever happens here, and the next one sweeps again. */
function sweepQuietly(database: SqliteDatabase, sourceId: number): void {
  try {
    sweepTrees(database, sourceId);
  } catch (error) {
    if (!isAppError(error, "E_CATALOG")) throw error;
  }
}
