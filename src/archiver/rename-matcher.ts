import type { NodeRow } from "../catalog/node-store.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import type { SourceNode } from "../source/source.ts";
import type { DirectoryWork } from "./directory-work.ts";

/** Files held back until the walk has ended, because they may be renamed ones. Beyond this they are simply read. */
export const DEFERRED_FILES_MAX = 200_000;

/** Rows kept to find them elsewhere. Beyond this, what has vanished counts as gone. */
export const LOST_FILES_MAX = 1_000_000;

/** A row whose node is no longer where it was. */
interface LostRow {
  readonly row: NodeRow;
  /** Another node has its name now: unless the row is found elsewhere, that counts as a change and not as a removal. */
  readonly replaced: boolean;
  found: boolean;
}

/** A file that is new at its place. */
export interface Appeared {
  readonly work: DirectoryWork;
  readonly node: SourceNode;
  /** The row it had under another name of the same directory, if that is known already. */
  readonly row: NodeRow | undefined;
  /** What `replace` said of the row that had its name before. */
  readonly replaced: LostRow | undefined;
}

/** An appeared file and the row of the vanished one that it was. */
export interface Renamed extends Appeared {
  readonly row: NodeRow;
}

/** An appeared file that is no renamed one. */
export interface Fresh extends Appeared {
  readonly action: "new" | "changed";
}

/** What became of all files that were held back and all rows that were lost. */
export interface Matches {
  readonly renamed: readonly Renamed[];
  readonly fresh: readonly Fresh[];
  /** Rows of files and other non-directories that are gone for good. */
  readonly gone: number;
}

/**
 * Pairs files that appeared with files that vanished in the same scan. Same id, size and modification time make a pair;
 * ids are reused, so whoever uses a pair also compares the birth time with the old entry's.
 */
export class RenameMatcher {
  #appeared: Appeared[] = [];
  /** By id: hard links share one. */
  readonly #lost = new Map<bigint, LostRow[]>();
  #lostCount = 0;
  #gone = 0;
  readonly #lostDirectories = new Map<bigint, NodeRow>();
  readonly #seenDirectories = new Set<bigint>();

  /** False when no more files may be held back. */
  defer(appeared: Appeared): boolean {
    if (this.#appeared.length >= DEFERRED_FILES_MAX) return false;
    this.#appeared.push(appeared);
    return true;
  }

  /** A name is gone. */
  vanish(row: NodeRow): void {
    if (row.kind === ENTRY_KIND.directory) this.#lostDirectories.set(row.id, row);
    else this.#lose({ row, replaced: false, found: false });
  }

  /** A name belongs to another node now. */
  replace(row: NodeRow): LostRow | undefined {
    if (row.kind === ENTRY_KIND.directory) {
      this.#lostDirectories.set(row.id, row);
      return undefined;
    }
    return this.#lose({ row, replaced: true, found: false });
  }

  seeDirectory(id: bigint): void {
    this.#seenDirectories.add(id);
  }

  hasSeenDirectory(id: bigint): boolean {
    return this.#seenDirectories.has(id);
  }

  /** Directories that vanished from their place and appeared nowhere else. */
  goneDirectories(): readonly NodeRow[] {
    return [...this.#lostDirectories.values()].filter(({ id }) => !this.#seenDirectories.has(id));
  }

  /** Tells renamed files from really new ones. */
  match(): Matches {
    const renamed: Renamed[] = [];
    const others: Appeared[] = [];
    for (const appeared of this.#appeared) {
      const row = appeared.row ?? this.#find(appeared.node);
      if (row === undefined) others.push(appeared);
      else renamed.push({ ...appeared, row });
    }
    this.#appeared = [];
    let gone = this.#gone + renamed.filter(({ replaced }) => replaced?.found === false).length;
    for (const rows of this.#lost.values()) for (const { replaced, found } of rows) if (!replaced && !found) gone += 1;
    // What had the name before is elsewhere, or it is what the file was before its change.
    const fresh = others.map((appeared): Fresh => ({ ...appeared, action: appeared.replaced?.found === false ? "changed" : "new" }));
    return { renamed, fresh, gone };
  }

  #lose(lost: LostRow): LostRow {
    if (this.#lostCount >= LOST_FILES_MAX) {
      if (!lost.replaced) this.#gone += 1;
      return lost;
    }
    this.#lostCount += 1;
    const same = this.#lost.get(lost.row.id);
    if (same === undefined) this.#lost.set(lost.row.id, [lost]);
    else same.push(lost);
    return lost;
  }

  #find(node: SourceNode): NodeRow | undefined {
    const lost = this.#lost
      .get(node.nodeId)
      ?.find(({ row, found }) => !found && row.kind === node.kind && row.size === node.size && row.modifiedNs === node.modifiedNs);
    if (lost === undefined) return undefined;
    lost.found = true;
    return lost.row;
  }
}
