import { ListingStamper } from "../catalog/listing-stamp.ts";
import type { NodeStore } from "../catalog/node-store.ts";
import type { Entry, Manifest, ManifestSource } from "../format/entry.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { Session } from "../repository/session.ts";
import type { Clock } from "../shared/clock.ts";
import { byteStringOf, type ByteString, displayBytes } from "../shared/bytes.ts";
import { type AppError, isAppError } from "../shared/errors.ts";
import { PROGRAM } from "../shared/program.ts";
import type { Random } from "../shared/random.ts";
import type { ShareSpec } from "../source/azure-files/share-spec.ts";
import { factHash } from "../source/fact-hash.ts";
import { openShareSource } from "../source/open.ts";
import type { Reporter } from "../telemetry/events.ts";
import { BackupWriter } from "./backup-writer.ts";
import { Bookkeeping, type SourceBook } from "./bookkeeping.ts";
import { cacheTagReader } from "./cache-tag.ts";
import { dryRunWriter } from "./dry-run.ts";
import { ExcludeFilter } from "./excludes.ts";
import type { BackupRequest, BackupSummary } from "./face.ts";
import { openSources, type OpenedSource, type OpenSource } from "./open-sources.ts";
import { RunTotals } from "./run-totals.ts";
import { SourceRun } from "./source-run.ts";
import { contentOf } from "./source-totals.ts";
import type { SourceWriter } from "./source-writer.ts";

export interface BackupOptions {
  readonly repository: OpenRepository;
  /** File of the local catalog; undefined to run without one, which reads every file. */
  readonly catalogPath: string | undefined;
  /** Opens the catalog in another way than from that file. */
  readonly openNodes?: () => Promise<NodeStore>;
  /** Opens sources in another way than as local paths. */
  readonly openSource?: OpenSource;
  readonly request: BackupRequest;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** A source that was walked to its end. */
interface DoneSource {
  readonly opened: OpenedSource;
  readonly book: SourceBook | undefined;
  readonly root: Entry;
}

/**
 * Makes one snapshot of all sources. Items that cannot be read are reported, recorded in the snapshot and left out; everything
 * else that goes wrong throws and leaves the repository as it was, but for packs that the next run uses.
 */
export async function runBackup(options: BackupOptions): Promise<BackupSummary> {
  const run = new BackupRun(options);
  try {
    return await run.run();
  } catch (error) {
    await run.fail();
    options.signal.throwIfAborted();
    throw error;
  } finally {
    await run.close();
  }
}

class BackupRun {
  readonly #options: BackupOptions;
  readonly #totals: RunTotals;
  readonly #startedNs: bigint;
  readonly #startedMs: number;
  #sources: readonly OpenedSource[] = [];
  #snapshots: readonly Snapshot[] = [];
  #session: Session | undefined;
  #books: Bookkeeping | undefined;
  #writer: Promise<BackupWriter> | undefined;
  readonly #done: DoneSource[] = [];
  /** Books whose changes are staged and not yet visible. */
  readonly #open = new Set<SourceBook>();
  #firstFailure: AppError | undefined;

  constructor(options: BackupOptions) {
    this.#options = options;
    this.#totals = new RunTotals(options.reporter);
    this.#startedNs = options.clock.nowNs();
    this.#startedMs = options.clock.monotonicMs();
  }

  async run(): Promise<BackupSummary> {
    const { repository, request, clock, reporter, catalogPath, openNodes, openSource } = this.#options;
    reporter.counters.phase = "reading";
    this.#sources = await openSources(request.sources, {
      host: request.host,
      issue: (issue) => this.#totals.issue(issue),
      open: openSource,
      openShare: (spec, key) => this.#openShare(spec, key),
    });
    if (!request.dryRun) this.#session = await Session.announce(repository.context, { host: request.host, program: PROGRAM });
    const snapshots = await repository.snapshots();
    this.#snapshots = snapshots;
    const note = (text: string): void => reporter.note(text);
    this.#books = await Bookkeeping.open(catalogPath, {
      repository,
      snapshots,
      clock,
      note,
      readOnly: request.dryRun,
      ...(openNodes && { openNodes }),
    });
    for (const [at, opened] of this.#sources.entries()) await this.#source(opened, at);
    if (this.#done.length === 0 && this.#firstFailure !== undefined) throw this.#firstFailure;
    reporter.counters.totalsKnown = true;
    const parent = this.#done.find(({ book }) => book?.base !== undefined)?.book?.base;
    const snapshot = request.dryRun ? "" : await this.#commit(parent);
    return this.#summary(snapshot, parent);
  }

  async #openShare(share: ShareSpec, key: string): Promise<Pick<OpenedSource, "source" | "reader">> {
    const { repository, request, reporter, clock, random, signal } = this.#options;
    const source = await openShareSource(share, {
      clock,
      random,
      signal,
      note: (text) => reporter.note(text),
      snapshotOwner: request.noShareSnapshot === true || request.dryRun ? undefined : snapshotOwner(repository.id, key),
    });
    return { source, reader: { kind: "share", share: source.readSpec } };
  }

  /** One source. When its root cannot be read it is left out, as one that is missing: an empty tree would be a lie. */
  async #source(opened: OpenedSource, at: number): Promise<void> {
    const before = this.#totals.copy();
    try {
      this.#done.push(await this.#walked(opened, at));
    } catch (error) {
      if (!isAppError(error, "E_SOURCE_MISSING", "E_SOURCE_READ", "E_SOURCE_CHANGED")) throw error;
      this.#firstFailure ??= error;
      this.#totals.restore(before);
      this.#totals.issue({
        path: displayBytes(opened.source.description.path),
        code: error.code,
        message: error.what,
        why: error.why,
        hint: error.hint,
      });
    }
  }

  /** Walks a source; once more without the catalog when the catalog fails or does not fit the repository. */
  async #walked(opened: OpenedSource, at: number): Promise<DoneSource> {
    const before = this.#totals.copy();
    const book = await this.#book(opened, this.#options.request.rereadAll);
    await opened.source.remote?.useBase(this.#shareSnapshotBefore(opened.key, book));
    try {
      return { opened, book, root: await this.#walk(opened, at, book) };
    } catch (error) {
      if (book?.known === undefined || !isAppError(error, "E_CATALOG")) throw error;
      this.#options.reporter.note(`${error.what}: ${error.why}; every file is read again`);
      await (await this.#writer)?.queue.abandon();
      await this.#discard(book);
      this.#totals.restore(before);
      const fresh = await this.#book(opened, true);
      return { opened, book: fresh, root: await this.#walk(opened, at, fresh) };
    }
  }

  /** The share snapshot that the last backup of a source read; empty when there is none. */
  #shareSnapshotBefore(key: string, book: SourceBook | undefined): string {
    const isIt = (source: ManifestSource): boolean => source.key === key;
    const base = book?.base ?? this.#snapshots.findLast(({ manifest }) => manifest.sources.some(isIt));
    return base?.manifest.sources.find(isIt)?.shareSnapshot ?? "";
  }

  async #book({ key }: OpenedSource, fresh: boolean): Promise<SourceBook | undefined> {
    const book = await this.#books?.source(key, fresh);
    if (book !== undefined) this.#open.add(book);
    return book;
  }

  async #discard(book: SourceBook): Promise<void> {
    this.#open.delete(book);
    await book.stage?.discard();
  }

  async #walk(opened: OpenedSource, at: number, book: SourceBook | undefined): Promise<Entry> {
    const { repository, request, reporter, signal } = this.#options;
    const { source } = opened;
    await this.#estimate(book);
    const rootNode = await source.root();
    // The first backup of a source stores something for sure: the lanes start while the walk does.
    if (book?.known === undefined) void this.#openWriter();
    const run = new SourceRun({
      stamper: await ListingStamper.create(),
      source,
      sourceIndex: at,
      filter: new ExcludeFilter(request.exclude, rootNode.fileSystem, this.#repositoryBelow(opened)),
      known: book?.known,
      oldEntries: (page, row) => repository.entries({ ...row, page, entryCount: 0 }),
      isCacheTag: cacheTagReader(opened.reader),
      writer: () => this.#openWriter(),
      stage: book?.stage,
      totals: this.#totals,
      reporter,
      threads: request.threads,
      startedNs: this.#startedNs,
      signal,
      allowEmpty: request.allowEmpty === true,
    });
    return await run.run();
  }

  /** The repository's own folder when it lies in the source: a backup that saves what it writes never ends well. */
  #repositoryBelow({ source }: OpenedSource): ByteString | undefined {
    const { spec } = this.#options.repository;
    if (spec.kind !== "local" || source.description.kind !== "local") return undefined;
    const root = source.description.path === "/" ? "/" : `${source.description.path}/`;
    const repository = byteStringOf(spec.path);
    if (!repository.startsWith(root)) return undefined;
    this.#options.reporter.note(`the repository itself, ${spec.path}, is left out`);
    return repository.slice(root.length) as ByteString;
  }

  /** Totals of the last run, until this one's are known. */
  async #estimate(book: SourceBook | undefined): Promise<void> {
    if (book?.known === undefined) return;
    const [root] = await book.known.nodes.directories(book.known.sourceId, [book.record.rootId]);
    const { counters } = this.#options.reporter;
    counters.files = Math.max(counters.files, this.#totals.files + (root?.totalFiles ?? 0));
    counters.bytes = Math.max(counters.bytes, this.#totals.bytes + (root?.totalBytes ?? 0));
  }

  #openWriter(): Promise<SourceWriter> {
    const { repository, request, reporter, signal } = this.#options;
    const session = this.#session;
    if (session === undefined) return Promise.resolve(dryRunWriter);
    this.#writer ??= BackupWriter.open({
      repository,
      session,
      readers: this.#sources.map(({ reader }) => reader),
      threads: request.threads,
      compressionLevel: request.compressionLevel,
      totals: this.#totals,
      counters: reporter.counters,
      note: (text) => reporter.note(text),
      signal,
    });
    // Whoever uses the writer sees the failure; opening ahead of time must not be an unhandled one.
    this.#writer.catch(() => undefined);
    return this.#writer;
  }

  async #commit(parent: Snapshot | undefined): Promise<string> {
    const { reporter, signal } = this.#options;
    reporter.counters.phase = "finishing uploads";
    await (await this.#writer)?.finish();
    signal.throwIfAborted();
    reporter.counters.phase = "committing";
    if (this.#session === undefined) return "";
    const snapshot = await this.#session.commit(this.#manifest(parent));
    this.#session = undefined;
    for (const { book, root } of this.#done) {
      if (book === undefined) continue;
      await book.stage?.commit({ snapshot, rootId: root.nodeId });
      this.#open.delete(book);
    }
    for (const { opened } of this.#done) await this.#settle(opened);
    return snapshot;
  }

  /** The backup stands: whatever goes wrong with the share's snapshots now is told, and mended by the next run. */
  async #settle({ source }: OpenedSource): Promise<void> {
    try {
      await source.remote?.settle(true);
    } catch (error) {
      if (!isAppError(error)) throw error;
      this.#options.reporter.note(`${error.what}: ${error.why}`);
    }
  }

  #manifest(parent: Snapshot | undefined): Manifest {
    const { request, clock } = this.#options;
    const totals = this.#totals;
    return {
      startedNs: this.#startedNs,
      finishedNs: clock.nowNs(),
      host: request.host,
      user: request.user,
      tags: request.tags,
      parent: parent?.id ?? "",
      program: PROGRAM,
      sources: this.#done.map(manifestSource),
      ...contentOf(this.#done.map(({ root }) => root)),
      addedBytes: totals.bytesNew,
      storedBytes: totals.bytesStored,
      filesNew: totals.filesNew,
      filesChanged: totals.filesChanged,
      filesUnmodified: totals.filesUnmodified + totals.filesMoved,
      issues: totals.issues,
      issueCount: totals.issueCount,
    };
  }

  #summary(snapshot: string, parent: Snapshot | undefined): BackupSummary {
    const { filesNew, filesChanged, filesUnmodified, filesMoved, filesRemoved, bytesRead, bytesNew, bytesStored, issueCount } =
      this.#totals;
    const { directories, bytes } = contentOf(this.#done.map(({ root }) => root));
    return {
      snapshot,
      parent: parent?.id ?? "",
      filesNew,
      filesChanged,
      filesUnmodified,
      filesMoved,
      filesRemoved,
      directories,
      totalBytes: bytes,
      readBytes: bytesRead,
      addedBytes: bytesNew,
      storedBytes: bytesStored,
      issues: issueCount,
      durationMs: this.#options.clock.monotonicMs() - this.#startedMs,
    };
  }

  /** Leaves things so that the next run simply works: nothing here may hide the error that brought us here. */
  async fail(): Promise<void> {
    await this.#session?.abandon().catch(() => undefined);
  }

  async close(): Promise<void> {
    const writer = await this.#writer?.catch(() => undefined);
    await writer?.close();
    for (const book of this.#open) await this.#discard(book).catch(() => undefined);
    await this.#books?.close();
    for (const { source } of this.#sources) await source.close();
  }
}

/** Marks share snapshots as those of one source of one repository. */
function snapshotOwner(repositoryId: string, key: string): string {
  return BigInt.asUintN(64, factHash(`${repositoryId}|${key}`))
    .toString(16)
    .padStart(16, "0");
}

function manifestSource({ opened: { source, key }, root }: DoneSource): ManifestSource {
  const shareSnapshot = source.remote?.shareSnapshot ?? "";
  return { path: source.description.path, key, root, ...(shareSnapshot !== "" && { shareSnapshot }) };
}
