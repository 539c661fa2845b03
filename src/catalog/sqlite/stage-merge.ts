import type { SqliteDatabase } from "../../database/sqlite/sqlite-database.ts";
import { NODE_COLUMNS, DIRECTORY_COLUMNS } from "./row-codec.ts";

/** Values of `staged.what`. */
export const STAGED = { replaced: 0, removed: 1 } as const;

/**
 * The directories that go, with everything below them in the current tree. A directory that the stage gives a row to has
 * moved, not gone: it stays, and so does what lies below it.
 */
const COLLECT_GONE_SQL = `
  WITH RECURSIVE
    kept (id) AS MATERIALIZED (SELECT id FROM nodes WHERE tree = ?1 AND kind = 1),
    gone (id) AS (
      SELECT id FROM staged WHERE tree = ?1 AND what = 1 AND id NOT IN kept
      UNION
      SELECT below.id FROM gone JOIN nodes AS below ON below.tree = ?2 AND below.parent = gone.id AND below.kind = 1
      WHERE below.id NOT IN kept
    )
  INSERT INTO staged SELECT ?1, 2, id FROM gone`;

/** One after the other; ?1 is the staged tree, ?2 the current one. */
const MERGE_SQL: readonly string[] = [
  COLLECT_GONE_SQL,
  "DELETE FROM nodes WHERE tree = ?2 AND kind = 1 AND id IN (SELECT id FROM staged WHERE tree = ?1 AND what = 2)",
  "DELETE FROM nodes WHERE tree = ?2 AND parent IN (SELECT id FROM staged WHERE tree = ?1 AND what IN (0, 2))",
  "DELETE FROM directories WHERE tree = ?2 AND id IN (SELECT id FROM staged WHERE tree = ?1 AND what IN (0, 2))",
  `INSERT INTO nodes SELECT ?2, ${NODE_COLUMNS} FROM nodes WHERE tree = ?1 ORDER BY parent, name`,
  `INSERT OR REPLACE INTO directories SELECT ?2, ${DIRECTORY_COLUMNS} FROM directories WHERE tree = ?1`,
];

/** Applies a staged tree to the current one. The caller holds the transaction. */
export function mergeStage(database: SqliteDatabase, staged: bigint, current: bigint): void {
  for (const sql of MERGE_SQL) database.prepare(sql).run(staged, current);
}
