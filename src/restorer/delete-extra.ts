import { ENTRY_KIND } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import type { SelectedTree } from "../repository/tree-select.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import type { PathFilter } from "../source/path-filter.ts";
import type { Target } from "../source/target.ts";

export interface DeleteOptions {
  readonly repository: TreeReader;
  readonly target: Target;
  /** Items that the filter leaves out are not looked at, so they are not extra either. */
  readonly filter: PathFilter;
  readonly issue: (path: ByteString, error: unknown) => void;
  readonly removed: (path: ByteString) => void;
}

/** Removes what the target has in the tree's directories and the snapshot does not. Returns how many items were removed. */
export async function deleteExtra(tree: SelectedTree, options: DeleteOptions): Promise<number> {
  if (tree.entry.directory === undefined) return 0;
  let removed = 0;
  const stack = [{ path: tree.at, facts: tree.entry.directory }];
  for (let open = stack.pop(); open !== undefined; open = stack.pop()) {
    const wanted = new Set<ByteString>();
    for await (const batch of options.repository.entries(open.facts)) {
      for (const entry of batch) {
        wanted.add(entry.name);
        const path = joinPath(open.path, entry.name);
        if (entry.directory !== undefined && !options.filter.leavesOut(path, true)) stack.push({ path, facts: entry.directory });
      }
    }
    removed += await removeOthers(open.path, wanted, options);
  }
  return removed;
}

async function removeOthers(directory: ByteString, wanted: ReadonlySet<ByteString>, options: DeleteOptions): Promise<number> {
  let removed = 0;
  try {
    for (const { name, kind } of await options.target.list(directory)) {
      const path = joinPath(directory, name);
      if (wanted.has(name) || options.filter.leavesOut(path, kind === ENTRY_KIND.directory)) continue;
      await options.target.remove(directory, name);
      options.removed(path);
      removed += 1;
    }
  } catch (error) {
    if (!isAppError(error)) throw error;
    options.issue(directory, error);
  }
  return removed;
}
