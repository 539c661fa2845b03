import type { SqliteDatabase, SqliteStatement, SqlRow } from "../../database/sqlite/sqlite-database.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { joinPath, type ByteString } from "../../shared/bytes.ts";
import type { NodeRow } from "../node-store.ts";
import { moveRefusedError, nodeMissingError, WHY_BELOW_ITSELF, WHY_OCCUPIED } from "../tree-errors.ts";
import { NODE_COLUMNS, readNode, toSigned, toUnsigned } from "./row-codec.ts";
import type { RowReader } from "./row-reader.ts";
import type { SourceRecord, SourceTable } from "./source-table.ts";

/** Where a node is: its directory and its name. */
export interface Place {
  readonly parent: bigint;
  readonly name: ByteString;
}

/** What paths are resolved in. */
export type TreeRoot = Pick<SourceRecord, "tree" | "rootId">;

/** Directories whose rows `descendants` hands out at a time. */
const BATCH_DIRECTORIES_MAX = 64;

/** Directories that `descendants` and `move` find below a directory; UNION ends it even where rows form a ring. */
const BELOW_SQL = `
  WITH RECURSIVE below (id) AS (
    SELECT ?2
    UNION
    SELECT nodes.id FROM below JOIN nodes ON nodes.tree = ?1 AND nodes.parent = below.id AND nodes.kind = 1
  )`;

/** Tree operations on the rows of one file. Methods that are not iterations want a transaction around them. */
export class SqliteTree {
  readonly #database: SqliteDatabase;
  readonly #sources: SourceTable;
  readonly #reader: RowReader;
  readonly #child: SqliteStatement;
  readonly #holder: SqliteStatement;
  readonly #below: SqliteStatement;
  readonly #isBelow: SqliteStatement;

  constructor(database: SqliteDatabase, { sources, reader }: { readonly sources: SourceTable; readonly reader: RowReader }) {
    this.#database = database;
    this.#sources = sources;
    this.#reader = reader;
    this.#child = database.prepare(`SELECT ${NODE_COLUMNS} FROM nodes WHERE tree = ? AND parent = ? AND name = ?`);
    this.#holder = database.prepare("SELECT parent, name FROM nodes WHERE tree = ? AND kind = 1 AND id = ? ORDER BY parent, name LIMIT 1");
    this.#below = database.prepare(`${BELOW_SQL} SELECT id FROM below`);
    this.#isBelow = database.prepare(`${BELOW_SQL} SELECT 1 FROM below WHERE id = ?3`);
  }

  /** Changes the one row, and forgets the pages of both directories, which do not show their rows any more. */
  move({ tree }: TreeRoot, from: Place, to: Place): void {
    const row = this.#row(tree, from);
    if (row === undefined) throw nodeMissingError(from.name);
    if (this.#row(tree, to) !== undefined) throw moveRefusedError(to.name, WHY_OCCUPIED);
    const [source, target] = [toSigned(from.parent), toSigned(to.parent)];
    const isDirectory = row.kind === ENTRY_KIND.directory;
    if (isDirectory && this.#isBelow.all(tree, toSigned(row.id), target).length > 0) throw moveRefusedError(to.name, WHY_BELOW_ITSELF);
    const update = this.#database.prepare("UPDATE nodes SET parent = ?, name = ? WHERE tree = ? AND parent = ? AND name = ?");
    update.run(target, to.name, tree, source, from.name);
    this.#database.prepare("DELETE FROM directories WHERE tree = ? AND id IN (?, ?)").run(tree, source, target);
  }

  /**
   * One recursive query finds the directories, whose rows are then read in batches: an open cursor would keep the
   * log from being folded into the file for as long as the consumer takes.
   */
  async *descendants(sourceId: number, id: bigint): AsyncGenerator<readonly NodeRow[]> {
    const { tree } = this.#sources.byId(sourceId);
    const directories = this.#below.all(tree, toSigned(id)).map(([directory]) => toUnsigned(directory as bigint));
    for (let start = 0; start < directories.length; start += BATCH_DIRECTORIES_MAX) {
      const batch = this.#reader.children(tree, directories.slice(start, start + BATCH_DIRECTORIES_MAX)).flat();
      if (batch.length > 0) yield batch;
    }
  }

  /** Directories are found by an index. Any other node needs a scan of the tree's rows; of several names the first path counts. */
  pathOf(root: TreeRoot, id: bigint): ByteString | undefined {
    if (id === root.rootId) return "" as ByteString;
    const places = this.#holder.all(root.tree, toSigned(id));
    const found =
      places.length > 0
        ? places
        : this.#database.prepare("SELECT parent, name FROM nodes WHERE tree = ? AND id = ?").all(root.tree, toSigned(id));
    let first: ByteString | undefined;
    for (const place of found.map(readPlace)) {
      const path = this.pathOfPlace(root, place);
      if (path !== undefined && (first === undefined || path < first)) first = path;
    }
    return first;
  }

  /** Climbs from parent to parent; undefined when that does not end at the root. */
  pathOfPlace({ tree, rootId }: TreeRoot, { parent, name }: Place): ByteString | undefined {
    const climbed = new Set<bigint>();
    let path = name;
    for (let at = parent; at !== rootId;) {
      const columns = climbed.has(at) ? undefined : this.#holder.all(tree, toSigned(at))[0];
      if (columns === undefined) return undefined;
      climbed.add(at);
      const holder = readPlace(columns);
      path = joinPath(holder.name, path);
      at = holder.parent;
    }
    return path;
  }

  lookup({ tree, rootId }: TreeRoot, path: ByteString): NodeRow | undefined {
    let parent = rootId;
    let row: NodeRow | undefined;
    for (const name of path.split("/") as ByteString[]) {
      row = this.#row(tree, { parent, name });
      if (row === undefined) return undefined;
      parent = row.id;
    }
    return row;
  }

  /** Depth first in byte order of names; memory holds the rows of the directories on the way down. */
  async *walk(sourceId: number): AsyncGenerator<{ readonly path: ByteString; readonly row: NodeRow }> {
    const { tree, rootId } = this.#sources.byId(sourceId);
    const enter = (id: bigint, path: ByteString): Level => ({
      id,
      path,
      rows: this.#reader.children(tree, [id])[0]?.values() ?? [].values(),
    });
    const levels = [enter(rootId, "" as ByteString)];
    const entered = new Set([rootId]);
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const { value: row, done } = level.rows.next();
      if (done === true) {
        entered.delete(level.id);
        levels.pop();
        continue;
      }
      const path = joinPath(level.path, row.name);
      yield { path, row };
      if (row.kind !== ENTRY_KIND.directory || entered.has(row.id)) continue;
      entered.add(row.id);
      levels.push(enter(row.id, path));
    }
  }

  #row(tree: bigint, { parent, name }: Place): NodeRow | undefined {
    return this.#child.all(tree, toSigned(parent), name).map(readNode)[0];
  }
}

interface Level {
  readonly id: bigint;
  readonly path: ByteString;
  readonly rows: Iterator<NodeRow, undefined>;
}

function readPlace(columns: SqlRow): Place {
  return { parent: toUnsigned(columns[0] as bigint), name: columns[1] as ByteString };
}
