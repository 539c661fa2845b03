import type { SqlInput, SqlRow } from "../../database/sqlite/sqlite-database.ts";
import type { EntryKind } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { DirectoryRow, NodeRow } from "../node-store.ts";

/** Columns of `nodes` in the order that `writeNode` sets and `readNode` expects, without the tree. */
export const NODE_COLUMNS = "parent, name, kind, id, size, modified, token, xor";

/** How many columns that are. */
export const NODE_COLUMN_COUNT = 8;

/** Columns of `directories` in the order that `directoryValues` binds and `readDirectory` expects, without the tree. */
export const DIRECTORY_COLUMNS = "id, page, page_length, files, directories, bytes, stamp";

const SIGNED_MAX = 2n ** 63n - 1n;
const UNSIGNED_SPAN = 2n ** 64n;

/** The signed 64-bit value with the same bits: SQLite has no unsigned integers. */
export function toSigned(value: bigint): bigint {
  return value > SIGNED_MAX ? value - UNSIGNED_SPAN : value;
}

/** Undoes `toSigned`. */
export function toUnsigned(value: bigint): bigint {
  return value < 0n ? value + UNSIGNED_SPAN : value;
}

/** Puts the values of `NODE_COLUMNS` into `values`, starting at `at`. */
export function writeNode(values: SqlInput[], at: number, row: NodeRow): void {
  values[at] = toSigned(row.parent);
  values[at + 1] = row.name;
  values[at + 2] = row.kind;
  values[at + 3] = toSigned(row.id);
  values[at + 4] = row.size;
  values[at + 5] = row.modifiedNs;
  values[at + 6] = row.changeToken === row.modifiedNs ? 0 : BigInt.asIntN(64, row.changeToken - row.modifiedNs);
  values[at + 7] = toSigned(row.xorHash);
}

/** The row that `NODE_COLUMNS`, selected in their order, describe. */
export function readNode(columns: SqlRow): NodeRow {
  const modifiedNs = columns[5] as bigint;
  const token = columns[6] as bigint;
  return {
    parent: toUnsigned(columns[0] as bigint),
    name: columns[1] as ByteString,
    id: toUnsigned(columns[3] as bigint),
    kind: Number(columns[2]) as EntryKind,
    size: Number(columns[4]),
    modifiedNs,
    changeToken: token === 0n ? modifiedNs : BigInt.asIntN(64, modifiedNs + token),
    xorHash: toUnsigned(columns[7] as bigint),
  };
}

export function directoryValues(tree: bigint, row: DirectoryRow): SqlInput[] {
  return [tree, toSigned(row.id), row.page.id, row.page.length, row.totalFiles, row.totalDirectories, row.totalBytes, row.stamp ?? null];
}

export function readDirectory(columns: SqlRow): DirectoryRow {
  return {
    id: toUnsigned(columns[0] as bigint),
    page: { id: columns[1] as Uint8Array, length: Number(columns[2]) },
    totalFiles: Number(columns[3]),
    totalDirectories: Number(columns[4]),
    totalBytes: Number(columns[5]),
    ...(columns[6] !== null && { stamp: columns[6] as bigint }),
  };
}
