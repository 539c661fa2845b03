import type { Entry } from "../format/entry.ts";
import type { Repository, Snapshot } from "../repository/face.ts";
import { selectTrees } from "../repository/tree-select.ts";
import { walkTree } from "../repository/tree-walk.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";

/** An entry and its path below what was asked for. */
export interface ListedEntry {
  readonly path: ByteString;
  readonly entry: Entry;
}

/** What lies at a path of a snapshot: the entries of a directory (all below it when `recursive`), or the one file it names. */
export async function* listTree(
  repository: Repository,
  options: { readonly snapshot: Snapshot; readonly path: ByteString; readonly recursive: boolean },
): AsyncGenerator<ListedEntry> {
  const trees = await selectTrees(repository, options.snapshot, options);
  for (const tree of trees) {
    if (tree.at !== "") yield { path: tree.at, entry: tree.entry };
    // Several sources are listed by name; what is in them only when asked.
    if (tree.at !== "" && !options.recursive) continue;
    for await (const { directory, entry } of walkTree(repository, tree, { enter: () => options.recursive }))
      yield { path: joinPath(directory, entry.name), entry };
  }
}
