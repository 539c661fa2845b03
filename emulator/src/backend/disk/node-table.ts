import { DIRECTORY } from "../../protocol/file-attributes.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Ticks } from "../../protocol/ticks.ts";
import type { NodeKind, NodeProperties, NodeRecord } from "../node-record.ts";
import type { Database } from "./database.ts";
import type { Sight } from "./disk-state.ts";
import { NODE_COLUMNS, kindColumn, moreColumn, toNodeRow, type NodeRow } from "./node-rows.ts";
import { ALIVE } from "./schema.ts";
import type { ShareRow } from "./share-rows.ts";

/** What a new root directory has. */
export const ROOT_ATTRIBUTES: Pick<NodeProperties, "attributes" | "permissionKey" | "headers" | "metadata" | "copy"> = {
  attributes: DIRECTORY,
  permissionKey: "",
  headers: {},
  metadata: {},
  copy: undefined,
};

// Statements are found again by their text, so each is one string from the start.
const INSERT = `
  INSERT OR REPLACE INTO node (id, born, died, share, kind, size, created, accessed, written, changed, modified, attributes, links, permission, more)
  VALUES (?, ?, ${ALIVE}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const SELECT_AT = `
  SELECT e.name, e.dir, ${NODE_COLUMNS} FROM entry e JOIN node n ON n.id = e.node AND n.born <= ?1 AND n.died > ?1
  WHERE e.dir = ?2 AND e.key = ?3 AND e.born <= ?1 AND e.died > ?1`;
const SELECT_ROOT = `
  SELECT '' AS name, 0 AS dir, ${NODE_COLUMNS} FROM node n WHERE n.id = ?1 AND n.share = ?3 AND n.born <= ?2 AND n.died > ?2`;
const SELECT_BY_ID = `
  SELECT e.name, e.dir, ${NODE_COLUMNS}
  FROM node n, (SELECT name, dir FROM entry WHERE node = ?1 AND born <= ?2 AND died > ?2 LIMIT 1) e
  WHERE n.id = ?1 AND n.share = ?3 AND n.born <= ?2 AND n.died > ?2`;

/** Where a row lies. */
interface RowPlace {
  readonly id: number;
  readonly born: number;
  readonly share: number;
}

/** Everything a row holds beside its place. */
interface NodeValues extends NodeProperties {
  readonly kind: NodeKind;
  readonly size: number;
  readonly modified: Ticks;
  readonly links: number;
  readonly linkText: string | undefined;
}

/** Writes a living row; one of the same epoch gives way. */
export function insertNode(db: Database, { id, born, share }: RowPlace, values: NodeValues): void {
  const { kind, size, times, modified, attributes, links, permissionKey } = values;
  db.run(
    INSERT,
    id,
    born,
    share,
    kindColumn(kind),
    size,
    times.created,
    times.accessed,
    times.written,
    times.changed,
    modified,
    attributes,
    links,
    permissionKey,
    moreColumn(values),
  );
}

/** Replaces what a living node holds, and keeps the old row for the snapshots that see it. */
export function saveNode(db: Database, owner: ShareRow, { id, born, share, node: { linkCount, ...values } }: NodeRow): void {
  const { epoch } = owner;
  if (born < epoch) buryNode(db, owner, { id, born });
  insertNode(db, { id, born: epoch, share }, { ...values, links: linkCount });
}

/** Ends a row's life: it stays for the snapshots that see it, or goes when there are none. */
export function buryNode(db: Database, { epoch, frozen }: ShareRow, { id, born }: Pick<NodeRow, "id" | "born">): void {
  if (born > frozen) db.run("DELETE FROM node WHERE id = ? AND born = ?", id, born);
  else db.run("UPDATE node SET died = ? WHERE id = ? AND born = ?", epoch, id, born);
}

/** The node under a key in a directory. */
export function nodeAt(db: Database, { share, epoch }: Sight, place: { readonly dir: number; readonly key: string }): NodeRow | undefined {
  const row = db.get(SELECT_AT, epoch, place.dir, place.key);
  return row && toNodeRow(row, share.root);
}

/** The node of this number, under any of its names. */
export function nodeOf(db: Database, { share, epoch }: Sight, id: number): NodeRow | undefined {
  const row = db.get(id === share.root ? SELECT_ROOT : SELECT_BY_ID, id, epoch, share.id);
  return row && toNodeRow(row, share.root);
}

/** The living node of this number; throws ResourceNotFound. */
export function liveNode(db: Database, share: ShareRow, id: number): NodeRow {
  const row = nodeOf(db, { share, epoch: share.epoch }, id);
  if (row === undefined) throw new StorageError("ResourceNotFound");
  return row;
}

/** Moves what moves with every change. */
export function touched(node: NodeRecord, now: Ticks, what: "data" | "properties"): NodeRecord {
  const times = what === "data" ? { ...node.times, accessed: now, written: now, changed: now } : { ...node.times, changed: now };
  return { ...node, times, modified: now };
}
