import { ENTRY_KIND } from "../../format/entry.ts";
import type { NodeRow, TreeChange } from "../node-store.ts";
import type { MemorySource } from "./memory-data.ts";
import { pathOfRow, walkTree } from "./memory-tree.ts";

/** Differences of two trees, by the rules that `test/support/tree-store-suite.ts` states. */
export function* diffTrees(before: MemorySource, after: MemorySource): Generator<TreeChange> {
  const old = [...walkTree(before)].map(({ row }) => row);
  const now = [...walkTree(after)].map(({ row }) => row);
  const placeOf = (source: MemorySource, row: NodeRow): string => `${row.parent === source.rootId ? "root" : row.parent}/${row.name}`;
  const oldByPlace = new Map(old.map((row) => [placeOf(before, row), row]));
  const nowByPlace = new Map(now.map((row) => [placeOf(after, row), row]));
  const path = (source: MemorySource, row: NodeRow): TreeChange["path"] => pathOfRow(source, row) ?? row.name;

  const gone = old.filter((row) => !isSameNode(row, nowByPlace.get(placeOf(before, row))));
  const come = now.filter((row) => !isSameNode(row, oldByPlace.get(placeOf(after, row))));
  for (const row of now) {
    const was = oldByPlace.get(placeOf(after, row));
    if (was !== undefined && isSameNode(row, was) && (contentDiffers(was, row) || metadataDiffers(was, row))) {
      yield { change: "modified", path: path(after, row), id: row.id };
    }
  }
  const pairs = pairById(gone, come);
  const paired = new Set([...pairs].flat());
  for (const [was, row] of pairs) {
    yield { change: "moved", path: path(after, row), from: path(before, was), id: row.id };
    if (contentDiffers(was, row)) yield { change: "modified", path: path(after, row), id: row.id };
  }
  for (const row of come.filter((candidate) => !paired.has(candidate))) {
    const was = oldByPlace.get(placeOf(after, row));
    const replaced = was !== undefined && !paired.has(was) && isReplacement(was, row);
    yield { change: replaced ? "modified" : "added", path: path(after, row), id: row.id };
  }
  for (const row of gone.filter((candidate) => !paired.has(candidate))) {
    const successor = nowByPlace.get(placeOf(before, row));
    if (successor !== undefined && !paired.has(successor) && isReplacement(row, successor)) continue;
    yield { change: "removed", path: path(before, row), id: row.id };
  }
}

function isSameNode(a: NodeRow, b: NodeRow | undefined): boolean {
  return b !== undefined && a.id === b.id && a.kind === b.kind;
}

/** A file saved by writing a new one and renaming it over the old one: another node under the same name. */
function isReplacement(was: NodeRow, row: NodeRow): boolean {
  return was.kind === row.kind && row.kind !== ENTRY_KIND.directory;
}

function contentDiffers(was: NodeRow, row: NodeRow): boolean {
  if (row.kind === ENTRY_KIND.directory) return false;
  return was.size !== row.size || was.modifiedNs !== row.modifiedNs || was.xorHash !== row.xorHash;
}

/** Only asked of nodes that kept their place: a move itself changes the token. */
function metadataDiffers(was: NodeRow, row: NodeRow): boolean {
  return row.kind !== ENTRY_KIND.directory && was.changeToken !== row.changeToken;
}

/** Pairs rows of the same node and kind; several names of one node are paired in the order of parent and name. */
function pairById(gone: readonly NodeRow[], come: readonly NodeRow[]): ReadonlySet<readonly [NodeRow, NodeRow]> {
  const keyOf = (row: NodeRow): string => `${row.id} ${row.kind}`;
  const waiting = Map.groupBy([...gone].sort(byPlace), keyOf);
  const pairs = new Set<readonly [NodeRow, NodeRow]>();
  for (const row of [...come].sort(byPlace)) {
    const was = waiting.get(keyOf(row))?.shift();
    if (was !== undefined) pairs.add([was, row]);
  }
  return pairs;
}

function byPlace(a: NodeRow, b: NodeRow): number {
  if (a.parent !== b.parent) return a.parent < b.parent ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
