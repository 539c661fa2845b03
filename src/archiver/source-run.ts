import { compareDirectory, type NodeVerdict } from "../catalog/compare.ts";
import type { NodeRow } from "../catalog/node-store.ts";
import { trustedToken } from "../catalog/trusted-token.ts";
import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { type MaybePromise, pooledMap } from "../shared/pool.ts";
import type { RemoteSide, SourceNode } from "../source/source.ts";
import { DirectoryFinisher } from "./directory-finisher.ts";
import { DirectoryWork } from "./directory-work.ts";
import { EntryMaker } from "./entry-maker.ts";
import type { FileOutcome } from "./file-outcome.ts";
import { FileFeed } from "./file-feed.ts";
import type { FileJob } from "./file-queue.ts";
import { KnownTree } from "./known-tree.ts";
import { emptyNow } from "./source-errors.ts";
import { type Appeared, RenameMatcher, type Renamed } from "./rename-matcher.ts";
import { RowBuffer } from "./row-buffer.ts";
import { isSameNode, rowOf } from "./rows.ts";
import type { SourceRunOptions } from "./source-run-options.ts";
import { contentBytes, RunProgress } from "./run-progress.ts";

/**
 * Backs up one source: walks it depth first, compares each directory with the catalog, sends files that need reading to the
 * lanes and makes a directory's page once everything in it is settled.
 */
export class SourceRun {
  readonly #options: SourceRunOptions;
  readonly #known: KnownTree | undefined;
  readonly #stack: DirectoryWork[] = [];
  readonly #renames = new RenameMatcher();
  readonly #feed: FileFeed;
  readonly #entries: EntryMaker;
  readonly #progress: RunProgress;
  readonly #rows: RowBuffer | undefined;
  readonly #finisher: DirectoryFinisher;

  constructor(options: SourceRunOptions) {
    this.#options = options;
    this.#known = options.known && new KnownTree(options.known, options.oldEntries);
    this.#rows = options.stage && new RowBuffer(options.stage);
    const { sourceIndex, writer, signal } = options;
    this.#feed = new FileFeed({ source: sourceIndex, writer, signal });
    this.#progress = new RunProgress(options.totals, options.reporter, options.source.description.path);
    this.#entries = new EntryMaker(options.source, {
      writer: () => this.#feed.writer(),
      issue: (error) => this.#progress.issue(NO_NAME, error),
    });
    this.#finisher = new DirectoryFinisher({
      known: this.#known,
      rows: this.#rows,
      stamper: options.stamper,
      entries: this.#entries,
      progress: this.#progress,
      writer: () => this.#feed.writer(),
    });
  }

  /**
   * Resolves with the root entry when every page of the source is stored (not yet durable). Throws E_SOURCE_READ or E_SOURCE_CHANGED
   * when the root itself cannot be read, and E_CATALOG when what is known of the last run cannot be used.
   */
  async run(): Promise<Entry> {
    const { source, filter, threads } = this.#options;
    const root = await source.root();
    if (root.kind !== ENTRY_KIND.directory) return await this.#single(root);
    // Where everything is new the lanes need all cores, and the walk is not what they wait for.
    if (threads > 0 && this.#known !== undefined && filter.entersAll) source.readAhead?.();
    this.#push(new DirectoryWork(root, { parent: undefined, entryChanged: true }));
    while (this.#stack.length > 0) {
      await this.#feed.pause();
      await this.#known?.prefetch(this.#stack);
      source.remote?.expect(this.#stack, filter.entersAll);
      await this.#list(must(this.#stack.pop(), "the stack is not empty"));
    }
    await this.#settleAppeared();
    await this.#feed.drain();
    await this.#rows?.flush(this.#renames.goneDirectories());
    return this.#finisher.root;
  }

  /** The source is one file. */
  async #single(node: SourceNode): Promise<Entry> {
    this.#progress.found(node);
    let entry: Entry;
    if (node.kind === ENTRY_KIND.file) {
      const outcome = await this.#outcomeOf(node);
      const { error } = outcome.extras;
      if (error?.keep === false) throw new AppError({ code: "E_SOURCE_READ", what: error.what, why: error.why, hint: error.hint });
      if (error !== undefined) this.#progress.laneIssue(NO_NAME, error);
      entry = await this.#entries.fileEntry(node, outcome);
    } else entry = this.#entries.entry(node, await this.#entries.details(NO_NAME, { kind: node.kind, name: NO_NAME }));
    this.#progress.done(contentBytes(node));
    this.#progress.tally("new", NO_NAME, { name: NO_NAME, size: node.size });
    return entry;
  }

  async #outcomeOf(node: SourceNode): Promise<FileOutcome> {
    let found: FileOutcome | undefined;
    const done = (outcome: FileOutcome): void => {
      found = outcome;
    };
    await this.#feed.read({ directory: NO_NAME, name: NO_NAME, node, done });
    await this.#feed.drain();
    return must(found, "a drained queue has handed back every file");
  }

  #push(work: DirectoryWork): void {
    this.#stack.push(work);
    this.#renames.seeDirectory(work.id);
    this.#progress.directory();
  }

  async #list(work: DirectoryWork): Promise<void> {
    this.#progress.at(work.path);
    const listing = await this.#listing(work);
    const stamp = work.known?.directory?.stamp;
    const isAsKnown = stamp !== undefined && this.#options.stamper.ofNodes(listing) === stamp;
    const directories = isAsKnown ? this.#keepAll(work, listing) : await this.#compare(work, listing);
    work.pending += directories.length;
    for (const child of directories.reverse()) this.#push(child);
    const settling = this.#settle(work);
    if (settling instanceof Promise) await settling;
  }

  /** A listing in which nothing changed; returns its directories. */
  #keepAll(work: DirectoryWork, listing: readonly SourceNode[]): DirectoryWork[] {
    work.listedAsKnown(listing.length);
    const directories: DirectoryWork[] = [];
    for (const node of listing) {
      if (node.kind === ENTRY_KIND.directory) directories.push(new DirectoryWork(node, { parent: work, entryChanged: false }));
      else this.#countUnchanged(work, node);
    }
    return directories;
  }

  /** A listing that has to be compared with the rows of the last run, entry by entry; returns its directories. */
  async #compare(work: DirectoryWork, listing: readonly SourceNode[]): Promise<DirectoryWork[]> {
    const known = (await this.#known?.rows(work)) ?? [];
    if (work.parent === undefined && listing.length === 0) this.#refuseEmpty(known.length);
    if (work.known?.directory === undefined) work.changed = true;
    const { verdicts, rows, vanished } = compareDirectory(listing, known);
    for (const row of vanished) this.#vanish(work, row);
    const directories: DirectoryWork[] = [];
    for (const [at, node] of listing.entries()) {
      const met = this.#meet(work, { node, verdict: must(verdicts[at], "every node has a verdict"), row: rows[at] }, directories);
      if (met instanceof Promise) await met;
    }
    return directories;
  }

  /** One entry of a listing. Directories are gathered: they are walked after the files beside them. */
  #meet(
    work: DirectoryWork,
    found: { readonly node: SourceNode; readonly verdict: NodeVerdict; readonly row: NodeRow | undefined },
    directories: DirectoryWork[],
  ): MaybePromise<void> {
    const { node, verdict, row } = found;
    const replaced = row !== undefined && verdict === "changed" && !isSameNode(row, node) ? this.#renames.replace(row) : undefined;
    if (node.kind === ENTRY_KIND.directory) {
      directories.push(new DirectoryWork(node, { parent: work, entryChanged: verdict !== "unchanged" }));
      return undefined;
    }
    if (verdict === "unchanged") return this.#keep(work, node, must(row, "an unchanged node has a row"));
    return this.#appear(work, { node, verdict, row: verdict === "renamed-here" ? row : undefined, replaced, before: row });
  }

  /** The entries of a directory that are to be saved, ordered by name bytes; an unreadable one below the root is reported and counts as empty. */
  async #listing(work: DirectoryWork): Promise<readonly SourceNode[]> {
    const { source, filter, signal } = this.#options;
    const nodes: SourceNode[] = [];
    try {
      const onError = (name: ByteString, error: AppError): void => this.#progress.issue(joinPath(work.path, name), error);
      for await (const batch of source.list(work.path, { signal, onError, nodeId: work.id })) for (const node of batch) nodes.push(node);
    } catch (error) {
      signal.throwIfAborted();
      // A share answers or it does not: a part of it that is missing for a moment must not look deleted.
      if (work.parent === undefined || source.remote !== undefined) throw error;
      this.#progress.issue(work.path, error);
      return [];
    }
    const tagged = await filter.leavesOutContent(nodes, () => this.#options.isCacheTag(work.path));
    const kept = tagged !== undefined ? nodes.filter(({ name }) => name === tagged.keep) : nodes;
    const wanted = filter.active ? kept.filter((node) => !filter.leavesOut(work.path, node)) : kept;
    return wanted.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A share that was made anew, or another one under the same name, must not wipe out what the catalog knows. */
  #refuseEmpty(before: number): void {
    const { source, allowEmpty } = this.#options;
    if (source.remote === undefined || before === 0 || allowEmpty === true) return;
    throw emptyNow(source.description, before);
  }

  #vanish(work: DirectoryWork, row: NodeRow): void {
    work.changed = true;
    this.#renames.vanish(row);
  }

  /** Nothing about the entry changed: its old entry stays. */
  #keep(work: DirectoryWork, node: SourceNode, row: NodeRow): void {
    work.kept.add(node.name);
    work.rows.push(row);
    this.#countUnchanged(work, node);
  }

  #countUnchanged(work: DirectoryWork, node: SourceNode): void {
    this.#progress.found(node);
    work.add(contentBytes(node));
    this.#progress.done(contentBytes(node));
    this.#progress.tally("unmodified", work.path, node);
  }

  /** A new or changed entry that is not a directory. Waits only where the queue or the source does: a promise for each file costs more than the rest. */
  #appear(work: DirectoryWork, found: Found): MaybePromise<void> {
    const { node, verdict, row, replaced } = found;
    work.changed = true;
    this.#progress.found(node);
    const action = verdict === "changed" ? "changed" : "new";
    if (node.kind !== ENTRY_KIND.file) return this.#special(work, node, action);
    work.pending += 1;
    const mayBeRenamed = this.#known !== undefined && (verdict !== "changed" || replaced !== undefined);
    if (mayBeRenamed && this.#renames.defer({ work, node, row, replaced })) return this.#feed.prepare();
    return this.#readInto(work, node, { action, before: verdict === "changed" ? found.before : undefined });
  }

  async #special(work: DirectoryWork, node: SourceNode, action: "new" | "changed"): Promise<void> {
    try {
      work.entries.push(this.#entries.entry(node, await this.#entries.details(work.path, node)));
      work.rows.push(rowOf(work.id, node, { xorHash: 0n, changeToken: node.changeToken }));
      work.add(0);
      this.#progress.tally(action, work.path, node);
    } catch (error) {
      this.#progress.issue(joinPath(work.path, node.name), error);
    }
    this.#progress.done(0);
  }

  /** Reads a file through the lanes; its entry is made when the outcome is there. */
  #readInto(work: DirectoryWork, node: SourceNode, { action, before }: Reading): MaybePromise<void> {
    const done = (outcome: FileOutcome): MaybePromise<void> => this.#wasRead(work, node, { outcome, action });
    const file = { directory: work.path, name: node.name, node, done };
    const { remote } = this.#options.source;
    return remote !== undefined && before !== undefined ? this.#readChanged(file, before, remote) : this.#feed.read(file);
  }

  /** Of a file over a network the source can tell what has changed in it. */
  async #readChanged(file: Omit<FileJob, "source">, before: NodeRow, remote: RemoteSide): Promise<void> {
    const old = await this.#known?.oldContent(before, file.node, remote);
    await this.#feed.read({ ...file, ...(old && { old }) });
  }

  #wasRead(
    work: DirectoryWork,
    node: SourceNode,
    read: { readonly outcome: FileOutcome; readonly action: "new" | "changed" },
  ): MaybePromise<void> {
    const { outcome, action } = read;
    const { error, told = 0 } = outcome.extras;
    this.#progress.done(Math.max(0, node.size - told));
    for (const issue of [error, outcome.extras.remark])
      if (issue !== undefined) this.#progress.laneIssue(joinPath(work.path, node.name), issue);
    if (error?.keep === false) return this.#settle(work);
    const making = this.#entries.fileEntry(node, outcome);
    if (making instanceof Promise) return making.then((entry) => this.#enterFile(work, node, { entry, outcome, action }));
    return this.#enterFile(work, node, { entry: making, outcome, action });
  }

  #enterFile(
    work: DirectoryWork,
    node: SourceNode,
    file: { readonly entry: Entry; readonly outcome: FileOutcome; readonly action: "new" | "changed" },
  ): MaybePromise<void> {
    const { entry, outcome, action } = file;
    const { error, fresh } = outcome.extras;
    const changeToken = error === undefined ? this.#trusted(entry, fresh?.changeToken ?? node.changeToken) : 0n;
    const { name, kind, nodeId: id, size, modifiedNs, xorHash } = entry;
    work.entries.push(entry);
    work.rows.push({ parent: work.id, name, id, kind, size, modifiedNs, xorHash, changeToken });
    work.add(size);
    this.#progress.tally(action, work.path, node);
    return this.#settle(work);
  }

  #trusted(node: Pick<SourceNode, "kind" | "changedNs" | "azure">, changeToken: bigint): bigint {
    return trustedToken(node, changeToken, this.#options.startedNs);
  }

  /** Renamed files keep their content; the others that appeared are read. */
  async #settleAppeared(): Promise<void> {
    const moved = (id: bigint): boolean => this.#renames.hasSeenDirectory(id);
    for (const gone of this.#renames.goneDirectories()) {
      await this.#feed.pause();
      for await (const rows of must(this.#known, "only what is known can be gone").below(gone.id, moved))
        for (const row of rows) this.#renames.vanish(row);
    }
    const { renamed, fresh, gone } = this.#renames.match();
    this.#progress.removed(gone);
    // Over a network each needs a call of its own for what a listing does not show.
    const atOnce = this.#options.source.remote === undefined ? 1 : RENAMES_AT_ONCE;
    for await (const _ of pooledMap(renamed, atOnce, (pair) => this.#settleRenamed(pair))) await this.#feed.pause();
    for (const { work, node, action } of fresh) await this.#readInto(work, node, { action });
  }

  async #settleRenamed(pair: Renamed): Promise<void> {
    const old = await this.#oldEntry(pair);
    if (old !== undefined) return await this.#rename(pair, old);
    this.#progress.removed(1);
    await this.#readInto(pair.work, pair.node, { action: "new" });
  }

  /** The entry that a renamed file had, if its content can be trusted to be the same: neither was the id reused, nor the last reading unsure. */
  async #oldEntry({ row, node }: Renamed): Promise<Entry | undefined> {
    if (row.changeToken === 0n) return undefined;
    const old = await must(this.#known, "renames need a catalog").entryOf(row);
    return old?.bornNs === node.bornNs ? old : undefined;
  }

  async #rename({ work, node, row }: Renamed, old: Entry): Promise<void> {
    try {
      const details = await this.#entries.details(work.path, node);
      const { content, extents, xorHash } = old;
      work.entries.push(this.#entries.entry(node, { ...details, content, extents, xorHash }));
      work.rows.push(rowOf(work.id, node, { xorHash: row.xorHash, changeToken: this.#trusted(node, node.changeToken) }));
      work.add(node.size);
      this.#progress.tally("moved", work.path, node);
    } catch (error) {
      this.#progress.issue(joinPath(work.path, node.name), error);
    }
    this.#progress.done(node.size);
    await this.#settle(work);
  }

  /** One thing less is open in the directory; when it was the last, makes the page and goes on with the parent. */
  #settle(work: DirectoryWork): MaybePromise<void> {
    work.pending -= 1;
    return work.pending > 0 ? undefined : this.#settleUp(work);
  }

  async #settleUp(work: DirectoryWork): Promise<void> {
    let settled: DirectoryWork | undefined = work;
    do {
      const finishing = this.#finisher.finish(settled);
      if (finishing instanceof Promise) await finishing;
      settled = settled.parent;
      if (settled !== undefined) settled.pending -= 1;
    } while (settled !== undefined && settled.pending === 0);
  }
}

/** An entry that is not as it was; `before` is the row that has its name. */
type Found = Omit<Appeared, "work"> & { readonly verdict: NodeVerdict; readonly before: NodeRow | undefined };

/** Why a file is read, and the row it had at the same place. */
interface Reading {
  readonly action: "new" | "changed";
  readonly before?: NodeRow | undefined;
}

/** Renamed files that are settled at once when the source is read over a network. */
const RENAMES_AT_ONCE = 32;

const NO_NAME = "" as ByteString;
