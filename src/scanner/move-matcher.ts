import type { NodeRow } from "../catalog/node-store.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import type { SourceNode } from "../source/source.ts";

/** Entries remembered on each side until the scan ends. Beyond this they count as new, or as deleted. */
const ENTRIES_MAX = 1_000_000;

/** What is compared of an entry that is somewhere else now. */
type Trace = Pick<NodeRow, "kind" | "size" | "modifiedNs">;

/** Counts entries that appeared and vanished, and pairs those that are the same: same id, and of files size and time. */
export class MoveMatcher {
  readonly #appeared = new Map<bigint, Trace>();
  readonly #lost = new Map<bigint, Trace>();
  readonly #anyKnown: boolean;
  #added = 0;
  #deleted = 0;

  /** `anyKnown` false: there was no scan before, so nothing can have moved, and nothing is remembered. */
  constructor(anyKnown: boolean) {
    this.#anyKnown = anyKnown;
  }

  appear({ nodeId, kind, size, modifiedNs }: Pick<SourceNode, "nodeId" | "kind" | "size" | "modifiedNs">): void {
    this.#added += 1;
    if (this.#anyKnown && this.#appeared.size < ENTRIES_MAX) this.#appeared.set(nodeId, { kind, size, modifiedNs });
  }

  vanish({ id, kind, size, modifiedNs }: NodeRow): void {
    this.#deleted += 1;
    if (this.#lost.size < ENTRIES_MAX) this.#lost.set(id, { kind, size, modifiedNs });
  }

  result(): { readonly added: number; readonly moved: number; readonly deleted: number } {
    let moved = 0;
    for (const [id, now] of this.#appeared) {
      const before = this.#lost.get(id);
      if (before !== undefined && isSame(before, now)) moved += 1;
    }
    return { added: this.#added - moved, moved, deleted: this.#deleted - moved };
  }
}

function isSame(a: Trace, b: Trace): boolean {
  if (a.kind !== b.kind) return false;
  return a.kind === ENTRY_KIND.directory || (a.size === b.size && a.modifiedNs === b.modifiedNs);
}
