import { ENTRY_KIND, type Entry } from "../format/entry.ts";
import type { OpenRepository } from "../repository/repository.ts";
import type { SelectedTree } from "../repository/tree-select.ts";
import { walkBatches } from "../repository/tree-walk.ts";
import { assert, must } from "../shared/assert.ts";
import { type ByteString, displayBytes, joinPath } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import { PathFilter } from "../source/path-filter.ts";
import type { Reporter } from "../telemetry/events.ts";
import { CaseGuard } from "./case-guard.ts";
import { checkContent } from "./content-check.ts";
import { decide, type Decision, directoryInTheWay } from "./decision.ts";
import { ExtraItems, type PlacedDirectory } from "./delete-extra.ts";
import type { RestoreRequest, RestoreSummary } from "./face.ts";
import { FILE_ACTION, type FileAction } from "./file-columns.ts";
import type { FileSink, SinkEvents } from "./file-sink.ts";
import { IssueLog } from "./issue-log.ts";
import { LinkGroups } from "./link-groups.ts";
import type { RestoreTarget, ThereFacts } from "./restore-target.ts";
import { RestoredDirectories } from "./restored-directories.ts";
import { fetchAttributes, targetEntry } from "./target-entry.ts";
import { Unlike } from "./unlike.ts";

export interface RestoreRunOptions {
  readonly repository: OpenRepository;
  readonly request: RestoreRequest;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly target: RestoreTarget;
  readonly files: (events: SinkEvents) => FileSink;
}

/** An item to be restored and what is in its place. */
interface Item {
  readonly directory: ByteString;
  readonly path: ByteString;
  readonly entry: Entry;
  readonly there: ThereFacts | undefined;
}

const EMPTY = "" as ByteString;

/** One restore, tree by tree: decides what happens with each item and in which order. */
export class RestoreRun {
  readonly #options: RestoreRunOptions;
  readonly #filter: PathFilter;
  readonly #issues: IssueLog;
  readonly #unlike: Unlike;
  readonly #cases: CaseGuard | undefined;
  readonly #directories: RestoredDirectories;
  readonly #links = new LinkGroups();
  readonly #files: FileSink;
  readonly #extra: ExtraItems;
  readonly #needed = new Set<ByteString>();
  #skipped = 0;
  #others = 0;

  constructor(options: RestoreRunOptions) {
    const { repository, request, reporter, target } = options;
    this.#options = options;
    this.#filter = new PathFilter(request);
    this.#issues = new IssueLog(reporter);
    const replace = request.overwrite === "always" || request.overwrite === "if-changed";
    this.#unlike = new Unlike(repository, target.remote);
    this.#cases = target.remote?.isPosix === false ? new CaseGuard() : undefined;
    this.#directories = new RestoredDirectories({ target, reader: repository, unlike: this.#unlike, replace, issue: this.#issues.add });
    this.#files = options.files({
      reporter,
      issues: this.#issues,
      restored: (path, size) => this.#restored(path, size),
      lost: (path) => this.#links.lose(path),
      directoriesMade: () => this.#directories.settled(),
    });
    const removed = (path: ByteString): void => this.#item("removed", path, 0);
    this.#extra = new ExtraItems({ repository, target, filter: this.#filter, needed: this.#needed, issue: this.#issues.add, removed });
  }

  async tree(tree: SelectedTree): Promise<void> {
    const { repository, reporter, signal } = this.#options;
    reporter.counters.phase = "restoring";
    const top = await this.#top(tree);
    if (tree.entry.kind !== ENTRY_KIND.directory) await this.#entry(top, { ...tree.entry, name: lastName(tree.at) });
    const hooks = {
      enter: ({ directory, name }: { directory: ByteString; name: ByteString }): boolean =>
        !this.#filter.leavesOut(joinPath(directory, name), true),
      unreadable: this.#issues.addUnreadable,
    };
    for await (const { directory, entries } of walkBatches(repository, tree, hooks)) {
      signal.throwIfAborted();
      for (const entry of entries) {
        const going = this.#entry(directory, entry);
        if (going instanceof Promise) await going;
      }
    }
    await this.#files.flush();
    this.#directories.treeDone();
  }

  /** Announces the directories that lead to a tree and returns the path of the one that holds its root. */
  async #top(tree: SelectedTree): Promise<ByteString> {
    const names = tree.at === "" ? [] : (tree.at.split("/") as ByteString[]);
    let path = EMPTY;
    for (const [at, name] of names.entries()) {
      const isRoot = at === names.length - 1;
      this.#needed.add(joinPath(path, name));
      if (isRoot && tree.entry.kind !== ENTRY_KIND.directory) return path;
      this.#directories.announce(path, name, isRoot ? tree.entry : undefined);
      path = joinPath(path, name);
    }
    if (!this.#filter.selective) await this.#directories.ready(path);
    return path;
  }

  /** Waits only where something has to be made or looked at: most files only join the plan. */
  #entry(directory: ByteString, entry: Entry): MaybePromise<void> {
    const path = joinPath(directory, entry.name);
    const isDirectory = entry.kind === ENTRY_KIND.directory;
    if (this.#filter.leavesOut(path, isDirectory)) return undefined;
    if (isDirectory) return this.#directory({ directory, path, entry });
    const ready = this.#directories.ready(directory);
    if (ready instanceof Promise) return ready.then((made) => this.#place({ directory, path, entry }, made));
    return this.#place({ directory, path, entry }, ready);
  }

  async #directory({ directory, path, entry }: Omit<Item, "there">): Promise<void> {
    this.#options.reporter.counters.current = displayBytes(path);
    this.#directories.announce(directory, entry.name, entry);
    // Of a selection only those directories are made that something wanted lies in.
    if (!this.#filter.selective) await this.#directories.ready(path);
  }

  #place(item: Omit<Item, "there">, made: { readonly fresh: boolean } | undefined): MaybePromise<void> {
    if (made === undefined) return undefined;
    return made.fresh && isPlain(item.entry) ? this.#plan(item) : this.#placeLooking(item, made);
  }

  /** A file with nothing but content, in a directory that was just made. */
  #plan({ directory, path, entry }: Omit<Item, "there">): MaybePromise<void> {
    try {
      this.#cases?.check(directory, entry.name);
      checkContent(entry, path, this.#options.repository.config.chunker.maxBytes);
      const azure = this.#unlike.facts(entry, (error) => this.#issues.add(path, error));
      assert(!(azure instanceof Promise), "only what a share knows of a file has to be asked for");
      return this.#files.add({ directory, entry, action: FILE_ACTION.create, attributes: [], azure }, undefined);
    } catch (error) {
      return this.#issues.add(path, error);
    }
  }

  async #placeLooking(item: Omit<Item, "there">, made: { readonly fresh: boolean }): Promise<void> {
    const { directory, path, entry } = item;
    try {
      this.#cases?.check(directory, entry.name);
      const there = made.fresh ? undefined : await this.#options.target.look(directory, entry.name);
      await this.#settle({ ...item, there }, decide(path, there, this.#options.request));
    } catch (error) {
      this.#issues.add(path, error);
    }
  }

  async #settle(item: Item, decision: Decision): Promise<void> {
    const { reporter } = this.#options;
    const { directory, path, entry } = item;
    switch (decision.does) {
      case "skip":
        this.#skipped += 1;
        reporter.counters.filesDone += 1;
        return this.#item("skipped", path, entry.size);
      case "refuse":
        throw decision.error;
      case "clear":
        if (!(await this.#extra.remove(directory, entry.name, ENTRY_KIND.directory))) throw directoryInTheWay(path);
        return await this.#write(item, FILE_ACTION.create);
      case "write":
        return await this.#write(item, decision.action);
    }
  }

  async #write({ directory, path, entry, there }: Item, action: FileAction): Promise<void> {
    const { repository, reporter, target } = this.#options;
    const isFile = entry.kind === ENTRY_KIND.file;
    if (isFile) checkContent(entry, path, repository.config.chunker.maxBytes);
    if (entry.links > 1 && !this.#links.isFirst({ directory, name: entry.name }, entry, action)) return;
    const lost = (error: unknown): void => this.#issues.add(path, error);
    if (isFile) {
      const attributes = entry.attributes.length === 0 ? [] : await fetchAttributes(repository, entry, lost);
      const asked = this.#unlike.facts(entry, lost);
      const azure = asked instanceof Promise ? await asked : asked;
      return await this.#files.add({ directory, entry, action, attributes, azure }, there);
    }
    const azure = await this.#unlike.facts(entry, lost);
    await this.#directories.settled();
    const remarks = await target.makeSpecial(
      directory,
      await targetEntry(repository, entry, { lost, azure }),
      action !== FILE_ACTION.create,
    );
    for (const remark of remarks) this.#issues.add(path, remark);
    this.#others += 1;
    reporter.counters.filesDone += 1;
    this.#restored(path, entry.size);
  }

  /** What must come after all files: further names of hard links, extra items, directories' metadata. */
  async finish(trees: readonly SelectedTree[]): Promise<void> {
    const { request, reporter, target, signal } = this.#options;
    reporter.counters.phase = "finishing";
    signal.throwIfAborted();
    this.#others += await this.#links.make(target, this.#issues.add);
    signal.throwIfAborted();
    const whole = trees.find(({ at, entry }) => at === "" && entry.kind === ENTRY_KIND.directory)?.entry;
    // A tree that lies inside another one knows best what belongs at its own top.
    for (const { at, entry } of trees)
      if (at !== "" && entry.kind === ENTRY_KIND.directory) this.#directories.announce(parentOf(at), lastName(at), entry);
    if (request.deleteExtra) await this.#extra.removeFrom(this.#placed(whole));
    await this.#directories.finish(whole);
    for (const remark of this.#unlike.remarks()) reporter.note(remark);
  }

  *#placed(whole: Entry | undefined): Generator<PlacedDirectory> {
    if (whole !== undefined) yield { directory: EMPTY, name: EMPTY, facts: must(whole.directory, "a directory has its facts") };
    yield* this.#directories.possiblyExisting();
  }

  /** Resolves when nothing of a restore that failed is under way any more: only then the target may be closed. */
  async settle(): Promise<void> {
    await this.#files.settle();
  }

  summary(): Omit<RestoreSummary, "snapshot" | "durationMs"> {
    return {
      ...this.#files.counts,
      filesSkipped: this.#skipped,
      directories: this.#directories.count,
      others: this.#others,
      deleted: this.#extra.count,
      issues: this.#issues.count,
    };
  }

  #restored(path: ByteString, size: number): void {
    this.#item("restored", path, size);
  }

  #item(action: "restored" | "skipped" | "removed", path: ByteString, size: number): void {
    const { reporter } = this.#options;
    if (reporter.wantsItems) reporter.item({ action, path: displayBytes(path), size });
  }
}

/** True for files that have one name and nothing beside their content: they need nothing but a place in the plan. */
function isPlain({ kind, links, attributes, azure }: Entry): boolean {
  return kind === ENTRY_KIND.file && links <= 1 && attributes.length === 0 && azure === undefined;
}

function lastName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1) as ByteString;
}

function parentOf(path: ByteString): ByteString {
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) as ByteString;
}
