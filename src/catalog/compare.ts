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

/**
 * Compares a complete listing of one directory, in any order and without repeated names, with the directory's rows.
 */
export function compareDirectory(listing: readonly ListedNode[], rows: readonly NodeRow[]): DirectoryComparison {
  const verdicts = new Array<NodeVerdict>(listing.length);
  const matches = new Array<NodeRow | undefined>(listing.length);
  // A map beats a binary search for directories of any size (measured).
  const indexes = new Map<ByteString, number>();
  for (let at = 0; at < rows.length; at += 1) indexes.set((rows[at] as NodeRow).name, at);
  const seen = new Uint8Array(rows.length);
  let found = 0;
  for (let at = 0; at < listing.length; at += 1) {
    const node = listing[at] as ListedNode;
    const index = indexes.get(node.name);
    const row = index === undefined ? undefined : rows[index];
    matches[at] = row;
    if (index === undefined || row === undefined) {
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
