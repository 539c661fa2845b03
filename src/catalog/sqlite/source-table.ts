import type { SqliteDatabase, SqliteStatement, SqlRow } from "../../database/sqlite/sqlite-database.ts";
import { must } from "../../shared/assert.ts";
import type { CatalogSource } from "../node-store.ts";
import { toSigned, toUnsigned } from "./row-codec.ts";

/** A source as the file has it: `tree` holds its rows, `generation` grows with every change of them. */
export interface SourceRecord extends CatalogSource {
  readonly tree: bigint;
  readonly generation: bigint;
}

const COLUMNS = "id, key, snapshot, root, tree, generation";

/** The tables `sources` and `trees`. Callers hold a transaction around each call. */
export class SourceTable {
  readonly #byId: SqliteStatement;
  readonly #byKey: SqliteStatement;
  readonly #all: SqliteStatement;
  readonly #update: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #insertTree: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#byId = database.prepare(`SELECT ${COLUMNS} FROM sources WHERE id = ?`);
    this.#byKey = database.prepare(`SELECT ${COLUMNS} FROM sources WHERE key = ?`);
    this.#all = database.prepare(`SELECT ${COLUMNS} FROM sources ORDER BY id`);
    this.#insert = database.prepare(`INSERT INTO sources (key, tree, generation, snapshot, root) VALUES (?, 0, 0, '', 0) RETURNING id`);
    this.#insertTree = database.prepare("INSERT INTO trees (source) VALUES (?) RETURNING id");
    this.#update = database.prepare("UPDATE sources SET tree = ?2, generation = generation + 1, snapshot = ?3, root = ?4 WHERE id = ?1");
  }

  byId(sourceId: number): SourceRecord {
    return readSource(must(this.#byId.all(sourceId)[0], "source ids come from source()"));
  }

  byKey(key: string): SourceRecord | undefined {
    const columns = this.#byKey.all(key)[0];
    return columns === undefined ? undefined : readSource(columns);
  }

  all(): readonly SourceRecord[] {
    return this.#all.all().map(readSource);
  }

  /** Adds a source with an empty tree. */
  add(key: string): SourceRecord {
    const sourceId = Number(must(this.#insert.all(key)[0], "the new row is returned")[0]);
    this.#update.run(sourceId, this.addTree(sourceId), "", 0);
    return this.byId(sourceId);
  }

  /** Makes an empty tree that no source points to yet. Ids of trees are never used twice. */
  addTree(sourceId: number): bigint {
    return must(this.#insertTree.all(sourceId)[0], "the new row is returned")[0] as bigint;
  }

  /** Points the source to a tree and a state, and starts the next generation. */
  advance(sourceId: number, state: { readonly tree: bigint; readonly snapshot: string; readonly rootId: bigint }): void {
    this.#update.run(sourceId, state.tree, state.snapshot, toSigned(state.rootId));
  }
}

function readSource(columns: SqlRow): SourceRecord {
  return {
    sourceId: Number(columns[0]),
    key: columns[1] as string,
    snapshot: columns[2] as string,
    rootId: toUnsigned(columns[3] as bigint),
    tree: columns[4] as bigint,
    generation: columns[5] as bigint,
  };
}
