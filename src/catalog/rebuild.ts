import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import { assert } from "../shared/assert.ts";
import { ListingStamper } from "./listing-stamp.ts";
import type { DirectoryRow, NodeRow, NodeStage, NodeStore } from "./node-store.ts";

/** One directory of a snapshot's tree, complete. `entries` may come in any order. */
export interface RebuiltDirectory {
  /** Node id of the directory that holds the entries. */
  readonly parent: bigint;
  readonly entries: readonly Entry[];
  readonly directory: Omit<DirectoryRow, "stamp">;
}

export interface RebuildOptions {
  readonly sourceId: number;
  /** Snapshot (hex) whose tree is fed, and the node id of its root. */
  readonly snapshot: string;
  readonly rootId: bigint;
  /** The change token of an entry, as the source would list it; `changedNs` (local files) unless given. */
  readonly changeToken?: (entry: Entry) => bigint;
  readonly signal?: AbortSignal;
}

/** What a rebuild put into the catalog. */
export interface RebuildResult {
  readonly rows: number;
  readonly directories: number;
}

/** Rows collected before they go to the stage in one call. */
const BATCH_ROWS_MAX = 8192;

/** Directories collected before they go to the stage in one call: a tree of empty directories has no rows to count. */
const BATCH_DIRECTORIES_MAX = 2048;

/**
 * Refills a source from a snapshot's tree, fed by the caller: the rows equal what the backup that made the snapshot
 * staged. All or nothing; memory holds one batch, or the largest directory. Throws what the tree throws, or E_CATALOG.
 */
export async function rebuildSource(
  nodes: Pick<NodeStore, "stage">,
  tree: AsyncIterable<RebuiltDirectory>,
  options: RebuildOptions,
): Promise<RebuildResult> {
  const stage = await nodes.stage(options.sourceId, { clear: true });
  try {
    const result = await stageTree(stage, tree, options);
    await stage.commit({ snapshot: options.snapshot, rootId: options.rootId });
    return result;
  } catch (error) {
    await stage.discard();
    throw error;
  }
}

/** The row that change detection keeps of an entry. */
export function rowOfEntry(parent: bigint, entry: Entry, changeToken: bigint = entry.changedNs): NodeRow {
  return {
    parent,
    name: entry.name,
    id: entry.nodeId,
    kind: entry.kind,
    size: entry.size,
    modifiedNs: entry.modifiedNs,
    changeToken,
    xorHash: entry.kind === ENTRY_KIND.file ? entry.xorHash : 0n,
  };
}

async function stageTree(stage: NodeStage, tree: AsyncIterable<RebuiltDirectory>, options: RebuildOptions): Promise<RebuildResult> {
  const stamper = await ListingStamper.create();
  const tokenOf = options.changeToken ?? ((entry: Entry) => entry.changedNs);
  let [rows, directories]: [NodeRow[], DirectoryRow[]] = [[], []];
  const total = { rows: 0, directories: 0 };
  const flush = async (): Promise<void> => {
    const parents = directories.map((directory) => directory.id);
    await stage.replaceChildren(parents, rows);
    await stage.putDirectories(directories);
    total.rows += rows.length;
    total.directories += directories.length;
    [rows, directories] = [[], []];
  };
  for await (const { parent, entries, directory } of tree) {
    options.signal?.throwIfAborted();
    assert(directory.id === parent, "a directory's row carries the id its entries have as parent");
    const children = entries.map((entry) => rowOfEntry(parent, entry, tokenOf(entry))).sort((a, b) => (a.name < b.name ? -1 : 1));
    directories.push({ ...directory, stamp: stamper.ofRows(children) });
    for (const row of children) rows.push(row);
    if (rows.length >= BATCH_ROWS_MAX || directories.length >= BATCH_DIRECTORIES_MAX) await flush();
  }
  await flush();
  return total;
}
