import type { Entry, Manifest } from "../format/entry.ts";
import type { Snapshot } from "../repository/face.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { Session } from "../repository/session.ts";
import type { Clock } from "../shared/clock.ts";
import { isAppError } from "../shared/errors.ts";
import { PROGRAM } from "../shared/program.ts";
import type { Random } from "../shared/random.ts";
import type { Reporter } from "../telemetry/events.ts";
import { BackupWriter } from "./backup-writer.ts";
import { Bookkeeping, commitBook, type SourceBook } from "./bookkeeping.ts";
import { cacheTagReader } from "./cache-tag.ts";
import { dryRunWriter } from "./dry-run.ts";
import { ExcludeFilter } from "./excludes.ts";
import type { BackupRequest, BackupSummary } from "./face.ts";
import { openSources, type OpenedSource } from "./open-sources.ts";
import { RunTotals } from "./run-totals.ts";
import { SourceRun } from "./source-run.ts";
import type { SourceWriter } from "./source-writer.ts";

export interface BackupOptions {
  readonly repository: OpenRepository;
  /** File of the local catalog; undefined to run without one, which reads every file. */
  readonly catalogPath: string | undefined;
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
  #session: Session | undefined;
  #books: Bookkeeping | undefined;
  #writer: Promise<BackupWriter> | undefined;
  readonly #done: DoneSource[] = [];

  constructor(options: BackupOptions) {
    this.#options = options;
    this.#totals = new RunTotals(options.reporter);
    this.#startedNs = options.clock.nowNs();
    this.#startedMs = options.clock.monotonicMs();
  }

  async run(): Promise<BackupSummary> {
    const { repository, request, clock, reporter, catalogPath } = this.#options;
    reporter.counters.phase = "reading";
    this.#sources = await openSources(request.sources, { host: request.host, issue: (issue) => this.#totals.issue(issue) });
    if (!request.dryRun) this.#session = await Session.announce(repository.context, { host: request.host, program: PROGRAM });
    const snapshots = await repository.snapshots();
    const note = (text: string): void => reporter.note(text);
    this.#books = await Bookkeeping.open(catalogPath, { repository, snapshots, clock, note, readOnly: request.dryRun });
    for (const [at, opened] of this.#sources.entries()) this.#done.push(await this.#source(opened, at));
    reporter.counters.totalsKnown = true;
    const parent = this.#done.find(({ book }) => book?.base !== undefined)?.book?.base;
    const snapshot = request.dryRun ? "" : await this.#commit(parent);
    return this.#summary(snapshot, parent);
  }

  /** One source; once more without the catalog when the catalog turns out not to fit the repository. */
  async #source(opened: OpenedSource, at: number): Promise<DoneSource> {
    const before = this.#totals.copy();
    const { rereadAll } = this.#options.request;
    const book = await this.#books?.source(opened.key, rereadAll);
    try {
      return { opened, book, root: await this.#walk(opened, at, book) };
    } catch (error) {
      if (book?.known === undefined || !isAppError(error, "E_CATALOG", "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      this.#options.reporter.note(`${error.what}: ${error.why}; every file is read again`);
      await (await this.#writer)?.queue.drain();
      await book.stage?.discard();
      this.#totals.restore(before);
      const fresh = await this.#books?.source(opened.key, true);
      return { opened, book: fresh, root: await this.#walk(opened, at, fresh) };
    }
  }

  async #walk(opened: OpenedSource, at: number, book: SourceBook | undefined): Promise<Entry> {
    const { repository, request, reporter, clock, signal } = this.#options;
    const { source } = opened;
    await this.#estimate(book);
    const rootNode = await source.root();
    // The first backup of a source stores something for sure: the lanes start while the walk does.
    if (book?.known === undefined) void this.#openWriter();
    const run = new SourceRun({
      source,
      sourceIndex: at,
      filter: new ExcludeFilter(request.exclude, rootNode.fileSystem),
      known: book?.known,
      oldEntries: (page, row) => repository.entries({ ...row, page, entryCount: 0 }),
      isCacheTag: cacheTagReader(opened.reader),
      writer: () => this.#openWriter(),
      stage: book?.stage,
      totals: this.#totals,
      reporter,
      clock,
      signal,
    });
    return await run.run();
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
    const { repository, request, reporter } = this.#options;
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
      if (book !== undefined) await commitBook(book, { snapshot, rootId: root.nodeId }, (text) => reporter.note(text));
    }
    return snapshot;
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
      sources: this.#done.map(({ opened, root }) => ({ path: opened.source.description.path, key: opened.key, root })),
      files: totals.files,
      directories: totals.directories,
      bytes: totals.bytes,
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
    const { filesNew, filesChanged, filesUnmodified, filesMoved, filesRemoved, directories, bytes, bytesRead, bytesNew, bytesStored, issueCount } = this.#totals;
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
    for (const { book } of this.#done) await book?.stage?.discard().catch(() => undefined);
    await this.#session?.abandon().catch(() => undefined);
  }

  async close(): Promise<void> {
    const writer = await this.#writer?.catch(() => undefined);
    await writer?.close();
    await this.#books?.close();
    for (const { source } of this.#sources) await source.close();
  }
}
