import type { DirectoryRow, NodeRow, NodeStore } from "../catalog/node-store.ts";
import { type ChunkRef, ENTRY_KIND, type Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import type { ByteString } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { OldContent, RemoteSide, SourceNode } from "../source/source.ts";
import type { DirectoryWork } from "./directory-work.ts";

/** What the catalog knew before the run, usable for comparison. */
export interface KnownSource {
  readonly nodes: NodeStore;
  readonly sourceId: number;
}

/** Directories asked for in one call, those that the walk reaches next. */
const PREFETCH_MAX = 256;

/** Old directories kept for renames: files are usually moved many at a time. */
const OLD_DIRECTORIES_MAX = 16;

/**
 * The tree of the last run: rows from the catalog, entries from the old pages. Throws E_CATALOG whatever is wrong with one of them
 * or between them: the run can do without, by reading every file.
 */
export class KnownTree {
  readonly #known: KnownSource;
  readonly #oldEntries: (page: ChunkRef, row: DirectoryRow) => AsyncIterable<readonly Entry[]>;
  readonly #directories = new Map<bigint, Map<ByteString, Entry>>();

  constructor(known: KnownSource, oldEntries: (page: ChunkRef, row: DirectoryRow) => AsyncIterable<readonly Entry[]>) {
    this.#known = known;
    this.#oldEntries = oldEntries;
  }

  /** Makes sure that the top of the stack is known, and those below it along: with their rows where no stamp can make them needless. */
  async prefetch(stack: readonly DirectoryWork[]): Promise<void> {
    if (stack.at(-1)?.known !== undefined) return;
    const wanted = stack.slice(-PREFETCH_MAX).filter(({ known }) => known === undefined);
    const ids = wanted.map(({ id }) => id);
    const { nodes, sourceId } = this.#known;
    const directories = await nodes.directories(sourceId, ids);
    const unstamped = ids.filter((_, at) => directories[at]?.stamp === undefined);
    const fetched = unstamped.length === 0 ? [] : await nodes.children(sourceId, unstamped);
    const rows = new Map(unstamped.map((id, at) => [id, fetched[at] ?? []]));
    for (const [at, work] of wanted.entries()) work.known = { rows: rows.get(work.id), directory: directories[at] };
  }

  /** The rows of a directory that has changed. */
  async rows(work: DirectoryWork): Promise<readonly NodeRow[]> {
    const { nodes, sourceId } = this.#known;
    return work.known?.rows ?? (await nodes.children(sourceId, [work.id]))[0] ?? [];
  }

  /** The old entries that the directory keeps: those of its kept names, or when its listing is as it was all but those made anew. */
  async entries(work: DirectoryWork): Promise<readonly Entry[]> {
    const row = must(work.known?.directory, "a directory that keeps entries has an old page");
    const { kept, isListedAsKnown, entryCount } = work;
    const made = new Set(work.entries.map(({ name }) => name));
    const keeps = isListedAsKnown ? (name: ByteString) => !made.has(name) : (name: ByteString) => kept.has(name);
    const entries: Entry[] = [];
    for await (const batch of this.#page(row)) for (const entry of batch) if (keeps(entry.name)) entries.push(entry);
    if (entries.length !== (isListedAsKnown ? entryCount - made.size : kept.size)) throw stale();
    return entries;
  }

  /** The old entry of a row, or undefined when the old page does not have it. */
  async entryOf(row: NodeRow): Promise<Entry | undefined> {
    const entry = (await this.#directory(row.parent)).get(row.name);
    return entry !== undefined && entry.nodeId === row.id ? entry : undefined;
  }

  /** What a changed file was, when the source can tell what of it still holds; undefined when it has to be read. */
  async oldContent(row: NodeRow, node: SourceNode, remote: RemoteSide): Promise<OldContent | undefined> {
    // Without a token nobody is sure of what was saved.
    if (row.changeToken === 0n || row.id !== node.nodeId) return undefined;
    const old = await this.entryOf(row);
    const question = old && remote.changesOf(node, old);
    if (old === undefined || question === undefined) return undefined;
    const { size, content, extents, xorHash } = old;
    return { ...question, size, content, extents, xorHash };
  }

  /** Rows of everything below a directory, in batches. Directories of which `leave` is true are not entered: they moved elsewhere. */
  async *below(id: bigint, leave: (id: bigint) => boolean): AsyncGenerator<readonly NodeRow[]> {
    const { nodes, sourceId } = this.#known;
    let level: readonly bigint[] = [id];
    while (level.length > 0) {
      const next: bigint[] = [];
      for (const rows of await nodes.children(sourceId, level)) {
        yield rows;
        for (const row of rows) if (row.kind === ENTRY_KIND.directory && !leave(row.id)) next.push(row.id);
      }
      level = next;
    }
  }

  async #directory(id: bigint): Promise<ReadonlyMap<ByteString, Entry>> {
    const cached = this.#directories.get(id);
    if (cached !== undefined) return cached;
    const [row] = await this.#known.nodes.directories(this.#known.sourceId, [id]);
    const entries = new Map<ByteString, Entry>();
    if (row !== undefined) for await (const batch of this.#page(row)) for (const entry of batch) entries.set(entry.name, entry);
    if (this.#directories.size >= OLD_DIRECTORIES_MAX)
      this.#directories.delete(must(this.#directories.keys().next().value, "a full cache has a first entry"));
    this.#directories.set(id, entries);
    return entries;
  }

  async *#page(row: DirectoryRow): AsyncGenerator<readonly Entry[]> {
    try {
      yield* this.#oldEntries(row.page, row);
    } catch (error) {
      if (!isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      throw unreadable(error);
    }
  }
}

function unreadable(cause: AppError): AppError {
  return new AppError({
    code: "E_CATALOG",
    what: "the tree of the last backup cannot be read",
    why: `${cause.what}: ${cause.why}`,
    hint: "run `varve check` to see what is damaged",
    cause,
  });
}

function stale(): AppError {
  return new AppError({
    code: "E_CATALOG",
    what: "the catalog does not fit the repository",
    why: "it names entries that the last snapshot's pages do not have",
    hint: "run `varve catalog rebuild`",
  });
}
