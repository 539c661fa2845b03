import type { DirectoryFacts, Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { changeTokenOf } from "../source/change-token.ts";
import type { CatalogSource, NodeStore } from "./node-store.ts";
import { rebuildSource, type RebuiltDirectory, type RebuildResult } from "./rebuild.ts";
import { trustedToken } from "./trusted-token.ts";

/** Reads the pages of a snapshot's directories; a repository does. */
export interface PageReader {
  entries(directory: DirectoryFacts): AsyncIterable<readonly Entry[]>;
}

export interface FillOptions {
  readonly nodes: Pick<NodeStore, "stage">;
  readonly pages: PageReader;
  readonly record: CatalogSource;
  /** Snapshot (hex), when its backup began, and its root entry for this source. */
  readonly snapshot: string;
  readonly startedNs: bigint;
  readonly root: Entry;
}

/** Gives a source the rows that the backup which made the snapshot left: catalogs can always be made again from the repository. */
export async function fillSource({ nodes, pages, record, snapshot, startedNs, root }: FillOptions): Promise<RebuildResult> {
  const changeToken = (entry: Entry): bigint => trustedToken(entry, changeTokenOf(entry), startedNs);
  return await rebuildSource(nodes, directoriesBelow(pages, root), {
    sourceId: record.sourceId,
    snapshot,
    rootId: root.nodeId,
    changeToken,
  });
}

async function* directoriesBelow(pages: PageReader, root: Entry): AsyncGenerator<RebuiltDirectory> {
  if (root.directory === undefined) return;
  const stack = [root];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const facts = must(entry.directory, "only directories are on the stack");
    const { page, totalFiles, totalDirectories, totalBytes } = facts;
    const entries: Entry[] = [];
    for await (const batch of pages.entries(facts)) entries.push(...batch);
    for (const child of entries.toReversed()) if (child.directory !== undefined) stack.push(child);
    yield { parent: entry.nodeId, entries, directory: { id: entry.nodeId, page, totalFiles, totalDirectories, totalBytes } };
  }
}
