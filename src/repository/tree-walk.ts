import type { Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { TreeReader } from "./face.ts";
import type { SelectedTree } from "./tree-select.ts";

/** One entry met on a walk, and the path of the directory that holds it. */
export interface WalkedEntry {
  readonly directory: ByteString;
  readonly name: ByteString;
  readonly entry: Entry;
}

/** No real tree has more entries; a forged one that shares its pages cleverly could claim any number. */
const ENTRIES_MAX = 1e10;

/**
 * Every entry below a tree, each directory before what it holds. The consumer may drop directories it does not want to enter.
 * What a directory says it holds is a bound: a forged tree ends the walk with E_CORRUPT instead of running for ever.
 */
export async function* walkTree(reader: TreeReader, tree: SelectedTree, enter: (found: WalkedEntry) => boolean = () => true): AsyncGenerator<WalkedEntry> {
  if (tree.entry.directory === undefined) return;
  const { totalFiles, totalDirectories } = tree.entry.directory;
  let left = Math.min(totalFiles + totalDirectories, ENTRIES_MAX);
  const stack = [{ path: tree.at, entry: tree.entry }];
  for (let open = stack.pop(); open !== undefined; open = stack.pop()) {
    const below: typeof stack = [];
    for await (const batch of reader.entries(must(open.entry.directory, "only directories are on the stack"))) {
      for (const entry of batch) {
        left -= 1;
        if (left < 0) throw tooMany(tree);
        const found = { directory: open.path, name: entry.name, entry };
        yield found;
        if (entry.directory !== undefined && enter(found)) below.push({ path: joinPath(open.path, entry.name), entry });
      }
    }
    for (const next of below.reverse()) stack.push(next);
  }
}

function tooMany(tree: SelectedTree): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `the tree of ${displayBytes(tree.at) || "the snapshot"} holds more entries than it says`,
    why: "its counts do not fit its pages; Varve did not write it like this",
    hint: "run `varve check`",
  });
}
