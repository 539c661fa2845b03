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

/** Entries of one directory, in order. */
export interface WalkedBatch {
  readonly directory: ByteString;
  readonly entries: readonly Entry[];
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
  for await (const { directory, entries } of walkBatches(reader, tree, hooks))
    for (const entry of entries) yield { directory, name: entry.name, entry };
}

/** As `walkTree`, page by page: for those who go through so many entries that a promise for each would show. */
export async function* walkBatches(reader: TreeReader, tree: SelectedTree, hooks: WalkHooks = {}): AsyncGenerator<WalkedBatch> {
  if (tree.entry.directory === undefined) return;
  const stack = [opened(tree.at, tree.entry)];
  for (let open = stack.pop(); open !== undefined; open = stack.pop()) {
    const below: OpenDirectory[] = [];
    for await (const batch of batchesOf(reader, open, hooks)) {
      yield batch;
      for (const entry of batch.entries)
        if (isEntered(batch.directory, entry, hooks)) below.push(opened(joinPath(open.path, entry.name), entry));
    }
    for (const next of below.reverse()) stack.push(next);
  }
}

function isEntered(directory: ByteString, entry: Entry, { enter }: WalkHooks): boolean {
  return entry.directory !== undefined && enter?.({ directory, name: entry.name, entry }) !== false;
}

/** The entries of one directory as far as its pages can be read; damage is told or, when nobody listens, thrown. */
async function* batchesOf(reader: TreeReader, open: OpenDirectory, hooks: WalkHooks): AsyncGenerator<WalkedBatch> {
  const { path } = open;
  const onDamage = hooks.unreadable && ((error: AppError): void => hooks.unreadable?.(path, error));
  try {
    if (open.files + open.directories > ENTRIES_MAX) throw tooMany(path);
    for await (const entries of reader.entries(must(open.entry.directory, "only directories are on the stack"), onDamage)) {
      const credible = countCredible(open, entries);
      yield { directory: path, entries: credible === entries.length ? entries : entries.slice(0, credible) };
      if (credible < entries.length) throw tooMany(path);
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
    if (!isCredible(open, entry)) throw tooMany(open.path);
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

/** How many of the entries, from the first on, fit what their directory may hold. */
function countCredible(open: OpenDirectory, entries: readonly Entry[]): number {
  const excess = entries.findIndex((entry) => !isCredible(open, entry));
  return excess < 0 ? entries.length : excess;
}

/** Takes an entry, and all it says it holds, off what its directory may hold; false when that is too much. */
function isCredible(open: OpenDirectory, { directory }: Entry): boolean {
  open.files -= directory?.totalFiles ?? 1;
  open.directories -= directory === undefined ? 0 : directory.totalDirectories + 1;
  return open.files >= 0 && open.directories >= 0;
}

function tooMany(path: ByteString): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `the tree of ${displayBytes(path) || "the snapshot"} holds more entries than it says`,
    why: "its counts do not fit its pages; Varve did not write it like this",
    hint: "run `varve check`",
  });
}
