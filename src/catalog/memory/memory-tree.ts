import { ENTRY_KIND } from "../../format/entry.ts";
import { joinPath, type ByteString } from "../../shared/bytes.ts";
import type { NodeRow } from "../node-store.ts";
import { moveRefusedError, nodeMissingError, WHY_BELOW_ITSELF, WHY_OCCUPIED } from "../tree-errors.ts";
import { allRows, sortedChildren, type MemorySource, type MemoryTree } from "./memory-data.ts";

interface Place {
  readonly parent: bigint;
  readonly name: ByteString;
}

export function moveNode(tree: MemoryTree, from: Place, to: Place): void {
  const row = tree.children.get(from.parent)?.get(from.name);
  if (row === undefined) throw nodeMissingError(from.name);
  if (tree.children.get(to.parent)?.has(to.name) === true) throw moveRefusedError(to.name, WHY_OCCUPIED);
  if (row.kind === ENTRY_KIND.directory && isInside(tree, to.parent, row.id)) throw moveRefusedError(to.name, WHY_BELOW_ITSELF);
  tree.children.get(from.parent)?.delete(from.name);
  const target = tree.children.get(to.parent) ?? new Map<ByteString, NodeRow>();
  tree.children.set(to.parent, target.set(to.name, { ...row, parent: to.parent, name: to.name }));
  tree.directories.delete(from.parent);
  tree.directories.delete(to.parent);
}

export function* descendantsOf(tree: MemoryTree, id: bigint): Generator<readonly NodeRow[]> {
  for (const directory of directoriesBelow(tree, id)) yield sortedChildren(tree, directory);
}

export function pathOfNode(source: MemorySource, id: bigint): ByteString | undefined {
  if (id === source.rootId) return "" as ByteString;
  const rows = [...allRows(source.tree)].filter((row) => row.id === id);
  const paths = rows.map((row) => pathOfRow(source, row)).filter((path) => path !== undefined);
  return paths.sort(byBytes)[0];
}

export function lookupPath(source: MemorySource, path: ByteString): NodeRow | undefined {
  let parent = source.rootId;
  let row: NodeRow | undefined;
  for (const name of path.split("/") as ByteString[]) {
    row = source.tree.children.get(parent)?.get(name);
    if (row === undefined) return undefined;
    parent = row.id;
  }
  return row;
}

export function* walkTree(source: MemorySource): Generator<{ readonly path: ByteString; readonly row: NodeRow }> {
  const entered = new Set<bigint>([source.rootId]);
  function* visit(directory: bigint, path: ByteString): Generator<{ readonly path: ByteString; readonly row: NodeRow }> {
    for (const row of sortedChildren(source.tree, directory)) {
      const below = joinPath(path, row.name);
      yield { path: below, row };
      if (row.kind !== ENTRY_KIND.directory || entered.has(row.id)) continue;
      entered.add(row.id);
      yield* visit(row.id, below);
      entered.delete(row.id);
    }
  }
  yield* visit(source.rootId, "" as ByteString);
}

/** Path of a row by climbing from parent to parent; undefined when that does not end at the root. */
export function pathOfRow(source: MemorySource, row: NodeRow): ByteString | undefined {
  const climbed = new Set<bigint>();
  let path = row.name;
  for (let parent = row.parent; parent !== source.rootId;) {
    if (climbed.has(parent)) return undefined;
    climbed.add(parent);
    const holder = [...allRows(source.tree)].find((candidate) => candidate.id === parent && candidate.kind === ENTRY_KIND.directory);
    if (holder === undefined) return undefined;
    path = joinPath(holder.name, path);
    parent = holder.parent;
  }
  return path;
}

function byBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The directory itself and every directory below it. */
function directoriesBelow(tree: MemoryTree, id: bigint): ReadonlySet<bigint> {
  const found = new Set([id]);
  // A set yields what is added while it is walked.
  for (const directory of found) {
    for (const row of tree.children.get(directory)?.values() ?? []) if (row.kind === ENTRY_KIND.directory) found.add(row.id);
  }
  return found;
}

function isInside(tree: MemoryTree, candidate: bigint, directory: bigint): boolean {
  return directoriesBelow(tree, directory).has(candidate);
}
