import type { SqliteDatabase, SqliteStatement, SqlInput } from "../../database/sqlite/sqlite-database.ts";
import type { DirectoryRow, NodeRow } from "../node-store.ts";
import { directoryValues, NODE_VALUES, toSigned, writeNode } from "./row-codec.ts";

/** Rows inserted by one statement. 16 at a time are written 1.7 times as fast as one by one, more gain little (measured). */
const ROWS_PER_STATEMENT = 16;

const ROW_SQL = `(${Array.from({ length: NODE_VALUES }, () => "?").join()})`;

/** Writes rows into a tree. Callers hold a write transaction around each call. */
export class RowWriter {
  readonly #oneNode: SqliteStatement;
  readonly #manyNodes: SqliteStatement;
  readonly #clearParent: SqliteStatement;
  readonly #directory: SqliteStatement;
  readonly #values: SqlInput[] = [];

  constructor(database: SqliteDatabase) {
    const many = Array.from({ length: ROWS_PER_STATEMENT }, () => ROW_SQL).join();
    this.#oneNode = database.prepare(`INSERT INTO nodes VALUES ${ROW_SQL}`);
    this.#manyNodes = database.prepare(`INSERT INTO nodes VALUES ${many}`);
    this.#clearParent = database.prepare("DELETE FROM nodes WHERE tree = ? AND parent = ?");
    this.#directory = database.prepare("INSERT OR REPLACE INTO directories VALUES (?, ?, ?, ?, ?, ?, ?)");
  }

  /** Inserts rows of directories that have none yet. Rows in key order are written fastest and pack tightest. */
  nodes(tree: bigint, rows: readonly NodeRow[]): void {
    const values = this.#values;
    values.length = ROWS_PER_STATEMENT * NODE_VALUES;
    const whole = rows.length - (rows.length % ROWS_PER_STATEMENT);
    for (let start = 0; start < whole; start += ROWS_PER_STATEMENT) {
      for (let at = 0; at < ROWS_PER_STATEMENT; at += 1) writeNode(values, at * NODE_VALUES, tree, rows[start + at] as NodeRow);
      this.#manyNodes.run(...values);
    }
    values.length = NODE_VALUES;
    for (let at = whole; at < rows.length; at += 1) {
      writeNode(values, 0, tree, rows[at] as NodeRow);
      this.#oneNode.run(...values);
    }
  }

  clearChildren(tree: bigint, parent: bigint): void {
    this.#clearParent.run(tree, toSigned(parent));
  }

  directories(tree: bigint, rows: Iterable<DirectoryRow>): void {
    for (const row of rows) this.#directory.run(...directoryValues(tree, row));
  }
}
