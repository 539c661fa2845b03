import { stat } from "node:fs/promises";
import { migrate } from "../../database/migrations.ts";
import type { SqliteDatabase } from "../../database/sqlite/sqlite-database.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { CatalogSource, DirectoryRow, NodeRow, NodeStage, NodeStore, TreeChange, TreeStore } from "../node-store.ts";
import { RowReader } from "./row-reader.ts";
import { RowWriter } from "./row-writer.ts";
import { MIGRATIONS } from "./schema.ts";
import { SourceTable, type SourceRecord } from "./source-table.ts";
import { diffSources } from "./sqlite-diff.ts";
import { SqliteStage } from "./sqlite-stage.ts";
import { SqliteTree, type Place } from "./sqlite-tree.ts";

/** The catalog in one SQLite file, which several processes may use at once. */
export class SqliteCatalog implements NodeStore, TreeStore {
  readonly #database: SqliteDatabase;
  readonly #sources: SourceTable;
  readonly #reader: RowReader;
  readonly #writer: RowWriter;
  readonly #tree: SqliteTree;
  /** Generation of each source whose rows `children` and `directories` answer for. */
  readonly #seen = new Map<number, bigint>();

  private constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#sources = new SourceTable(database);
    this.#reader = new RowReader(database);
    this.#writer = new RowWriter(database);
    this.#tree = new SqliteTree(database, { sources: this.#sources, reader: this.#reader });
  }

  /** Brings the schema up to date and takes over the connection. */
  static async open(database: SqliteDatabase): Promise<SqliteCatalog> {
    await migrate(database, MIGRATIONS);
    return new SqliteCatalog(database);
  }

  async source(key: string): Promise<CatalogSource> {
    const known = this.#sources.byKey(key);
    const source = known ?? this.#database.transaction("write", () => this.#sources.byKey(key) ?? this.#sources.add(key));
    this.#pin(source);
    return describe(source);
  }

  async sources(): Promise<readonly CatalogSource[]> {
    return this.#sources.all().map(describe);
  }

  async children(sourceId: number, parents: readonly bigint[]): Promise<readonly (readonly NodeRow[])[]> {
    return this.#database.transaction("read", () => {
      const tree = this.#pinnedTree(sourceId);
      return tree === undefined ? parents.map(() => []) : this.#reader.children(tree, parents);
    });
  }

  async directories(sourceId: number, ids: readonly bigint[]): Promise<readonly (DirectoryRow | undefined)[]> {
    return this.#database.transaction("read", () => {
      const tree = this.#pinnedTree(sourceId);
      return tree === undefined ? ids.map(() => undefined) : this.#reader.directories(tree, ids);
    });
  }

  async stage(sourceId: number, options: { readonly clear?: boolean } = {}): Promise<NodeStage> {
    const { tree } = this.#sources.byId(sourceId);
    const generation = this.#generation(sourceId);
    const isEmpty =
      this.#database.value(
        "SELECT EXISTS (SELECT 1 FROM nodes WHERE tree = ?1) OR EXISTS (SELECT 1 FROM directories WHERE tree = ?1)",
        tree,
      ) === 0n;
    return new SqliteStage(
      { database: this.#database, sources: this.#sources, writer: this.#writer },
      { sourceId, generation, whole: options.clear === true || isEmpty, committed: (source) => this.#pin(source) },
    );
  }

  async size(): Promise<{ readonly rows: number; readonly bytes: number }> {
    const rows = this.#database.value("SELECT count(*) FROM nodes WHERE tree IN (SELECT tree FROM sources)");
    const sizes = await Promise.all(
      ["", "-wal"].map(async (suffix) => (await stat(this.#database.path + suffix).catch(() => undefined))?.size ?? 0),
    );
    return { rows: Number(rows), bytes: sizes.reduce((total, size) => total + size, 0) };
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async move(sourceId: number, from: Place, to: Place): Promise<void> {
    this.#database.transaction("write", () => {
      const seen = this.#generation(sourceId);
      const before = this.#sources.byId(sourceId);
      this.#tree.move(before, from, to);
      this.#sources.advance(sourceId, before);
      if (seen === before.generation) this.#seen.set(sourceId, before.generation + 1n);
    });
  }

  descendants(sourceId: number, id: bigint): AsyncIterable<readonly NodeRow[]> {
    return this.#tree.descendants(sourceId, id);
  }

  async pathOf(sourceId: number, id: bigint): Promise<ByteString | undefined> {
    return this.#database.transaction("read", () => this.#tree.pathOf(this.#sources.byId(sourceId), id));
  }

  async lookup(sourceId: number, path: ByteString): Promise<NodeRow | undefined> {
    return this.#database.transaction("read", () => this.#tree.lookup(this.#sources.byId(sourceId), path));
  }

  walk(sourceId: number): AsyncIterable<{ readonly path: ByteString; readonly row: NodeRow }> {
    return this.#tree.walk(sourceId);
  }

  diff(beforeSourceId: number, afterSourceId: number): AsyncIterable<TreeChange> {
    return diffSources({ database: this.#database, sources: this.#sources, tree: this.#tree }, { beforeSourceId, afterSourceId });
  }

  #pin(source: SourceRecord): void {
    this.#seen.set(source.sourceId, source.generation);
  }

  /** The generation this connection works with: the one it saw first. */
  #generation(sourceId: number): bigint {
    if (!this.#seen.has(sourceId)) this.#pin(this.#sources.byId(sourceId));
    return this.#seen.get(sourceId) ?? 0n;
  }

  /**
   * The tree whose rows this connection saw first, or undefined once another process has changed it: rows of one backup
   * together with directory pages of another would be a mixture. Answering nothing costs that backup time, never data.
   */
  #pinnedTree(sourceId: number): bigint | undefined {
    const source = this.#sources.byId(sourceId);
    return this.#generation(sourceId) === source.generation ? source.tree : undefined;
  }
}

function describe({ sourceId, key, snapshot, rootId }: SourceRecord): CatalogSource {
  return { sourceId, key, snapshot, rootId };
}
