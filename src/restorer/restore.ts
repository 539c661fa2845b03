import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import type { OpenRepository } from "../repository/repository.ts";
import { type SelectedTree, selectTrees } from "../repository/tree-select.ts";
import { walkTree } from "../repository/tree-walk.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { openTarget } from "../source/open.ts";
import { PathFilter } from "../source/path-filter.ts";
import type { SourceNode } from "../source/source.ts";
import type { Target, TargetSpec } from "../source/target.ts";
import type { Reporter } from "../telemetry/events.ts";
import { deleteExtra } from "./delete-extra.ts";
import type { RestoreRequest, RestoreSummary } from "./face.ts";
import { FILE_ACTION, type FileAction } from "./file-columns.ts";
import { LinkGroups } from "./link-groups.ts";
import { openRestorePool, type RestorePool } from "./restore-pool.ts";
import { PlannedFiles } from "./planned-files.ts";
import { type RestoreCounts, RestoreWindow, WINDOW_CHUNKS_MAX, WINDOW_FILES_MAX } from "./restore-window.ts";
import { RestoredDirectories } from "./restored-directories.ts";
import { fetchAttributes, targetEntry } from "./target-entry.ts";

export interface RestoreOptions {
  readonly repository: OpenRepository;
  readonly request: RestoreRequest;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * Brings a snapshot, or a part of one, back into a directory. What cannot be restored exactly is reported and counted; everything
 * else is restored. An interrupted restore is continued by running it again.
 */
export async function runRestore(options: RestoreOptions): Promise<RestoreSummary> {
  const { repository, request, reporter, clock } = options;
  const startedMs = clock.monotonicMs();
  reporter.counters.phase = "planning";
  const snapshot = await repository.findSnapshot(request.snapshot);
  const trees = await selectTrees(repository, snapshot, request);
  estimate(trees, reporter);
  const run = request.dryRun ? new DryRun(options) : await RestoreRun.open(options);
  try {
    for (const tree of trees) await run.tree(tree);
    await run.finish(trees);
  } finally {
    await run.close();
  }
  return { snapshot: snapshot.id, ...run.summary(), durationMs: clock.monotonicMs() - startedMs };
}

function estimate(trees: readonly SelectedTree[], { counters }: Reporter): void {
  for (const { entry } of trees) {
    counters.files += entry.directory?.totalFiles ?? 1;
    counters.bytes += entry.directory?.totalBytes ?? entry.size;
  }
  counters.totalsKnown = true;
}

type Counts = Omit<RestoreSummary, "snapshot" | "durationMs">;

/** Counts what would be restored; the target is neither made nor looked at. */
class DryRun {
  readonly #options: RestoreOptions;
  readonly #filter: PathFilter;
  #files = 0;
  #directories = 0;
  #others = 0;
  #bytes = 0;

  constructor(options: RestoreOptions) {
    this.#options = options;
    this.#filter = filterOf(options.request);
  }

  async tree(tree: SelectedTree): Promise<void> {
    this.#count(tree.entry, tree.at);
    const enters = (path: ByteString): boolean => !this.#filter.leavesOut(path, true);
    for await (const { directory, name, entry } of walkTree(this.#options.repository, tree, (found) => enters(joinPath(found.directory, found.name)))) {
      const path = joinPath(directory, name);
      if (!this.#filter.leavesOut(path, entry.directory !== undefined)) this.#count(entry, path);
    }
  }

  #count(entry: Entry, path: ByteString): void {
    const { reporter } = this.#options;
    if (entry.kind === ENTRY_KIND.directory) this.#directories += path === "" ? 0 : 1;
    else if (entry.kind !== ENTRY_KIND.file) this.#others += 1;
    else {
      this.#files += 1;
      this.#bytes += entry.size;
    }
    if (reporter.wantsItems && path !== "") reporter.item({ action: "restored", path: displayBytes(path), size: entry.size });
  }

  async finish(): Promise<void> {}

  async close(): Promise<void> {}

  summary(): Counts {
    const nothing = { filesUnchanged: 0, filesSkipped: 0, deleted: 0, bytesFetched: 0, filesVerified: 0, issues: 0 };
    return { ...nothing, filesRestored: this.#files, directories: this.#directories, others: this.#others, bytesWritten: this.#bytes };
  }
}

function filterOf({ includes, excludes }: RestoreRequest): PathFilter {
  return new PathFilter({ includes, excludes });
}

/** What happens to one file, or why nothing does. */
type Decision = { readonly action: FileAction } | "skip" | AppError;

class RestoreRun {
  readonly #options: RestoreOptions;
  readonly #target: Target;
  readonly #pool: RestorePool;
  readonly #counters: Int32Array;
  readonly #filter: PathFilter;
  readonly #directories: RestoredDirectories;
  readonly #links = new LinkGroups();
  readonly #counts: RestoreCounts = { filesRestored: 0, filesUnchanged: 0, filesVerified: 0, bytesWritten: 0, bytesFetched: 0 };
  #window = new PlannedFiles();
  #skipped = 0;
  #others = 0;
  #deleted = 0;
  #issues = 0;

  private constructor(options: RestoreOptions, parts: { target: Target; pool: RestorePool; counters: Int32Array }) {
    this.#options = options;
    this.#target = parts.target;
    this.#pool = parts.pool;
    this.#counters = parts.counters;
    this.#filter = filterOf(options.request);
    const { overwrite } = options.request;
    this.#directories = new RestoredDirectories({
      target: parts.target,
      reader: options.repository,
      replace: overwrite === "always" || overwrite === "if-changed",
      issue: (path, error) => this.#issue(path, error),
    });
  }

  static async open(options: RestoreOptions): Promise<RestoreRun> {
    const { repository, request, random } = options;
    const spec: TargetSpec = { kind: "local", path: request.to, owner: request.owner, privileged: process.geteuid?.() === 0 };
    const target = await openTarget(spec, { random });
    const buffer = new SharedArrayBuffer(4 * WINDOW_FILES_MAX);
    const { keys, repositoryId } = repository.context;
    const pool = await openRestorePool({ store: repository.spec, keys, repositoryId, target: spec, counters: buffer }, { threads: request.threads, repository, target });
    return new RestoreRun(options, { target, pool, counters: new Int32Array(buffer) });
  }

  async tree(tree: SelectedTree): Promise<void> {
    const { repository, reporter, signal } = this.#options;
    reporter.counters.phase = "restoring";
    const top = await this.#top(tree);
    if (tree.entry.kind !== ENTRY_KIND.directory) await this.#entry(top, tree.entry);
    const enters = (path: ByteString): boolean => !this.#filter.leavesOut(path, true);
    for await (const { directory, entry } of walkTree(repository, tree, (found) => enters(joinPath(found.directory, found.name)))) {
      signal.throwIfAborted();
      await this.#entry(directory, entry);
    }
    await this.#flush();
  }

  /** Announces the directories that lead to a tree and returns the path of the one that holds its root. */
  async #top(tree: SelectedTree): Promise<ByteString> {
    const names = tree.at === "" ? [] : (tree.at.split("/") as ByteString[]);
    let path = "" as ByteString;
    for (const [at, name] of names.entries()) {
      const isRoot = at === names.length - 1;
      if (isRoot && tree.entry.kind !== ENTRY_KIND.directory) return path;
      this.#directories.announce(path, name, isRoot ? tree.entry : undefined);
      path = joinPath(path, name);
    }
    if (!this.#filter.selective) await this.#directories.ready(path);
    return path;
  }

  async #entry(directory: ByteString, entry: Entry): Promise<void> {
    const path = joinPath(directory, entry.name);
    const isDirectory = entry.kind === ENTRY_KIND.directory;
    if (this.#filter.leavesOut(path, isDirectory)) return;
    if (isDirectory) {
      this.#options.reporter.counters.current = displayBytes(path);
      this.#directories.announce(directory, entry.name, entry);
      // Of a selection only those directories are made that something wanted lies in.
      if (!this.#filter.selective) await this.#directories.ready(path);
      return;
    }
    const ready = await this.#directories.ready(directory);
    if (ready === undefined) return;
    try {
      const there = ready.fresh ? undefined : await this.#target.look(directory, entry.name);
      await this.#settle(directory, entry, this.#decide(entry, there, path));
    } catch (error) {
      this.#issue(path, error);
    }
  }

  #decide(entry: Entry, there: SourceNode | undefined, path: ByteString): Decision {
    const { overwrite } = this.#options.request;
    if (there === undefined) return { action: FILE_ACTION.create };
    if (overwrite === "skip") return "skip";
    if (overwrite === "fail") return inTheWay(path, "it exists and --overwrite fail was asked for");
    if (there.kind === ENTRY_KIND.directory) return inTheWay(path, "a directory is in its place, and Varve removes directories only with --delete-extra");
    const mendable = overwrite === "if-changed" && there.kind === ENTRY_KIND.file && there.links === 1;
    return { action: mendable ? FILE_ACTION.mend : FILE_ACTION.replace };
  }

  async #settle(directory: ByteString, entry: Entry, decision: Decision): Promise<void> {
    const { reporter, repository } = this.#options;
    const path = joinPath(directory, entry.name);
    if (decision === "skip") {
      this.#skipped += 1;
      reporter.counters.filesDone += 1;
      if (reporter.wantsItems) reporter.item({ action: "skipped", path: displayBytes(path), size: entry.size });
      return;
    }
    if (decision instanceof AppError) throw decision;
    if (entry.links > 1 && !this.#links.isFirst({ directory, name: entry.name }, entry, decision.action)) return;
    if (entry.kind !== ENTRY_KIND.file) {
      const remarks = await this.#target.makeSpecial(directory, await targetEntry(repository, entry), decision.action !== FILE_ACTION.create);
      for (const remark of remarks) this.#issue(path, remark);
      this.#others += 1;
      reporter.counters.filesDone += 1;
      this.#restored(path, entry.size);
      return;
    }
    const attributes = entry.attributes.length === 0 ? [] : await fetchAttributes(repository, entry);
    this.#window.add({ directory, entry, action: decision.action, attributes });
    if (this.#window.count >= WINDOW_FILES_MAX || this.#window.chunkCount >= WINDOW_CHUNKS_MAX) await this.#flush();
  }

  async #flush(): Promise<void> {
    const files = this.#window;
    if (files.count === 0) return;
    this.#window = new PlannedFiles();
    const { repository, reporter, request, signal } = this.#options;
    const window = new RestoreWindow(files, {
      pool: this.#pool,
      loaded: await repository.index(),
      target: this.#target,
      counters: this.#counters,
      counts: this.#counts,
      progress: reporter.counters,
      issue: (path, error) => this.#issue(path, error),
      restored: (path, size) => this.#restored(path, size),
      signal,
    });
    await window.run();
    if (request.verify) await window.verify();
  }

  /** What must come after all files: further names of hard links, extra items, directories' metadata. */
  async finish(trees: readonly SelectedTree[]): Promise<void> {
    const { repository, request, reporter } = this.#options;
    reporter.counters.phase = "finishing";
    this.#others += await this.#links.make(this.#target, (path, error) => this.#issue(path, error));
    if (request.deleteExtra) {
      const issue = (path: ByteString, error: unknown): void => this.#issue(path, error);
      const removed = (path: ByteString): void => reporter.item({ action: "removed", path: displayBytes(path), size: 0 });
      for (const tree of trees) this.#deleted += await deleteExtra(tree, { repository, target: this.#target, filter: this.#filter, issue, removed });
    }
    const root = trees.find(({ at, entry }) => at === "" && entry.kind === ENTRY_KIND.directory)?.entry;
    await this.#directories.finish(root);
  }

  async close(): Promise<void> {
    await this.#pool.close();
    await this.#target.close();
  }

  summary(): Counts {
    const { filesRestored, filesUnchanged, filesVerified, bytesWritten, bytesFetched } = this.#counts;
    return {
      filesRestored: filesRestored - filesUnchanged,
      filesUnchanged,
      filesSkipped: this.#skipped,
      directories: this.#directories.count,
      others: this.#others,
      deleted: this.#deleted,
      bytesWritten,
      bytesFetched,
      filesVerified,
      issues: this.#issues,
    };
  }

  #restored(path: ByteString, size: number): void {
    const { reporter } = this.#options;
    if (reporter.wantsItems) reporter.item({ action: "restored", path: displayBytes(path), size });
  }

  #issue(path: ByteString, error: unknown): void {
    if (!(error instanceof AppError)) throw error;
    const { code, what, why, hint } = error;
    this.#issues += 1;
    this.#options.reporter.counters.issues = this.#issues;
    this.#options.reporter.issue({ path: displayBytes(path), code, message: what, why, hint });
  }
}

function inTheWay(path: ByteString, why: string): AppError {
  return new AppError({ code: "E_TARGET_EXISTS", what: `${displayBytes(path)} was not restored`, why, hint: "restore into an empty directory, or move it away" });
}
