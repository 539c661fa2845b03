import { ENTRY_KIND } from "../../format/entry.ts";
import { must } from "../../shared/assert.ts";
import type { ByteString } from "../../shared/bytes.ts";
import type { DirectoryRow, NodeRow, NodeStage } from "../node-store.ts";
import { supersededError } from "../superseded.ts";
import { allRows, copyTree, emptyTree, type MemorySource, type MemoryTree } from "./memory-data.ts";

/** Collects changes in plain maps and applies them to a copy of the source's tree. */
export class MemoryStage implements NodeStage {
  readonly #source: MemorySource;
  readonly #generation: number;
  readonly #clear: boolean;
  readonly #committed: () => void;
  readonly #replaced = new Map<bigint, Map<ByteString, NodeRow>>();
  readonly #directories = new Map<bigint, DirectoryRow>();
  readonly #removed = new Set<bigint>();

  constructor(source: MemorySource, options: { readonly generation: number; readonly clear: boolean; readonly committed: () => void }) {
    this.#source = source;
    this.#generation = options.generation;
    this.#clear = options.clear;
    this.#committed = options.committed;
  }

  async replaceChildren(parents: readonly bigint[], rows: readonly NodeRow[]): Promise<void> {
    for (const parent of parents) this.#replaced.set(parent, new Map());
    for (const row of rows) must(this.#replaced.get(row.parent), "a staged row's directory is among the parents").set(row.name, row);
  }

  async putDirectories(rows: readonly DirectoryRow[]): Promise<void> {
    for (const row of rows) this.#directories.set(row.id, row);
  }

  async removeDirectories(ids: readonly bigint[]): Promise<void> {
    for (const id of ids) this.#removed.add(id);
  }

  async commit(state: { readonly snapshot: string; readonly rootId: bigint }): Promise<void> {
    const source = this.#source;
    if (source.generation !== this.#generation) throw supersededError();
    const tree = this.#clear ? emptyTree() : copyTree(source.tree);
    this.#applyRemovals(tree);
    for (const [parent, rows] of this.#replaced) {
      tree.directories.delete(parent);
      if (rows.size === 0) tree.children.delete(parent);
      else tree.children.set(parent, rows);
    }
    for (const [id, row] of this.#directories) tree.directories.set(id, row);
    source.tree = tree;
    source.generation += 1;
    source.snapshot = state.snapshot;
    source.rootId = state.rootId;
    this.#committed();
  }

  async discard(): Promise<void> {
    this.#replaced.clear();
    this.#directories.clear();
    this.#removed.clear();
  }

  #applyRemovals(tree: MemoryTree): void {
    const gone = this.#goneDirectories(tree);
    // A map may lose entries while it is walked.
    for (const row of allRows(tree)) {
      if (gone.has(row.parent) || (isDirectory(row) && gone.has(row.id))) tree.children.get(row.parent)?.delete(row.name);
    }
    for (const id of gone) tree.directories.delete(id);
  }

  /** What is removed and everything below it, but for directories that the stage gives a row to: those have moved. */
  #goneDirectories(tree: MemoryTree): ReadonlySet<bigint> {
    const staged = [...this.#replaced.values()].flatMap((rows) => [...rows.values()]);
    const kept = new Set(staged.filter(isDirectory).map((row) => row.id));
    const gone = new Set([...this.#removed].filter((id) => !kept.has(id)));
    // A set yields what is added while it is walked.
    for (const id of gone) {
      const below = [...(tree.children.get(id)?.values() ?? [])].filter(isDirectory);
      for (const row of below) if (!kept.has(row.id)) gone.add(row.id);
    }
    return gone;
  }
}

function isDirectory(row: NodeRow): boolean {
  return row.kind === ENTRY_KIND.directory;
}
