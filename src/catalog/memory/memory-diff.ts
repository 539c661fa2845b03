import { ENTRY_KIND } from "../../format/entry.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { NodeRow, TreeChange } from "../node-store.ts";
import type { MemorySource } from "./memory-data.ts";
import { walkTree } from "./memory-tree.ts";

/** A row with what a comparison needs beside it. `place` names the same directory entry in both trees. */
interface Node {
  readonly row: NodeRow;
  readonly path: ByteString;
  readonly place: string;
}

/** Differences of two trees, by the rules that `test/support/tree-store-suite.ts` states. */
export function* diffTrees(before: MemorySource, after: MemorySource): Generator<TreeChange> {
  const [old, now] = [nodesOf(before), nodesOf(after)];
  const stayed = [...now.values()].filter((node) => isSameNode(node, old.get(node.place)));
  const stayedPlaces = new Set(stayed.map((node) => node.place));
  const gone = [...old.values()].filter((node) => !stayedPlaces.has(node.place));
  const come = [...now.values()].filter((node) => !stayedPlaces.has(node.place));
  for (const node of stayed) if (isModified(old.get(node.place), node)) yield changeOf("modified", node);
  const pairs = pairById(gone, come);
  for (const [was, node] of pairs) {
    yield { ...changeOf("moved", node), from: was.path };
    if (contentDiffers(was.row, node.row)) yield changeOf("modified", node);
  }
  const paired = new Set(pairs.flat());
  yield* leftOver(
    gone.filter((node) => !paired.has(node)),
    come.filter((node) => !paired.has(node)),
  );
}

/** A file saved by writing a new one and renaming it over the old one is another node under the same name: one change. */
function* leftOver(gone: readonly Node[], come: readonly Node[]): Generator<TreeChange> {
  // A directory's key holds its id, so no other directory replaces it.
  const keyOf = ({ row, place }: Node): string => `${row.kind === ENTRY_KIND.directory ? `directory ${row.id}` : row.kind} ${place}`;
  const goneKeys = new Set(gone.map(keyOf));
  const comeKeys = new Set(come.map(keyOf));
  for (const node of come) yield changeOf(goneKeys.has(keyOf(node)) ? "modified" : "added", node);
  for (const node of gone) if (!comeKeys.has(keyOf(node))) yield changeOf("removed", node);
}

/** Every node connected to the root, by place. */
function nodesOf(source: MemorySource): ReadonlyMap<string, Node> {
  const nodes = [...walkTree(source)].map(({ path, row }): Node => {
    const place = `${row.parent === source.rootId ? "root" : row.parent}/${row.name}`;
    return { row, path, place };
  });
  return new Map(nodes.map((node) => [node.place, node]));
}

function changeOf(change: TreeChange["change"], { path, row }: Node): TreeChange {
  return { change, path, id: row.id };
}

function isSameNode(a: Node, b: Node | undefined): boolean {
  return b !== undefined && a.row.id === b.row.id && a.row.kind === b.row.kind;
}

/** A directory's own time and token change with every entry; its entries tell what happened. */
function contentDiffers(was: NodeRow, row: NodeRow): boolean {
  if (row.kind === ENTRY_KIND.directory) return false;
  return was.size !== row.size || was.modifiedNs !== row.modifiedNs || was.xorHash !== row.xorHash;
}

/** The token counts only for nodes that kept their place: a move changes it by itself. */
function isModified(was: Node | undefined, { row }: Node): boolean {
  if (was === undefined || row.kind === ENTRY_KIND.directory) return false;
  return contentDiffers(was.row, row) || was.row.changeToken !== row.changeToken;
}

/** Pairs nodes of the same id and kind; several names of one node are paired in the order of parent and name. */
function pairById(gone: readonly Node[], come: readonly Node[]): readonly (readonly [Node, Node])[] {
  const keyOf = ({ row }: Node): string => `${row.id} ${row.kind}`;
  const waiting = Map.groupBy([...gone].sort(byPlace), keyOf);
  const pairs: (readonly [Node, Node])[] = [];
  for (const node of [...come].sort(byPlace)) {
    const was = waiting.get(keyOf(node))?.shift();
    if (was !== undefined) pairs.push([was, node]);
  }
  return pairs;
}

function byPlace({ row: a }: Node, { row: b }: Node): number {
  if (a.parent !== b.parent) return a.parent < b.parent ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
