import { compareDirectory, type NodeVerdict } from "../catalog/compare.ts";
import type { DirectoryRow, NodeRow, NodeStage } from "../catalog/node-store.ts";
import { type ChunkRef, ENTRY_KIND, type Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, equalBytes, joinPath } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { Source, SourceNode } from "../source/source.ts";
import type { Reporter } from "../telemetry/events.ts";
import { DirectoryWork } from "./directory-work.ts";
import { type EntryDetails, EntryMaker } from "./entry-maker.ts";
import type { ExcludeFilter } from "./excludes.ts";
import type { FileOutcome } from "./file-outcome.ts";
import { HardLinks } from "./hard-links.ts";
import { type KnownSource, KnownTree } from "./known-tree.ts";
import { RenameMatcher, type Renamed } from "./rename-matcher.ts";
import { RowBuffer } from "./row-buffer.ts";
import { contentBytes, RunProgress } from "./run-progress.ts";
import type { RunTotals } from "./run-totals.ts";
import type { SourceWriter } from "./source-writer.ts";

/** A change this close before the reading may be followed by another with the same timestamp: such files are read again next time. */
const TIMESTAMP_GRAIN_NS = 10_000_000n;

export interface SourceRunOptions {
  readonly source: Source;
  /** Index of the source's reader in the lanes. */
  readonly sourceIndex: number;
  readonly filter: ExcludeFilter;
  /** Undefined: everything is new. */
  readonly known: KnownSource | undefined;
  /** Old pages by their reference. */
  readonly oldEntries: (page: ChunkRef, row: DirectoryRow) => AsyncIterable<readonly Entry[]>;
  /** True when a directory with this listing carries a valid cache tag. */
  readonly isCacheTag: (directory: ByteString) => MaybePromise<boolean>;
  /** Where content and pages go; opened when the first of either is to be stored. */
  readonly writer: () => Promise<SourceWriter>;
  /** Where rows go; undefined when the run keeps no catalog. */
  readonly stage: NodeStage | undefined;
  readonly totals: RunTotals;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Backs up one source: walks it depth first, compares each directory with the catalog, sends files that need reading to the
 * lanes and makes a directory's page once everything in it is settled.
 */
export class SourceRun {
  readonly #options: SourceRunOptions;
  readonly #known: KnownTree | undefined;
  readonly #stack: DirectoryWork[] = [];
  readonly #renames = new RenameMatcher();
  readonly #links = new HardLinks();
  readonly #entries: EntryMaker;
  readonly #progress: RunProgress;
  readonly #rows: RowBuffer | undefined;
  #root: Entry | undefined;
  #wrote = false;

  constructor(options: SourceRunOptions) {
    this.#options = options;
    this.#known = options.known && new KnownTree(options.known, options.oldEntries);
    this.#rows = options.stage && new RowBuffer(options.stage);
    this.#entries = new EntryMaker(options.source, options.writer);
    this.#progress = new RunProgress(options.totals, options.reporter);
  }

  /** Resolves with the root entry when every page of the source is stored (not yet durable). */
  async run(): Promise<Entry> {
    const root = await this.#options.source.root();
    if (root.kind !== ENTRY_KIND.directory) return await this.#single(root);
    this.#push(new DirectoryWork(root, { parent: undefined, entryChanged: true }));
    while (this.#stack.length > 0) {
      this.#options.signal.throwIfAborted();
      await this.#known?.prefetch(this.#stack);
      await this.#list(must(this.#stack.pop(), "the stack is not empty"));
    }
    await this.#settleAppeared();
    await this.#drain();
    await this.#rows?.flush(this.#renames.goneDirectories());
    return must(this.#root, "the root is settled when everything below it is");
  }

  /** The source is one file. */
  async #single(node: SourceNode): Promise<Entry> {
    this.#progress.found(node);
    this.#options.totals.filesNew += 1;
    if (node.kind !== ENTRY_KIND.file) return this.#entries.entry(node, await this.#entries.details(NO_NAME, { kind: node.kind, name: NO_NAME }));
    let found: FileOutcome | undefined;
    await this.#read({ directory: NO_NAME, node }, (outcome) => {
      found = outcome;
    });
    await this.#drain();
    const { error } = must(found, "a drained queue has handed back every file").extras;
    if (error !== undefined && !error.keep) throw new AppError({ code: "E_SOURCE_READ", what: error.what, why: error.why, hint: error.hint });
    return await this.#entries.fileEntry(node, must(found, "a drained queue has handed back every file"));
  }

  #push(work: DirectoryWork): void {
    this.#stack.push(work);
    this.#renames.seeDirectory(work.id);
    this.#progress.directory();
  }

  async #list(work: DirectoryWork): Promise<void> {
    this.#progress.at(work.path);
    const listing = await this.#listing(work);
    const known = work.known ?? NOTHING_KNOWN;
    if (known.directory === undefined) work.changed = true;
    const { verdicts, rows, vanished } = compareDirectory(listing, known.rows);
    for (const row of vanished) this.#vanish(work, row);
    const directories: DirectoryWork[] = [];
    for (const [at, node] of listing.entries()) {
      const verdict = must(verdicts[at], "every node has a verdict");
      const row = rows[at];
      if (node.kind === ENTRY_KIND.directory) directories.push(new DirectoryWork(node, { parent: work, entryChanged: verdict !== "unchanged" }));
      else if (verdict === "unchanged") this.#keep(work, node, must(row, "an unchanged node has a row"));
      else await this.#appear(work, { node, verdict, row });
    }
    work.pending += directories.length;
    for (const child of directories.reverse()) this.#push(child);
    await this.#settle(work);
  }

  /** The entries of a directory that are to be saved, ordered by name bytes; an unreadable one is reported and counts as empty. */
  async #listing(work: DirectoryWork): Promise<readonly SourceNode[]> {
    const { source, filter, signal } = this.#options;
    const nodes: SourceNode[] = [];
    try {
      for await (const batch of source.list(work.path, { signal })) for (const node of batch) nodes.push(node);
    } catch (error) {
      signal.throwIfAborted();
      this.#progress.issue(work.path, error);
      return [];
    }
    const tagged = await filter.leavesOutContent(nodes, () => this.#options.isCacheTag(work.path));
    const kept = tagged !== undefined ? nodes.filter(({ name }) => name === tagged.keep) : nodes;
    const wanted = filter.active ? kept.filter((node) => !filter.leavesOut(work.path, node)) : kept;
    return wanted.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #vanish(work: DirectoryWork, row: NodeRow): void {
    work.changed = true;
    this.#renames.vanish(row);
  }

  /** Nothing about the entry changed: its old entry stays. */
  #keep(work: DirectoryWork, node: SourceNode, row: NodeRow): void {
    work.kept.add(node.name);
    work.rows.push(row);
    this.#progress.found(node);
    work.add(contentBytes(node));
    this.#progress.done(contentBytes(node));
    this.#progress.tally("unmodified", work, node);
  }

  /** A new or changed entry that is not a directory. */
  async #appear(work: DirectoryWork, { node, verdict, row }: { node: SourceNode; verdict: NodeVerdict; row: NodeRow | undefined }): Promise<void> {
    work.changed = true;
    this.#progress.found(node);
    const action = verdict === "changed" ? "changed" : "new";
    if (node.kind !== ENTRY_KIND.file) {
      await this.#special(work, node);
      this.#progress.tally(action, work, node);
      return;
    }
    work.pending += 1;
    const mayBeRenamed = verdict !== "changed" && this.#known !== undefined;
    if (mayBeRenamed && this.#renames.defer({ work, node, row })) return;
    await this.#readInto(work, node, action);
  }

  async #special(work: DirectoryWork, node: SourceNode): Promise<void> {
    try {
      work.entries.push(this.#entries.entry(node, await this.#entries.details(work.path, node)));
      work.rows.push(rowOf(work.id, node, { xorHash: 0n, changeToken: node.changeToken }));
      work.add(0);
    } catch (error) {
      this.#progress.issue(joinPath(work.path, node.name), error);
    }
    this.#progress.done(0);
  }

  /** Reads a file through the lanes; its entry is made when the outcome is there. */
  async #readInto(work: DirectoryWork, node: SourceNode, action: "new" | "changed"): Promise<void> {
    const startedNs = this.#options.clock.nowNs();
    await this.#read({ directory: work.path, node }, async (outcome) => {
      this.#progress.done(node.size);
      const { error } = outcome.extras;
      if (error !== undefined) this.#progress.laneIssue(joinPath(work.path, node.name), error);
      if (error === undefined || error.keep) {
        await this.#enterFile(work, node, { outcome, startedNs });
        this.#progress.tally(action, work, node);
      }
      await this.#settle(work);
    });
  }

  async #enterFile(work: DirectoryWork, node: SourceNode, { outcome, startedNs }: { outcome: FileOutcome; startedNs: bigint }): Promise<void> {
    const making = this.#entries.fileEntry(node, outcome);
    const entry = making instanceof Promise ? await making : making;
    work.entries.push(entry);
    const unsure = outcome.extras.error !== undefined || entry.changedNs >= startedNs - TIMESTAMP_GRAIN_NS;
    const changeToken = unsure ? 0n : (outcome.extras.fresh?.changeToken ?? node.changeToken);
    const row = rowOf(work.id, node, { xorHash: entry.xorHash, changeToken });
    work.rows.push({ ...row, size: entry.size, modifiedNs: entry.modifiedNs });
    work.add(entry.size);
  }

  /** Reads once however many hard links the file has. */
  async #read(file: { directory: ByteString; node: SourceNode }, done: (outcome: FileOutcome) => void | Promise<void>): Promise<void> {
    const { sourceIndex } = this.#options;
    const { queue } = await this.#options.writer();
    this.#wrote = true;
    const job = { source: sourceIndex, directory: file.directory, node: file.node, done };
    if (file.node.links > 1) {
      const first = this.#links.join(file.node, done);
      if (first !== undefined) await queue.add({ ...job, done: first });
    } else await queue.add(job);
  }

  /** Renamed files keep their content; the others that appeared are read. */
  async #settleAppeared(): Promise<void> {
    const moved = (id: bigint): boolean => this.#renames.hasSeenDirectory(id);
    for (const gone of this.#renames.goneDirectories()) {
      for await (const rows of must(this.#known, "only what is known can be gone").below(gone.id, moved)) for (const row of rows) this.#renames.vanish(row);
    }
    const { renamed, fresh } = this.#renames.match();
    this.#progress.removed(this.#renames.filesGone);
    for (const pair of renamed) {
      const old = await must(this.#known, "renames need a catalog").entryOf(pair.row);
      if (old === undefined || old.bornNs !== pair.node.bornNs) await this.#readInto(pair.work, pair.node, "new");
      else await this.#rename(pair, old);
    }
    for (const { work, node } of fresh) await this.#readInto(work, node, "new");
  }

  async #rename({ work, node, row }: Renamed, old: Entry): Promise<void> {
    try {
      const details = await this.#entries.details(work.path, node);
      const { content, extents, xorHash } = old;
      work.entries.push(this.#entries.entry(node, { ...details, content, extents, xorHash }));
      work.rows.push(rowOf(work.id, node, { xorHash: row.xorHash, changeToken: node.changeToken }));
      work.add(node.size);
      this.#progress.tally("moved", work, node);
    } catch (error) {
      this.#progress.issue(joinPath(work.path, node.name), error);
    }
    this.#progress.done(node.size);
    await this.#settle(work);
  }

  /** One thing less is open in the directory; when it was the last, makes the page and goes on with the parent. */
  async #settle(work: DirectoryWork): Promise<void> {
    let settled: DirectoryWork | undefined = work;
    while (settled !== undefined) {
      settled.pending -= 1;
      if (settled.pending > 0) return;
      const finishing = this.#finish(settled);
      if (finishing instanceof Promise) await finishing;
      settled = settled.parent;
    }
  }

  #finish(work: DirectoryWork): void | Promise<void> {
    const directory = work.known?.directory;
    // The totals tell when a row belongs to another directory that had the same id: then nothing of it may be reused.
    if (work.changed || directory === undefined || !sameTotals(work, directory)) return this.#finishChanged(work);
    return this.#tellParent(work, directory, work.entryChanged);
  }

  async #finishChanged(work: DirectoryWork): Promise<void> {
    const entries = work.entries;
    if (work.kept.size > 0) entries.push(...(await must(this.#known, "kept entries come from a catalog").entries(work)));
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const { tree } = await this.#options.writer();
    const page = tree.directory(entries);
    await tree.relieve();
    const { totalFiles, totalDirectories, totalBytes } = work;
    const row: DirectoryRow = { id: work.id, page, totalFiles, totalDirectories, totalBytes };
    const previous = work.known?.directory;
    await this.#rows?.replace(work.id, work.rows, row);
    work.entries.length = 0;
    const same = previous !== undefined && equalBytes(previous.page.id, page.id) && sameTotals(previous, row);
    await this.#tellParent(work, row, work.entryChanged || !same);
  }

  /** Tells the parent what became of the directory; of the root, keeps its entry. Stays synchronous where nothing changed. */
  #tellParent(work: DirectoryWork, row: DirectoryRow, entryChanged: boolean): void | Promise<void> {
    const { parent, node } = work;
    if (parent === undefined) return this.#writeEntry(work, row);
    parent.totalFiles += row.totalFiles;
    parent.totalDirectories += row.totalDirectories + 1;
    parent.totalBytes += row.totalBytes;
    parent.rows.push(rowOf(parent.id, node, { xorHash: 0n, changeToken: node.changeToken }));
    if (entryChanged) return this.#writeEntry(work, row);
    parent.kept.add(node.name);
  }

  async #writeEntry(work: DirectoryWork, row: DirectoryRow): Promise<void> {
    const { page, totalFiles, totalDirectories, totalBytes } = row;
    const { parent, node } = work;
    if (parent !== undefined) parent.changed = true;
    let details: EntryDetails = {};
    try {
      details = parent === undefined ? await this.#entries.details(NO_NAME, { kind: node.kind, name: NO_NAME }) : await this.#entries.details(parent.path, node);
    } catch (error) {
      this.#progress.issue(work.path, error);
    }
    const entry = this.#entries.entry(node, { ...details, directory: { page, entryCount: work.rows.length, totalFiles, totalDirectories, totalBytes } });
    if (parent === undefined) this.#root = entry;
    else parent.entries.push(entry);
  }

  async #drain(): Promise<void> {
    if (this.#wrote) await (await this.#options.writer()).queue.drain();
  }
}

function sameTotals(a: DirectoryTotals, b: DirectoryTotals): boolean {
  return a.totalFiles === b.totalFiles && a.totalDirectories === b.totalDirectories && a.totalBytes === b.totalBytes;
}

type DirectoryTotals = Pick<DirectoryRow, "totalFiles" | "totalDirectories" | "totalBytes">;

const NO_NAME = "" as ByteString;

const NOTHING_KNOWN = { rows: [], directory: undefined } as const;

function rowOf(parent: bigint, node: SourceNode, facts: { readonly xorHash: bigint; readonly changeToken: bigint }): NodeRow {
  const { name, kind, size, modifiedNs, nodeId } = node;
  return { parent, name, id: nodeId, kind, size, modifiedNs, ...facts };
}
