import type { SqliteDatabase } from "../../database/sqlite/sqlite-database.ts";

/** Rows deleted in one transaction: about 50 ms, the longest that sweeping keeps another writer waiting. */
const SWEEP_ROWS_MAX = 100_000;

/** Deletes every tree of a source but its current one: replaced trees, and those of stages that never committed. */
export function sweepTrees(database: SqliteDatabase, sourceId: number): void {
  const stale = database
    .prepare("SELECT trees.id FROM trees JOIN sources ON sources.id = trees.source WHERE sources.id = ? AND trees.id <> sources.tree")
    .all(sourceId);
  for (const [tree] of stale) dropTree(database, tree as bigint);
}

/** Deletes all rows of a tree that no source points to. */
export function dropTree(database: SqliteDatabase, tree: bigint): void {
  const bound = database.prepare(`SELECT parent FROM nodes WHERE tree = ? ORDER BY parent LIMIT 1 OFFSET ${SWEEP_ROWS_MAX}`);
  const slice = database.prepare("DELETE FROM nodes WHERE tree = ? AND parent <= ?");
  for (let parent = bound.all(tree)[0]?.[0]; parent !== undefined; parent = bound.all(tree)[0]?.[0]) slice.run(tree, parent);
  database.transaction("write", () => {
    for (const table of ["nodes", "directories", "staged"]) database.prepare(`DELETE FROM ${table} WHERE tree = ?`).run(tree);
    database.prepare("DELETE FROM trees WHERE id = ?").run(tree);
  });
}
