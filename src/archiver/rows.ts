import type { DirectoryRow, NodeRow } from "../catalog/node-store.ts";
import type { SourceNode } from "../source/source.ts";

/** Ids of deleted nodes are used again, also for nodes of another kind. */
export function isSameNode(row: NodeRow, node: SourceNode): boolean {
  return row.id === node.nodeId && row.kind === node.kind;
}

/** True when both say that as much lies below. */
export function sameTotals(a: DirectoryTotals, b: DirectoryTotals): boolean {
  return a.totalFiles === b.totalFiles && a.totalDirectories === b.totalDirectories && a.totalBytes === b.totalBytes;
}

type DirectoryTotals = Pick<DirectoryRow, "totalFiles" | "totalDirectories" | "totalBytes">;

/** The catalog's row of a node. */
export function rowOf(parent: bigint, node: SourceNode, facts: { readonly xorHash: bigint; readonly changeToken: bigint }): NodeRow {
  const { name, kind, size, modifiedNs, nodeId } = node;
  return { parent, name, id: nodeId, kind, size, modifiedNs, ...facts };
}
