import type { CatalogSource, NodeStore } from "../catalog/node-store.ts";
import { rebuildSource, type RebuiltDirectory, type RebuildResult } from "../catalog/rebuild.ts";
import type { Entry } from "../format/entry.ts";
import type { Snapshot, TreeReader } from "../repository/face.ts";
import { must } from "../shared/assert.ts";

export interface FillOptions {
  readonly nodes: Pick<NodeStore, "stage">;
  readonly repository: TreeReader;
  readonly record: CatalogSource;
  readonly snapshot: Snapshot;
}

/** Gives a source the rows that the backup which made `snapshot` left: catalogs can always be made again from the repository. */
export async function fillFromSnapshot({ nodes, repository, record, snapshot }: FillOptions): Promise<RebuildResult> {
  const source = must(snapshot.manifest.sources.find(({ key }) => key === record.key), "the snapshot has the source");
  const rootId = source.root.nodeId;
  return await rebuildSource(nodes, directoriesBelow(repository, source.root), { sourceId: record.sourceId, snapshot: snapshot.id, rootId });
}

async function* directoriesBelow(repository: TreeReader, root: Entry): AsyncGenerator<RebuiltDirectory> {
  if (root.directory === undefined) return;
  const stack = [root];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { page, totalFiles, totalDirectories, totalBytes } = must(entry.directory, "only directories are on the stack");
    const entries: Entry[] = [];
    for await (const batch of repository.entries(must(entry.directory, "only directories are on the stack"))) entries.push(...batch);
    for (const child of entries.toReversed()) if (child.directory !== undefined) stack.push(child);
    yield { parent: entry.nodeId, entries, directory: { id: entry.nodeId, page, totalFiles, totalDirectories, totalBytes } };
  }
}
