import type { NodeRow } from "../catalog/node-store.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import type { SourceNode } from "../source/source.ts";
import type { DirectoryWork } from "./directory-work.ts";

/** Files held back until the walk has ended, because they may be renamed ones. Beyond this they are simply read. */
export const DEFERRED_FILES_MAX = 200_000;

/** A file that is new at its place. */
export interface Appeared {
  readonly work: DirectoryWork;
  readonly node: SourceNode;
  /** The row it had under another name of the same directory, if that is known already. */
  readonly row: NodeRow | undefined;
}

/** An appeared file and the row of the vanished one that it was. */
export interface Renamed extends Appeared {
  readonly row: NodeRow;
}

type Files = Map<bigint, NodeRow[]>;

/**
 * Pairs files that appeared with files that vanished in the same scan. Same id, size and modification time make a pair;
 * ids are reused, so whoever uses a pair also compares the birth time with the old entry's.
 */
export class RenameMatcher {
  readonly #appeared: Appeared[] = [];
  /** By id: hard links share one. */
  readonly #vanished: Files = new Map();
  #filesGone = 0;
  readonly #vanishedDirectories = new Map<bigint, NodeRow>();
  readonly #seenDirectories = new Set<bigint>();

  /** Files and other non-directories that vanished and were matched with nothing. */
  get filesGone(): number {
    return this.#filesGone;
  }

  /** False when no more files may be held back. */
  defer(appeared: Appeared): boolean {
    if (this.#appeared.length >= DEFERRED_FILES_MAX) return false;
    this.#appeared.push(appeared);
    return true;
  }

  vanish(row: NodeRow): void {
    if (row.kind === ENTRY_KIND.directory) {
      this.#vanishedDirectories.set(row.id, row);
      return;
    }
    this.#filesGone += 1;
    const same = this.#vanished.get(row.id);
    if (same === undefined) this.#vanished.set(row.id, [row]);
    else same.push(row);
  }

  seeDirectory(id: bigint): void {
    this.#seenDirectories.add(id);
  }

  hasSeenDirectory(id: bigint): boolean {
    return this.#seenDirectories.has(id);
  }

  /** Directories that vanished from their place and appeared nowhere else. */
  goneDirectories(): readonly NodeRow[] {
    return [...this.#vanishedDirectories.values()].filter(({ id }) => !this.#seenDirectories.has(id));
  }

  /** Splits what appeared into renamed and really new files. */
  match(): { readonly renamed: readonly Renamed[]; readonly fresh: readonly Appeared[] } {
    const renamed: Renamed[] = [];
    const fresh: Appeared[] = [];
    for (const appeared of this.#appeared.splice(0)) {
      const row = appeared.row ?? this.#take(appeared.node);
      if (row !== undefined) renamed.push({ ...appeared, row });
      else fresh.push(appeared);
    }
    return { renamed, fresh };
  }

  #take(node: SourceNode): NodeRow | undefined {
    const rows = this.#vanished.get(node.nodeId);
    const at = rows?.findIndex((row) => row.kind === node.kind && row.size === node.size && row.modifiedNs === node.modifiedNs) ?? -1;
    if (rows === undefined || at < 0) return undefined;
    this.#filesGone -= 1;
    return rows.splice(at, 1)[0];
  }
}
