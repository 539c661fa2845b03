import type { CatalogSource, DirectoryRow, NodeRow, NodeStage, NodeStore, TreeChange, TreeStore } from "../node-store.ts";
import type { ByteString } from "../../shared/bytes.ts";
import { allRows, describe, emptyTree, MemoryData, sortedChildren, type MemorySource, type MemoryTree } from "./memory-data.ts";
import { diffTrees } from "./memory-diff.ts";
import { MemoryStage } from "./memory-stage.ts";
import { descendantsOf, lookupPath, moveNode, pathOfNode, walkTree } from "./memory-tree.ts";

/**
 * A catalog in plain maps: the reference that says what every other implementation must do, and a catalog for runs
 * that keep none. Handles that share `data` act as connections to the same catalog.
 */
export class MemoryCatalog implements NodeStore, TreeStore {
  readonly #data: MemoryData;
  readonly #seen = new Map<number, number>();

  constructor(data: MemoryData = new MemoryData()) {
    this.#data = data;
  }

  async source(key: string): Promise<CatalogSource> {
    const source = this.#data.byKey(key);
    this.#seen.set(source.sourceId, source.generation);
    return describe(source);
  }

  async sources(): Promise<readonly CatalogSource[]> {
    return this.#data.sources.map(describe);
  }

  async children(sourceId: number, parents: readonly bigint[]): Promise<readonly (readonly NodeRow[])[]> {
    const tree = this.#pinned(sourceId);
    return parents.map((parent) => sortedChildren(tree, parent));
  }

  async directories(sourceId: number, ids: readonly bigint[]): Promise<readonly (DirectoryRow | undefined)[]> {
    const tree = this.#pinned(sourceId);
    return ids.map((id) => tree.directories.get(id));
  }

  async stage(sourceId: number, options: { readonly clear?: boolean } = {}): Promise<NodeStage> {
    const source = this.#data.byId(sourceId);
    return new MemoryStage(source, {
      generation: this.#generation(source),
      clear: options.clear ?? false,
      committed: () => this.#seen.set(sourceId, source.generation),
    });
  }

  async size(): Promise<{ readonly rows: number; readonly bytes: number }> {
    return { rows: this.#data.sources.reduce((rows, source) => rows + [...allRows(source.tree)].length, 0), bytes: 0 };
  }

  async close(): Promise<void> {}

  async move(
    sourceId: number,
    from: { readonly parent: bigint; readonly name: ByteString },
    to: { readonly parent: bigint; readonly name: ByteString },
  ): Promise<void> {
    const source = this.#data.byId(sourceId);
    const seen = this.#generation(source);
    moveNode(source.tree, from, to);
    source.generation += 1;
    if (seen === source.generation - 1) this.#seen.set(sourceId, source.generation);
  }

  async *descendants(sourceId: number, id: bigint): AsyncIterable<readonly NodeRow[]> {
    yield* descendantsOf(this.#data.byId(sourceId).tree, id);
  }

  async pathOf(sourceId: number, id: bigint): Promise<ByteString | undefined> {
    return pathOfNode(this.#data.byId(sourceId), id);
  }

  async lookup(sourceId: number, path: ByteString): Promise<NodeRow | undefined> {
    return lookupPath(this.#data.byId(sourceId), path);
  }

  async *walk(sourceId: number): AsyncIterable<{ readonly path: ByteString; readonly row: NodeRow }> {
    yield* walkTree(this.#data.byId(sourceId));
  }

  async *diff(beforeSourceId: number, afterSourceId: number): AsyncIterable<TreeChange> {
    yield* diffTrees(this.#data.byId(beforeSourceId), this.#data.byId(afterSourceId));
  }

  #generation(source: MemorySource): number {
    const seen = this.#seen.get(source.sourceId) ?? source.generation;
    this.#seen.set(source.sourceId, seen);
    return seen;
  }

  /** The rows this handle saw first; none once another handle has changed them. */
  #pinned(sourceId: number): MemoryTree {
    const source = this.#data.byId(sourceId);
    return this.#generation(source) === source.generation ? source.tree : emptyTree();
  }
}
