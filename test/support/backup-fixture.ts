import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, type Stats, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runBackup } from "../../src/archiver/backup.ts";
import { type BackupRequest, type BackupSummary, NO_EXCLUDES } from "../../src/archiver/face.ts";
import type { OpenSource } from "../../src/archiver/open-sources.ts";
import type { NodeStore } from "../../src/catalog/node-store.ts";
import { runCheck } from "../../src/maintenance/check.ts";
import type { CheckRequest, CheckSummary } from "../../src/maintenance/face.ts";
import { rebuildCatalog, type RebuildCatalogSummary } from "../../src/maintenance/rebuild-catalog.ts";
import type { Snapshot } from "../../src/repository/face.ts";
import { initRepository } from "../../src/repository/init.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { openRepositoryIn } from "../../src/repository/open.ts";
import { must } from "../../src/shared/assert.ts";
import { byteStringOf, displayBytes } from "../../src/shared/bytes.ts";
import { type Clock, systemClock } from "../../src/shared/clock.ts";
import { systemRandom } from "../../src/shared/random.ts";
import type { MemorySource } from "../../src/source/memory/memory-source.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { openStore } from "../../src/storage/open-store.ts";
import { type ItemIssue, type Reporter, silentReporter } from "../../src/telemetry/events.ts";
import { tempFolder, type TempFolder } from "./temp.ts";
import { readBack } from "./thin-backup.ts";

/** A clock that runs ahead: files written just now count as old enough to trust their times. */
export const aheadClock: Clock = { ...systemClock, nowNs: () => systemClock.nowNs() + 1_000_000_000n };

export interface BackupOptions {
  readonly request?: Partial<BackupRequest>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Undefined runs without a catalog. */
  readonly catalogPath?: string | undefined;
  readonly openNodes?: () => Promise<NodeStore>;
  /** Puts something between the repository and its store. Works with 0 threads only: threads open the store themselves. */
  readonly wrap?: (store: ObjectStore) => ObjectStore;
  /** Backs up these memory sources instead of the tree; 0 threads only. They are closed afterwards. */
  readonly memory?: readonly MemorySource[];
  /** Called when an item is reported. */
  readonly onItem?: Reporter["item"];
}

export interface BackupResult {
  readonly summary: BackupSummary;
  readonly issues: readonly ItemIssue[];
  readonly notes: readonly string[];
  /** `action path` of each item, paths relative to the tree. */
  readonly items: readonly string[];
}

/** A tree, a repository without a password in a folder, and a catalog; all gone when disposed. */
export class BackupFixture implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly tree: string;
  readonly repositoryPath: string;
  readonly catalogPath: string;

  private constructor(folder: TempFolder) {
    this.folder = folder;
    this.tree = join(folder.path, "tree");
    this.repositoryPath = join(folder.path, "repository");
    this.catalogPath = join(folder.path, "catalog.sqlite");
  }

  /** `files` lead from paths in the tree to content; a path that ends in a slash is an empty directory. */
  static async create(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<BackupFixture> {
    const fixture = new BackupFixture(await tempFolder("backup"));
    mkdirSync(fixture.tree);
    for (const [path, content] of Object.entries(files)) fixture.write(path, content);
    const spec = { kind: "local", path: fixture.repositoryPath } as const;
    await initRepository({ spec, password: undefined, label: "test", clock: systemClock, random: systemRandom });
    return fixture;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.folder.remove();
  }

  /** A path in the tree. */
  at(path: string): string {
    return join(this.tree, path);
  }

  write(path: string, content: string | Uint8Array = ""): void {
    const place = this.at(path);
    mkdirSync(path.endsWith("/") ? place : dirname(place), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(place, content);
  }

  async open(options: Pick<BackupOptions, "wrap" | "clock"> = {}): Promise<OpenRepository> {
    const { wrap = (store): ObjectStore => store, clock = aheadClock } = options;
    const spec = { kind: "local", path: this.repositoryPath } as const;
    const store = wrap(await openStore(spec, { clock: systemClock, random: systemRandom }));
    return await openRepositoryIn(store, { spec, secret: {}, cacheDirectory: undefined, clock, random: systemRandom });
  }

  async backup(options: BackupOptions = {}): Promise<BackupResult> {
    const repository = await this.open(options);
    const notes: string[] = [];
    const items: string[] = [];
    const silent = silentReporter();
    const reporter: Reporter = {
      ...silent,
      wantsItems: true,
      note: (text) => notes.push(text),
      item: (item) => {
        items.push(`${item.action} ${item.path.replace(`${this.tree}/`, "")}`);
        options.onItem?.(item);
      },
    };
    try {
      const summary = await runBackup({
        repository,
        catalogPath: "catalogPath" in options ? options.catalogPath : this.catalogPath,
        ...(options.openNodes && { openNodes: options.openNodes }),
        ...(options.memory && { openSource: memoryOpener(options.memory) }),
        request: this.request({
          ...(options.memory && { sources: options.memory.map(({ description }) => description.path) }),
          ...options.request,
        }),
        reporter,
        clock: options.clock ?? aheadClock,
        random: systemRandom,
        signal: options.signal ?? new AbortController().signal,
      });
      return { summary, issues: silent.issues, notes, items: items.toSorted() };
    } finally {
      await repository.close();
    }
  }

  request(parts: Partial<BackupRequest> = {}): BackupRequest {
    const plain = {
      exclude: NO_EXCLUDES,
      tags: [],
      host: "host",
      user: "user",
      dryRun: false,
      rereadAll: false,
      threads: 0,
      compressionLevel: 1,
    };
    return { ...plain, sources: [byteStringOf(this.tree)], ...parts };
  }

  /** Does something with the opened repository and its newest snapshot. */
  async look<T>(work: (repository: OpenRepository, latest: Snapshot) => Promise<T>): Promise<T> {
    const repository = await this.open();
    try {
      return await work(repository, await repository.findSnapshot("latest"));
    } finally {
      await repository.close();
    }
  }

  async check(readData: CheckRequest["readData"] = "all", threads = 0): Promise<CheckSummary> {
    const repository = await this.open();
    const options = { repository, request: { readData, threads }, reporter: silentReporter(), clock: systemClock, random: systemRandom };
    try {
      return await runCheck({ ...options, signal: new AbortController().signal });
    } finally {
      await repository.close();
    }
  }

  async rebuildCatalog(catalogPath: string): Promise<RebuildCatalogSummary> {
    const repository = await this.open();
    try {
      return await rebuildCatalog({ repository, catalogPath, reporter: silentReporter(), clock: systemClock });
    } finally {
      await repository.close();
    }
  }

  /** What the newest snapshot holds of its first source, as `contentOf` tells it of a tree. */
  async saved(): Promise<Record<string, string>> {
    return await this.look(async (repository, latest) => {
      const flat = [...(await readBack(repository, latest))].map(([path, content]): [string, string] => [
        path,
        Buffer.from(content).toString("latin1"),
      ]);
      return Object.fromEntries(flat.toSorted(byPath));
    });
  }

  /** What lies in the tree now. */
  content(): Record<string, string> {
    return contentOf(this.tree);
  }
}

function memoryOpener(sources: readonly MemorySource[]): OpenSource {
  return async (path) => {
    const source = must(
      sources.find(({ description }) => description.path === path),
      "the source was given",
    );
    return { source, reader: { kind: "memory", name: displayBytes(path).slice(1) } };
  };
}

/** Content of all files below a folder by path (bytes as characters); empty for directories, whose paths end in a slash, and the rest. */
export function contentOf(root: string): Record<string, string> {
  const found = below(root).map(({ path, place, facts }): [string, string] => {
    if (facts.isDirectory()) return [`${path}/`, ""];
    return [path, facts.isFile() ? readFileSync(place, "latin1") : ""];
  });
  return Object.fromEntries(found.toSorted(byPath));
}

/** Everything below a folder with a hash of its content: two equal values mean that nothing was written. */
export function digestsOf(root: string): Record<string, string> {
  const digests = Object.entries(contentOf(root)).map(([path, content]) => [
    path,
    createHash("sha256").update(content, "latin1").digest("hex").slice(0, 16),
  ]);
  return Object.fromEntries(digests) as Record<string, string>;
}

function byPath([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** Everything below a folder; links are not followed. */
function below(root: string, folder = ""): { readonly path: string; readonly place: string; readonly facts: Stats }[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    const place = join(root, path);
    const facts = lstatSync(place);
    const self = { path, place, facts };
    return facts.isDirectory() ? [self, ...below(root, path)] : [self];
  });
}
