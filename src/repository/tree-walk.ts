import type { Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { TreeReader } from "./face.ts";
import type { SelectedTree } from "./tree-select.ts";

/** One entry met on a walk, and the path of the directory that holds it. */
export interface WalkedEntry {
  readonly directory: ByteString;
  readonly name: ByteString;
  readonly entry: Entry;
}

/** What a consumer of a walk may decide. */
export interface WalkHooks {
  /** False for directories it does not want to enter. */
  readonly enter?: (found: WalkedEntry) => boolean;
  /** Told of a directory that cannot be read in full; the walk goes on with what can be. Without it the walk ends there. */
  readonly unreadable?: (path: ByteString, error: AppError) => void;
}

/** No real tree has more entries; a forged one that shares its pages cleverly could claim any number. */
const ENTRIES_MAX = 1e10;

/** A directory to be read, with what it may still hold by its own account. */
interface OpenDirectory {
  readonly path: ByteString;
  readonly entry: Entry;
  files: number;
  directories: number;
}

/**
 * Every entry below a tree, each directory before what it holds. What a directory says it holds is a bound for everything below
 * it: a forged tree that unfolds into more than it says is E_CORRUPT where that shows, instead of a walk without an end.
 */
export async function* walkTree(reader: TreeReader, tree: SelectedTree, hooks: WalkHooks = {}): AsyncGenerator<WalkedEntry> {
  if (tree.entry.directory === undefined) return;
  const stack = [opened(tree.at, tree.entry)];
  for (let open = stack.pop(); open !== undefined; open = stack.pop()) {
    const below: OpenDirectory[] = [];
    for await (const found of entriesOf(reader, open, hooks)) {
      yield found;
      const enters = found.entry.directory !== undefined && hooks.enter?.(found) !== false;
      if (enters) below.push(opened(joinPath(open.path, found.name), found.entry));
    }
    for (const next of below.reverse()) stack.push(next);
  }
}

/** The entries of one directory as far as its pages can be read; damage is told or, when nobody listens, thrown. */
async function* entriesOf(reader: TreeReader, open: OpenDirectory, hooks: WalkHooks): AsyncGenerator<WalkedEntry> {
  const { path } = open;
  const onDamage = hooks.unreadable && ((error: AppError): void => hooks.unreadable?.(path, error));
  try {
    if (open.files + open.directories > ENTRIES_MAX) throw tooMany(path);
    for await (const batch of reader.entries(must(open.entry.directory, "only directories are on the stack"), onDamage)) {
      for (const entry of batch) {
        count(open, entry);
        yield { directory: path, name: entry.name, entry };
      }
    }
  } catch (error) {
    if (onDamage === undefined || !isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
    onDamage(error);
  }
}

/** A directory being gone through, as far as it has come. */
interface HalfDone extends OpenDirectory {
  readonly batches: AsyncIterator<readonly Entry[]>;
  batch: readonly Entry[];
  next: number;
}

/**
 * As `walkTree`, but each directory is followed at once by all that it holds: the order of archives, whose readers take a
 * directory for complete when something outside of it comes.
 */
export async function* walkNested(reader: TreeReader, tree: SelectedTree): AsyncGenerator<WalkedEntry> {
  if (tree.entry.directory === undefined) return;
  const stack = [halfDone(reader, opened(tree.at, tree.entry))];
  for (let open = stack.at(-1); open !== undefined; open = stack.at(-1)) {
    const entry = open.batch[open.next];
    open.next += 1;
    if (entry === undefined) {
      const more = await open.batches.next();
      open.batch = more.done === true ? [] : more.value;
      open.next = 0;
      if (more.done === true) stack.pop();
      continue;
    }
    count(open, entry);
    yield { directory: open.path, name: entry.name, entry };
    if (entry.directory !== undefined) stack.push(halfDone(reader, opened(joinPath(open.path, entry.name), entry)));
  }
}

function halfDone(reader: TreeReader, open: OpenDirectory): HalfDone {
  if (open.files + open.directories > ENTRIES_MAX) throw tooMany(open.path);
  const facts = must(open.entry.directory, "only directories are opened");
  return { ...open, batches: reader.entries(facts)[Symbol.asyncIterator](), batch: [], next: 0 };
}

function opened(path: ByteString, entry: Entry): OpenDirectory {
  const { totalFiles, totalDirectories } = must(entry.directory, "only directories are opened");
  return { path, entry, files: totalFiles, directories: totalDirectories };
}

/** Takes an entry, and all it says it holds, off what its directory may hold. */
function count(open: OpenDirectory, { directory }: Entry): void {
  open.files -= directory?.totalFiles ?? 1;
  open.directories -= directory === undefined ? 0 : directory.totalDirectories + 1;
  if (open.files < 0 || open.directories < 0) throw tooMany(open.path);
}

function tooMany(path: ByteString): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `the tree of ${displayBytes(path) || "the snapshot"} holds more entries than it says`,
    why: "its counts do not fit its pages; Varve did not write it like this",
    hint: "run `varve check`",
  });
}
