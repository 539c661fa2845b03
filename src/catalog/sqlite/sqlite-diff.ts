import type { SqliteDatabase, SqlOutput, SqlRow } from "../../database/sqlite/sqlite-database.ts";
import { must } from "../../shared/assert.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { TreeChange } from "../node-store.ts";
import { toSigned, toUnsigned } from "./row-codec.ts";
import type { SourceRecord, SourceTable } from "./source-table.ts";
import type { SqliteTree } from "./sqlite-tree.ts";

/** Changes read at a time. */
const BATCH_CHANGES_MAX = 1000;

/** Everything connected to a root; 0 is the tree before, 1 the tree after. */
const reachSql = (side: 0 | 1): string => `
  INSERT INTO temp.diff_reach
  WITH RECURSIVE reach (id) AS (
    SELECT ?2
    UNION
    SELECT nodes.id FROM reach JOIN nodes ON nodes.tree = ?1 AND nodes.parent = reach.id AND nodes.kind = 1
  )
  SELECT ${side}, id FROM reach`;

/** The directory of one tree that a row of the other tree is compared in: the same id, and root with root. */
const counterpartSql = (row: string, root: string, otherRoot: string): string =>
  `CASE ${row}.parent WHEN ${root} THEN ${otherRoot} WHEN ${otherRoot} THEN NULL ELSE ${row}.parent END`;

/** Rows of one tree without the same node at the same place of the other. ?1 tree, ?2 other tree, ?3 root, ?4 other root. */
const onlyInSql = (table: string, side: 0 | 1): string => `
  INSERT INTO temp.${table}
  SELECT here.parent, here.name, here.kind, here.id, here.size, here.modified, here.xor,
    row_number() OVER (PARTITION BY here.id, here.kind ORDER BY here.parent < 0, here.parent, here.name)
  FROM temp.diff_reach AS reach CROSS JOIN nodes AS here ON here.tree = ?1 AND here.parent = reach.id
  LEFT JOIN nodes AS there ON there.tree = ?2 AND there.parent = ${counterpartSql("here", "?3", "?4")} AND there.name = here.name
    AND EXISTS (SELECT 1 FROM temp.diff_reach AS other WHERE other.side = ${1 - side} AND other.id = there.parent)
  WHERE reach.side = ${side} AND (there.id IS NOT here.id OR there.kind IS NOT here.kind)`;

/** Nodes that kept their place. ?1 tree before, ?2 tree after, ?3 root before, ?4 root after. */
const MODIFIED_SQL = `
  INSERT INTO temp.diff_changes (change, id, parent, name)
  SELECT 'modified', now.id, now.parent, now.name
  FROM temp.diff_reach AS reach CROSS JOIN nodes AS now ON now.tree = ?2 AND now.parent = reach.id
  JOIN nodes AS was ON was.tree = ?1 AND was.parent = ${counterpartSql("now", "?4", "?3")} AND was.name = now.name
    AND EXISTS (SELECT 1 FROM temp.diff_reach AS other WHERE other.side = 0 AND other.id = was.parent)
  WHERE reach.side = 1 AND now.id = was.id AND now.kind = was.kind AND now.kind <> 1
    AND (now.size <> was.size OR now.modified <> was.modified OR now.xor <> was.xor OR now.token <> was.token)`;

/** A move changes the token by itself, so only content makes a moved node modified as well. */
const MOVED_SQL: readonly string[] = [
  `INSERT INTO temp.diff_changes (change, id, parent, name, from_parent, from_name)
   SELECT 'moved', come.id, come.parent, come.name, gone.parent, gone.name
   FROM temp.diff_come AS come JOIN temp.diff_gone AS gone USING (id, kind, rank)`,
  `INSERT INTO temp.diff_changes (change, id, parent, name)
   SELECT 'modified', come.id, come.parent, come.name
   FROM temp.diff_come AS come JOIN temp.diff_gone AS gone USING (id, kind, rank)
   WHERE come.kind <> 1 AND (come.size <> gone.size OR come.modified <> gone.modified OR come.xor <> gone.xor)`,
  `INSERT INTO temp.diff_paired SELECT id, kind, rank FROM temp.diff_come JOIN temp.diff_gone USING (id, kind, rank)`,
  `DELETE FROM temp.diff_come WHERE (id, kind, rank) IN (SELECT id, kind, rank FROM temp.diff_paired)`,
  `DELETE FROM temp.diff_gone WHERE (id, kind, rank) IN (SELECT id, kind, rank FROM temp.diff_paired)`,
];

/** Another node under the same name is how programs save files: one change, not two. ?1 root before, ?2 root after. */
const REPLACED_SQL = `
  INSERT INTO temp.diff_replaced
  SELECT come.rowid, gone.rowid FROM temp.diff_gone AS gone JOIN temp.diff_come AS come
  ON come.parent = ${counterpartSql("gone", "?1", "?2")} AND come.name = gone.name AND come.kind = gone.kind WHERE come.kind <> 1`;

const LEFT_OVER_SQL: readonly string[] = [
  `INSERT INTO temp.diff_changes (change, id, parent, name)
   SELECT CASE WHEN rowid IN (SELECT come_row FROM temp.diff_replaced) THEN 'modified' ELSE 'added' END, id, parent, name FROM temp.diff_come`,
  `INSERT INTO temp.diff_changes (change, id, from_parent, from_name)
   SELECT 'removed', id, parent, name FROM temp.diff_gone WHERE rowid NOT IN (SELECT gone_row FROM temp.diff_replaced)`,
];

/** The path of a change: its directory's and its name. */
const pathSql = (table: string, name: string): string => `CASE ${table}.path WHEN '' THEN ${name} ELSE ${table}.path || '/' || ${name} END`;

const RESULT_SQL = `
  SELECT change, ifnull(${pathSql("here", "name")}, ${pathSql("there", "from_name")}) AS path,
    iif(name IS NULL, NULL, ${pathSql("there", "from_name")}) AS from_path, changes.id
  FROM temp.diff_changes AS changes
  LEFT JOIN temp.diff_paths AS here ON here.side = 1 AND here.id = changes.parent
  LEFT JOIN temp.diff_paths AS there ON there.side = 0 AND there.id = changes.from_parent`;

const ROW_COLUMNS = "(parent, name, kind, id, size, modified, xor, rank, PRIMARY KEY (parent, name))";

const CREATE_SQL = `
  CREATE TEMP TABLE diff_reach (side, id, PRIMARY KEY (side, id)) WITHOUT ROWID;
  CREATE TEMP TABLE diff_gone ${ROW_COLUMNS};
  CREATE TEMP TABLE diff_come ${ROW_COLUMNS};
  CREATE INDEX temp.diff_gone_id ON diff_gone (id, kind, rank);
  CREATE TEMP TABLE diff_paired (id, kind, rank, PRIMARY KEY (id, kind, rank)) WITHOUT ROWID;
  CREATE TEMP TABLE diff_replaced (come_row, gone_row);
  CREATE TEMP TABLE diff_changes (change, id, parent, name, from_parent, from_name);
  CREATE TEMP TABLE diff_paths (side, id, path, PRIMARY KEY (side, id)) WITHOUT ROWID;`;

const DROP_SQL = ["reach", "gone", "come", "paired", "replaced", "changes", "paths"]
  .map((table) => `DROP TABLE IF EXISTS temp.diff_${table};`)
  .join("");

export interface DiffTables {
  readonly database: SqliteDatabase;
  readonly sources: SourceTable;
  readonly tree: SqliteTree;
}

/** Finds all changes of one state of the file by queries into a temporary table, then hands them out batch by batch. */
export async function* diffSources(
  tables: DiffTables,
  ids: { readonly beforeSourceId: number; readonly afterSourceId: number },
): AsyncGenerator<TreeChange> {
  const { database } = tables;
  const result = `temp.diff_result_${(resultNumber += 1)}`;
  database.transaction("read", () => {
    const before = tables.sources.byId(ids.beforeSourceId);
    const after = tables.sources.byId(ids.afterSourceId);
    database.execute(DROP_SQL + CREATE_SQL);
    findChanges(database, before, after);
    resolvePaths(tables, before, after);
    database.execute(`CREATE TABLE ${result} AS ${RESULT_SQL}; ${DROP_SQL}`);
  });
  const batch = database.prepare(
    `SELECT rowid, change, path, from_path, id FROM ${result} WHERE rowid > ? ORDER BY rowid LIMIT ${BATCH_CHANGES_MAX}`,
  );
  try {
    let last: SqlOutput = 0n;
    for (let rows = batch.all(last); rows.length > 0; rows = batch.all(last)) {
      for (const row of rows) {
        last = row[0] as bigint;
        yield readChange(row);
      }
    }
  } finally {
    database.execute(`DROP TABLE ${result}`);
  }
}

/** Gives the result of each diff a name of its own: several may be read at once. */
let resultNumber = 0;

function findChanges(database: SqliteDatabase, before: SourceRecord, after: SourceRecord): void {
  const [rootBefore, rootAfter] = [toSigned(before.rootId), toSigned(after.rootId)];
  database.prepare(reachSql(0)).run(before.tree, rootBefore);
  database.prepare(reachSql(1)).run(after.tree, rootAfter);
  database.prepare(MODIFIED_SQL).run(before.tree, after.tree, rootBefore, rootAfter);
  database.prepare(onlyInSql("diff_gone", 0)).run(before.tree, after.tree, rootBefore, rootAfter);
  database.prepare(onlyInSql("diff_come", 1)).run(after.tree, before.tree, rootAfter, rootBefore);
  for (const sql of MOVED_SQL) database.execute(sql);
  database.prepare(REPLACED_SQL).run(rootBefore, rootAfter);
  for (const sql of LEFT_OVER_SQL) database.execute(sql);
}

/** Paths of the directories that hold changes, by climbing: each is needed once, most directories never. */
function resolvePaths({ database, tree }: DiffTables, before: SourceRecord, after: SourceRecord): void {
  const insert = database.prepare("INSERT INTO temp.diff_paths VALUES (?, ?, ?)");
  for (const [side, root, column] of [
    [0, before, "from_parent"],
    [1, after, "parent"],
  ] as const) {
    const parents = database.prepare(`SELECT DISTINCT ${column} FROM temp.diff_changes WHERE ${column} IS NOT NULL`);
    for (const [parent] of parents.all()) {
      const path = must(tree.pathOf(root, toUnsigned(parent as bigint)), "changes are looked for below the roots");
      insert.run(side, parent as bigint, path);
    }
  }
}

function readChange([, change, path, from, id]: SqlRow): TreeChange {
  const facts = { change: change as TreeChange["change"], path: path as ByteString, id: toUnsigned(id as bigint) };
  return from === null ? facts : { ...facts, from: from as ByteString };
}
