import { ENTRY_KIND } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import type { SourceNode } from "../source/source.ts";
import type { NodeRow } from "./node-store.ts";

/**
 * What became of a listed node. `unchanged`: nothing that a listing shows differs. `changed`: the name is known, something
 * differs. `renamed-here`: it had another name in the same directory, its content can be trusted to be the same.
 * For a directory each of these speaks of its own metadata; what lies in it is always listed.
 */
export type NodeVerdict = "unchanged" | "changed" | "renamed-here" | "new";

/** The facts of a listed node that are compared. */
export type ListedNode = Pick<SourceNode, "name" | "kind" | "nodeId" | "size" | "modifiedNs" | "changeToken">;

/** Verdicts and rows go by the position of the node in the listing. */
export interface DirectoryComparison {
  readonly verdicts: readonly NodeVerdict[];
  /** The row of the same name, or of the former name; undefined for new nodes. */
  readonly rows: readonly (NodeRow | undefined)[];
  /** Rows whose name is gone and that are no rename's former name. */
  readonly vanished: readonly NodeRow[];
}

/** Up to this many rows a binary search is faster than building a map (measured). */
const BINARY_SEARCH_ROWS_MAX = 24;

/**
 * Compares a complete listing of one directory, in any order and without repeated names, with the directory's rows,
 * ordered by name as the store gives them.
 */
export function compareDirectory(listing: readonly ListedNode[], rows: readonly NodeRow[]): DirectoryComparison {
  const verdicts = new Array<NodeVerdict>(listing.length);
  const matches = new Array<NodeRow | undefined>(listing.length);
  const find = rowFinder(rows);
  const seen = new Uint8Array(rows.length);
  let found = 0;
  for (let at = 0; at < listing.length; at += 1) {
    const node = listing[at] as ListedNode;
    const index = find(node.name);
    const row = rows[index];
    matches[at] = row;
    if (row === undefined) {
      verdicts[at] = "new";
    } else {
      verdicts[at] = isUnchanged(node, row) ? "unchanged" : "changed";
      seen[index] = 1;
      found += 1;
    }
  }
  if (found === rows.length) return { verdicts, rows: matches, vanished: [] };
  const gone = rows.filter((_, index) => seen[index] === 0);
  const vanished = found === listing.length ? gone : matchRenames({ listing, verdicts, matches, gone });
  return { verdicts, rows: matches, vanished };
}

function isUnchanged(node: ListedNode, row: NodeRow): boolean {
  return (
    node.changeToken === row.changeToken &&
    node.modifiedNs === row.modifiedNs &&
    node.nodeId === row.id &&
    node.size === row.size &&
    node.kind === row.kind
  );
}

/** Index of the row with a name, or -1. */
function rowFinder(rows: readonly NodeRow[]): (name: ByteString) => number {
  if (rows.length <= BINARY_SEARCH_ROWS_MAX) return (name) => searchRows(rows, name);
  const byName = new Map<ByteString, number>();
  for (let at = 0; at < rows.length; at += 1) byName.set((rows[at] as NodeRow).name, at);
  return (name) => byName.get(name) ?? -1;
}

function searchRows(rows: readonly NodeRow[], name: ByteString): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const candidate = (rows[middle] as NodeRow).name;
    if (candidate === name) return middle;
    if (candidate < name) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

interface RenameSearch {
  readonly listing: readonly ListedNode[];
  readonly verdicts: NodeVerdict[];
  readonly matches: (NodeRow | undefined)[];
  readonly gone: readonly NodeRow[];
}

/** Turns `new` into `renamed-here` where a vanished row has the node's id; returns the rows that remain vanished. */
function matchRenames({ listing, verdicts, matches, gone }: RenameSearch): readonly NodeRow[] {
  const byId = new Map<bigint, NodeRow[]>();
  for (const row of gone) {
    const same = byId.get(row.id);
    // Hard links share an id: each of their rows stands for one name.
    if (same === undefined) byId.set(row.id, [row]);
    else same.push(row);
  }
  const renamed = new Set<NodeRow>();
  for (let at = 0; at < listing.length; at += 1) {
    if (verdicts[at] !== "new") continue;
    const node = listing[at] as ListedNode;
    const candidates = byId.get(node.nodeId);
    const index = candidates?.findIndex((row) => isSameContent(node, row)) ?? -1;
    const row = index < 0 ? undefined : candidates?.splice(index, 1)[0];
    if (row === undefined) continue;
    verdicts[at] = "renamed-here";
    matches[at] = row;
    renamed.add(row);
  }
  return renamed.size === 0 ? gone : gone.filter((row) => !renamed.has(row));
}

/** File systems give ids of deleted files to new ones, so a file must also have kept its size and time. */
function isSameContent(node: ListedNode, row: NodeRow): boolean {
  if (node.kind !== row.kind) return false;
  return node.kind === ENTRY_KIND.directory || (node.size === row.size && node.modifiedNs === row.modifiedNs);
}
