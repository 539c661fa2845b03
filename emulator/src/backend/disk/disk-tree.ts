import type { Found, Page, PageRequest, TreeReader, View } from "../backend.ts";
import type { NodeRecord } from "../node-record.ts";
import { int, text } from "./database.ts";
import type { DiskState } from "./disk-state.ts";
import { nameKey } from "./name-key.ts";
import { NODE_COLUMNS, fromFileId, toNodeRow } from "./node-rows.ts";
import { nodeAt, nodeOf } from "./node-table.ts";

/** Sorts behind every name with the same beginning. */
const BEHIND = "\u{10ffff}\u{10ffff}";

const SELECT_PAGE = `
  SELECT e.key, e.name, e.dir, ${NODE_COLUMNS} FROM entry e JOIN node n ON n.id = e.node AND n.born <= ?1 AND n.died > ?1
  WHERE e.dir = ?2 AND e.key >= ?3 AND e.key < ?4 AND e.key > ?5 AND e.born <= ?1 AND e.died > ?1 ORDER BY e.key LIMIT ?6`;

/** Names deeper than this do not exist. */
const DEPTH_MAX = 4096;

/** Names and properties of the disk backend. */
export class DiskTree implements TreeReader {
  readonly #state: DiskState;

  constructor(state: DiskState) {
    this.#state = state;
  }

  async find(view: View, path: readonly string[]): Promise<Found> {
    const { db } = this.#state;
    const sight = this.#state.sight(view);
    const { root, protocol } = sight.share;
    // Deep paths need the root's number only.
    let node = path.length <= 1 ? nodeOf(db, sight, root)?.node : undefined;
    let parent: NodeRecord | undefined;
    let id = root;
    for (const name of path) {
      if (id !== root && node?.kind !== "directory") return { node: undefined, parent: undefined };
      parent = node;
      const row = nodeAt(db, sight, { dir: id, key: nameKey(name, protocol) });
      node = row?.node;
      id = row?.id ?? -1;
    }
    return { node, parent };
  }

  async get(view: View, fileId: bigint): Promise<NodeRecord | undefined> {
    const sight = this.#state.sight(view);
    return nodeOf(this.#state.db, sight, fromFileId(fileId, sight.share.root))?.node;
  }

  async pathOf(view: View, fileId: bigint): Promise<readonly string[] | undefined> {
    const { share, epoch } = this.#state.sight(view);
    const names: string[] = [];
    let id = fromFileId(fileId, share.root);
    while (id !== share.root) {
      const sql = "SELECT name, dir FROM entry WHERE node = ? AND share = ? AND born <= ? AND died > ? LIMIT 1";
      const row = this.#state.db.get(sql, id, share.id, epoch, epoch);
      if (row === undefined || names.length > DEPTH_MAX) return undefined;
      names.unshift(text(row, "name"));
      id = int(row, "dir");
    }
    return names;
  }

  async list(view: View, directoryId: bigint, { prefix, after, countMax }: PageRequest): Promise<Page> {
    const { share, epoch } = this.#state.sight(view);
    const start = nameKey(prefix, share.protocol);
    const rows = this.#state.db.all(
      SELECT_PAGE,
      epoch,
      fromFileId(directoryId, share.root),
      start,
      start + BEHIND,
      after ?? "",
      countMax + 1,
    );
    const shown = rows.slice(0, countMax);
    const last = shown.at(-1);
    return {
      nodes: shown.map((row) => toNodeRow(row, share.root).node),
      next: rows.length > countMax && last !== undefined ? text(last, "key") : undefined,
    };
  }
}
