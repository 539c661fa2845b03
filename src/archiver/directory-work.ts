import type { DirectoryRow, NodeRow } from "../catalog/node-store.ts";
import type { Entry } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { joinPath } from "../shared/bytes.ts";
import type { SourceNode } from "../source/source.ts";

/** A directory between its listing and its page: collects what becomes of its entries. */
export class DirectoryWork {
  readonly parent: DirectoryWork | undefined;
  readonly node: SourceNode;
  readonly path: ByteString;
  /** True when the directory's own entry in its parent must be written again. */
  readonly entryChanged: boolean;
  /** What the catalog knows of it: its page and, where they were fetched along, its rows. Set before it is listed. */
  known: { readonly rows: readonly NodeRow[] | undefined; readonly directory: DirectoryRow | undefined } | undefined;
  #knownEntries: number | undefined;
  /** Entries made in this run. */
  readonly entries: Entry[] = [];
  /** Names whose entries are taken from the old page. */
  readonly kept: Set<ByteString> = new Set();
  /** Rows of all its entries as they are now. */
  readonly rows: NodeRow[] = [];
  /** Entries not settled yet, plus one for the listing itself. */
  pending = 1;
  /** True when the page cannot be the old one. */
  changed = false;
  totalFiles = 0;
  totalDirectories = 0;
  totalBytes = 0;

  constructor(node: SourceNode, place: { readonly parent: DirectoryWork | undefined; readonly entryChanged: boolean }) {
    this.parent = place.parent;
    this.node = node;
    this.path = place.parent === undefined ? ("" as ByteString) : joinPath(place.parent.path, node.name);
    this.entryChanged = place.entryChanged;
  }

  /** Counts an entry that is not a directory. */
  add(bytes: number): void {
    this.totalFiles += 1;
    this.totalBytes += bytes;
  }

  /** Notes that nothing in its listing changed, as its stamp says: neither rows nor kept names need to be gathered. */
  listedAsKnown(entries: number): void {
    this.#knownEntries = entries;
  }

  get isListedAsKnown(): boolean {
    return this.#knownEntries !== undefined;
  }

  /** Entries of the directory as it is now. */
  get entryCount(): number {
    return this.#knownEntries ?? this.rows.length;
  }

  get id(): bigint {
    return this.node.nodeId;
  }
}
