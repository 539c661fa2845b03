import type { SqliteDatabase, SqliteStatement, SqlRow } from "../../database/sqlite/sqlite-database.ts";
import type { DirectoryRow, NodeRow } from "../node-store.ts";
import { DIRECTORY_COLUMNS, NODE_COLUMNS, readDirectory, readNode, toSigned } from "./row-codec.ts";

/**
 * Ids asked for by one statement. 64 at a time read 8,000 small directories a quarter faster than one by one; a walk often asks for
 * a few, and binding 64 for those took longer than all the rest (measured).
 */
const IDS_PER_STATEMENT = [64, 8, 1] as const;

const NO_ROWS: readonly NodeRow[] = Object.freeze([]);

/** Reads the rows of many directories with few statements. Callers hold a read transaction around each call. */
export class RowReader {
  readonly #parents: readonly SqliteStatement[];
  readonly #directories: readonly SqliteStatement[];

  constructor(database: SqliteDatabase) {
    const places = IDS_PER_STATEMENT.map((ids) => Array.from({ length: ids }, () => "?").join());
    this.#parents = places.map((list) =>
      database.prepare(`SELECT ${NODE_COLUMNS} FROM nodes WHERE tree = ? AND parent IN (${list}) ORDER BY parent, name`),
    );
    this.#directories = places.map((list) =>
      database.prepare(`SELECT ${DIRECTORY_COLUMNS} FROM directories WHERE tree = ? AND id IN (${list})`),
    );
  }

  /** One array a parent, in the order asked, each ordered by name bytes. */
  children(tree: bigint, parents: readonly bigint[]): readonly (readonly NodeRow[])[] {
    const byParent = new Map<bigint, NodeRow[]>();
    inGroups(parents, this.#parents, (statement, ids) => {
      let group: NodeRow[] = [];
      let parent: bigint | undefined;
      for (const columns of statement.all(tree, ...ids)) {
        const row = readNode(columns);
        if (row.parent !== parent) {
          parent = row.parent;
          group = [];
          byParent.set(parent, group);
        }
        group.push(row);
      }
    });
    return parents.map((parent) => byParent.get(parent) ?? NO_ROWS);
  }

  directories(tree: bigint, ids: readonly bigint[]): readonly (DirectoryRow | undefined)[] {
    const byId = new Map<bigint, DirectoryRow>();
    const add = (columns: SqlRow): void => {
      const row = readDirectory(columns);
      byId.set(row.id, row);
    };
    inGroups(ids, this.#directories, (statement, group) => statement.all(tree, ...group).forEach(add));
    return ids.map((id) => byId.get(id));
  }
}

/** Hands out `ids`, signed, in groups of the lengths that `statements` are made for; the last id fills up the last group. */
function inGroups(
  ids: readonly bigint[],
  statements: readonly SqliteStatement[],
  use: (statement: SqliteStatement, group: readonly bigint[]) => void,
): void {
  for (let start = 0; start < ids.length;) {
    const rest = ids.length - start;
    // The smallest that takes all of the rest, or the largest.
    const which = Math.max(
      0,
      IDS_PER_STATEMENT.findLastIndex((length) => length >= rest),
    );
    const length = IDS_PER_STATEMENT[which] as number;
    const group = ids.slice(start, start + length).map(toSigned);
    const last = group.at(-1) as bigint;
    while (group.length < length) group.push(last);
    use(statements[which] as SqliteStatement, group);
    start += length;
  }
}
