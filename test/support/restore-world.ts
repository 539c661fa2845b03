import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { NO_EXCLUDES, type BackupRequest } from "../../src/archiver/face.ts";
import { runBackup } from "../../src/archiver/backup.ts";
import { initRepository } from "../../src/repository/init.ts";
import { openRepository } from "../../src/repository/open.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import type { RestoreRequest, RestoreSummary } from "../../src/restorer/face.ts";
import { runRestore } from "../../src/restorer/restore.ts";
import { byteStringOf, type ByteString } from "../../src/shared/bytes.ts";
import { systemClock as clock } from "../../src/shared/clock.ts";
import { systemRandom as random } from "../../src/shared/random.ts";
import { type ItemIssue, newCounters, type Reporter } from "../../src/telemetry/events.ts";
import { MEMORY_PLACE, tempFolder, type TempFolder } from "./temp.ts";

/** What a restore said and did. */
export interface RestoreOutcome extends RestoreSummary {
  readonly list: readonly ItemIssue[];
  /** `action path` of every item. */
  readonly items: readonly string[];
}

/** How a test takes part in a restore. */
export interface RestoreHooks {
  readonly signal?: AbortSignal;
  /** Called with each `action path`. */
  readonly onItem?: (item: string) => void;
}

/** Makes files below a folder, with the folders they lie in. */
export function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
    writeFileSync(`${folder}/${path}`, content);
  }
}

/** Everything below a folder: content of files, `-> target` of links, `folder` or another kind of the rest. */
export function readTree(folder: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = `${item.parentPath}/${item.name}`;
    const link = (): string => `-> ${readlinkSync(path)}`;
    const special = (): string => (item.isFIFO() ? "fifo" : "special");
    const other = (): string => (item.isSymbolicLink() ? link() : special());
    const content = (): string => (item.isFile() ? readFileSync(path, "latin1") : other());
    found[path.slice(folder.length + 1)] = item.isDirectory() ? "folder" : content();
  }
  return found;
}

/** A folder with a source, a repository without password and a target, and the program's own backup and restore between them. */
export class RestoreWorld implements AsyncDisposable {
  readonly path: string;
  readonly source: string;
  readonly #folder: TempFolder;
  #targets = 1;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
    this.path = folder.path;
    this.source = `${folder.path}/source`;
  }

  /** In memory unless another place is named, as one must for extended attributes. */
  static async make(place: string = MEMORY_PLACE): Promise<RestoreWorld> {
    const world = new RestoreWorld(await tempFolder("restore", place));
    mkdirSync(world.source);
    try {
      await initRepository({ spec: world.#spec, password: undefined, label: "test", clock, random });
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** A world of its own with the same repository, so that a test may damage it. */
  async copy(): Promise<RestoreWorld> {
    const world = new RestoreWorld(await tempFolder("restore", MEMORY_PLACE));
    cpSync(`${this.path}/repository`, `${world.path}/repository`, { recursive: true });
    return world;
  }

  /** The target of restores; not there yet. */
  get target(): string {
    return `${this.path}/target-${this.#targets}`;
  }

  /** Goes on with another target, so that one repository serves several tests. */
  nextTarget(): void {
    this.#targets += 1;
  }

  get #spec(): { readonly kind: "local"; readonly path: string } {
    return { kind: "local", path: `${this.path}/repository` };
  }

  /** Runs `work` with the repository open. */
  async open<T>(work: (repository: OpenRepository) => Promise<T>): Promise<T> {
    const repository = await openRepository({ spec: this.#spec, secret: {}, cacheDirectory: undefined, clock, random });
    try {
      return await work(repository);
    } finally {
      await repository.close();
    }
  }

  /** Saves the source, or these paths; returns the snapshot's id. */
  async backup(paths: readonly string[] = [this.source], more: Partial<BackupRequest> = {}): Promise<string> {
    const sources = paths.map(byteStringOf);
    const plain = { tags: [], host: "host", user: "user", dryRun: false, rereadAll: false, threads: 0, compressionLevel: 2 };
    const request = { ...plain, exclude: NO_EXCLUDES, sources, ...more };
    const options = { catalogPath: undefined, request, reporter: recordingReporter(), clock, random, signal: new AbortController().signal };
    return await this.open(async (repository) => (await runBackup({ repository, ...options })).snapshot);
  }

  /** Restores the newest snapshot into the target, in this thread, unless told otherwise. */
  async restore(
    request: Partial<RestoreRequest> = {},
    { signal = new AbortController().signal, onItem }: RestoreHooks = {},
  ): Promise<RestoreOutcome> {
    const reporter = recordingReporter(onItem);
    const options = { request: { ...defaults(this.target), ...request }, reporter, clock, random, signal };
    const summary = await this.open((repository) => runRestore({ repository, ...options }));
    return { ...summary, list: reporter.issues, items: reporter.items };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder.remove();
  }
}

function defaults(target: string): RestoreRequest {
  return {
    snapshot: "latest",
    path: "" as ByteString,
    to: byteStringOf(target),
    includes: [],
    excludes: [],
    overwrite: "if-changed",
    deleteExtra: false,
    fullPaths: false,
    verify: false,
    dryRun: false,
    owner: "numeric",
    threads: 0,
  };
}

function recordingReporter(onItem?: RestoreHooks["onItem"]): Reporter & { readonly issues: ItemIssue[]; readonly items: string[] } {
  const issues: ItemIssue[] = [];
  const items: string[] = [];
  return {
    counters: newCounters(""),
    issues,
    items,
    wantsItems: true,
    issue: (issue) => void issues.push(issue),
    item: ({ action, path }) => {
      items.push(`${action} ${path}`);
      onItem?.(`${action} ${path}`);
    },
    note: () => undefined,
  };
}
