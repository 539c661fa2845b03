import fc from "fast-check";
import type { NodeRow } from "../../src/catalog/node-store.ts";
import { ENTRY_KIND } from "../../src/format/entry.ts";
import { joinPath, type ByteString } from "../../src/shared/bytes.ts";
import { nameArbitrary, signedArbitrary, type Catalog } from "./catalog-fixture.ts";

/** One edit of a tree. Numbers pick among the nodes there are, so that any edit fits any tree. */
export interface TreeEdit {
  readonly do: "makeFile" | "makeDirectory" | "move" | "remove" | "write";
  readonly node: number;
  readonly directory: number;
  readonly name: ByteString;
  readonly timeNs: bigint;
}

export const treeEditArbitrary: fc.Arbitrary<TreeEdit> = fc.record({
  do: fc.constantFrom("makeFile", "makeDirectory", "makeDirectory", "move", "move", "remove", "write"),
  node: fc.nat(),
  directory: fc.nat(),
  name: nameArbitrary,
  timeNs: signedArbitrary,
});

/** What an edit did: the directories whose rows differ now, a move in other words, and the directories that went. */
interface Effect {
  readonly changed: readonly bigint[];
  readonly removed: readonly bigint[];
  readonly moved?: { readonly from: NodeRow; readonly to: NodeRow };
}

/** A tree as a file system would keep it: each node knows where it is. Ids lie on both sides of 2^53 and 2^63. */
export class TreeModel {
  readonly rootId: bigint = 2n ** 63n + 5n;
  readonly #nodes = new Map<bigint, NodeRow>();
  #made = 0n;

  apply(edit: TreeEdit): Effect {
    const directories = [
      this.rootId,
      ...this.rows()
        .filter((row) => row.kind === ENTRY_KIND.directory)
        .map((row) => row.id),
    ];
    const parent = directories[edit.directory % directories.length] as bigint;
    if (edit.do === "makeFile" || edit.do === "makeDirectory") return this.#make(edit, parent);
    const rows = this.rows();
    const row = rows[edit.node % Math.max(1, rows.length)];
    if (row === undefined) return { changed: [], removed: [] };
    if (edit.do === "move") return this.#move(row, parent, edit.name);
    if (edit.do === "remove") return this.#remove(row);
    this.#nodes.set(row.id, { ...row, size: row.size + 1, modifiedNs: edit.timeNs, changeToken: edit.timeNs });
    return { changed: [row.parent], removed: [] };
  }

  rows(): readonly NodeRow[] {
    return [...this.#nodes.values()];
  }

  ids(): readonly bigint[] {
    return [this.rootId, ...this.#nodes.keys()];
  }

  childrenOf(parent: bigint): readonly NodeRow[] {
    return this.rows().filter((row) => row.parent === parent);
  }

  /** All paths, depth first in byte order. */
  paths(): readonly ByteString[] {
    const below = (directory: bigint, path: ByteString): ByteString[] =>
      [...this.childrenOf(directory)]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((row) => [joinPath(path, row.name), ...below(row.id, joinPath(path, row.name))]);
    return below(this.rootId, "" as ByteString);
  }

  #make(edit: TreeEdit, parent: bigint): Effect {
    if (this.#isTaken(parent, edit.name)) return { changed: [], removed: [] };
    this.#made += 1n;
    const id = [2n ** 63n + 100n, 2n ** 53n, 100n][Number(this.#made % 3n)] as bigint;
    const kind = edit.do === "makeFile" ? ENTRY_KIND.file : ENTRY_KIND.directory;
    const row = {
      parent,
      name: edit.name,
      id: id + this.#made,
      kind,
      size: 1,
      modifiedNs: edit.timeNs,
      changeToken: 3n,
      xorHash: this.#made,
    };
    this.#nodes.set(row.id, row);
    return { changed: kind === ENTRY_KIND.directory ? [parent, row.id] : [parent], removed: [] };
  }

  #move(row: NodeRow, parent: bigint, name: ByteString): Effect {
    if (this.#isTaken(parent, name) || this.#ancestors(parent).has(row.id)) return { changed: [], removed: [] };
    const to = { ...row, parent, name };
    this.#nodes.set(row.id, to);
    return { changed: [row.parent, parent], removed: [], moved: { from: row, to } };
  }

  #remove(row: NodeRow): Effect {
    for (const child of this.childrenOf(row.id)) this.#remove(child);
    this.#nodes.delete(row.id);
    return { changed: [row.parent], removed: row.kind === ENTRY_KIND.directory ? [row.id] : [] };
  }

  #isTaken(parent: bigint, name: ByteString): boolean {
    return this.childrenOf(parent).some((row) => row.name === name);
  }

  #ancestors(id: bigint): ReadonlySet<bigint> {
    const found = new Set([id]);
    for (const at of found) {
      const parent = this.#nodes.get(at)?.parent;
      if (parent !== undefined) found.add(parent);
    }
    return found;
  }
}

/** Applies edits to the model and to every store: moves by `move`, and all others as a backup would stage them. */
export async function randomEdits(
  edits: readonly TreeEdit[],
  { model, stores, sourceId }: { readonly model: TreeModel; readonly stores: readonly Catalog[]; readonly sourceId: number },
): Promise<void> {
  for (const edit of edits) {
    const { changed, removed, moved } = model.apply(edit);
    for (const store of stores) {
      // Every second move arrives as a backup sees it: two listings that differ.
      if (moved !== undefined && edit.node % 2 === 0) {
        await store.move(sourceId, moved.from, moved.to);
        continue;
      }
      const stage = await store.stage(sourceId);
      const parents = [...new Set(changed)];
      await stage.replaceChildren(
        parents,
        parents.flatMap((parent) => model.childrenOf(parent)),
      );
      await stage.removeDirectories(moved?.from.kind === ENTRY_KIND.directory ? [moved.from.id] : removed);
      await stage.commit({ snapshot: "bb", rootId: model.rootId });
    }
  }
}
