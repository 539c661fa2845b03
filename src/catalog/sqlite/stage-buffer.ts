import { must } from "../../shared/assert.ts";
import type { DirectoryRow, NodeRow } from "../node-store.ts";
import { toSigned } from "./row-codec.ts";

/** Changes held in memory, the last word on each directory. */
export class StageBuffer {
  readonly #children = new Map<bigint, NodeRow[]>();
  readonly #directories = new Map<bigint, DirectoryRow>();
  readonly #removed = new Set<bigint>();
  #rows = 0;

  /** Rows, directories and removals held: what a bound is put on. */
  get items(): number {
    return this.#rows + this.#children.size + this.#directories.size + this.#removed.size;
  }

  get directories(): Iterable<DirectoryRow> {
    return this.#directories.values();
  }

  get removed(): Iterable<bigint> {
    return this.#removed;
  }

  replaceChildren(parents: readonly bigint[], rows: readonly NodeRow[]): void {
    for (const parent of parents) {
      this.#rows -= this.#children.get(parent)?.length ?? 0;
      this.#children.set(parent, []);
    }
    for (const row of rows) must(this.#children.get(row.parent), "a staged row's directory is among the parents").push(row);
    this.#rows += rows.length;
  }

  putDirectories(rows: readonly DirectoryRow[]): void {
    for (const row of rows) this.#directories.set(row.id, row);
  }

  remove(ids: readonly bigint[]): void {
    for (const id of ids) this.#removed.add(id);
  }

  /** Replaced directories in key order. */
  parents(): readonly bigint[] {
    return [...this.#children.keys()].sort((a, b) => (toSigned(a) < toSigned(b) ? -1 : 1));
  }

  /** All rows in key order. */
  rows(): readonly NodeRow[] {
    const rows: NodeRow[] = [];
    for (const parent of this.parents()) for (const row of sortedByName(this.#children.get(parent) ?? [])) rows.push(row);
    return rows;
  }

  clear(): void {
    this.#children.clear();
    this.#directories.clear();
    this.#removed.clear();
    this.#rows = 0;
  }
}

/** Listings mostly arrive sorted, as pages store them. */
function sortedByName(rows: NodeRow[]): readonly NodeRow[] {
  for (let at = 1; at < rows.length; at += 1) {
    if ((rows[at - 1] as NodeRow).name >= (rows[at] as NodeRow).name) return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  return rows;
}
