import type { ByteString } from "../../shared/bytes.ts";
import type { CatalogSource, DirectoryRow, NodeRow } from "../node-store.ts";

/** Rows of one source. */
export interface MemoryTree {
  readonly children: Map<bigint, Map<ByteString, NodeRow>>;
  readonly directories: Map<bigint, DirectoryRow>;
}

/** One source with its rows. `generation` grows with every change. */
export interface MemorySource {
  readonly key: string;
  readonly sourceId: number;
  snapshot: string;
  rootId: bigint;
  generation: number;
  tree: MemoryTree;
}

/** What all connections to one memory catalog share. */
export class MemoryData {
  readonly sources: MemorySource[] = [];

  /** The source of an id; an empty one for ids that were never given out. */
  byId(sourceId: number): MemorySource {
    return this.sources[sourceId - 1] ?? newSource("", sourceId);
  }

  byKey(key: string): MemorySource {
    const known = this.sources.find((source) => source.key === key);
    if (known !== undefined) return known;
    const source = newSource(key, this.sources.length + 1);
    this.sources.push(source);
    return source;
  }
}

function newSource(key: string, sourceId: number): MemorySource {
  return { key, sourceId, snapshot: "", rootId: 0n, generation: 0, tree: emptyTree() };
}

export function emptyTree(): MemoryTree {
  return { children: new Map(), directories: new Map() };
}

export function copyTree(tree: MemoryTree): MemoryTree {
  return {
    children: new Map([...tree.children].map(([parent, rows]) => [parent, new Map(rows)])),
    directories: new Map(tree.directories),
  };
}

export function describe({ sourceId, key, snapshot, rootId }: MemorySource): CatalogSource {
  return { sourceId, key, snapshot, rootId };
}

/** The rows of a directory, ordered by name bytes. */
export function sortedChildren(tree: MemoryTree, parent: bigint): readonly NodeRow[] {
  return [...(tree.children.get(parent)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All rows in no particular order. */
export function* allRows(tree: MemoryTree): Generator<NodeRow> {
  for (const rows of tree.children.values()) yield* rows.values();
}
