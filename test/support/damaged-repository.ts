import { runCheck } from "../../src/maintenance/check.ts";
import type { CheckFinding, CheckRequest, CheckSummary } from "../../src/maintenance/face.ts";
import type { IndexedPack } from "../../src/format/index-segment.ts";
import { packKey } from "../../src/format/object-keys.ts";
import { OBJECT_KIND } from "../../src/format/sealed-object.ts";
import { indexedPacks } from "../../src/repository/loaded-index.ts";
import { must } from "../../src/shared/assert.ts";
import { toHex } from "../../src/shared/bytes.ts";
import { ManualClock } from "../../src/shared/clock.ts";
import { type Random, systemRandom } from "../../src/shared/random.ts";
import { MemoryStore } from "../../src/storage/memory/memory-store.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { silentReporter } from "../../src/telemetry/events.ts";
import { initMemory, openIn } from "./memory-repository.ts";
import { thinBackup, type ThinBackupOptions, type Tree } from "./thin-backup.ts";

export interface CheckOptions {
  readonly readData?: CheckRequest["readData"];
  readonly random?: Random;
  readonly signal?: AbortSignal;
  readonly wrap?: (store: ObjectStore) => ObjectStore;
}

/** A repository in memory whose objects a test damages one by one. */
export class DamagedRepository {
  readonly objects: Map<string, Uint8Array>;
  #backups = 0;

  private constructor(objects: Map<string, Uint8Array>) {
    this.objects = objects;
  }

  static async create(): Promise<DamagedRepository> {
    const objects = new Map<string, Uint8Array>();
    await initMemory(objects);
    return new DamagedRepository(objects);
  }

  /** Backs up a tree and returns the snapshot's id. Later backups have later times. */
  async backup(tree: Tree, options: Partial<ThinBackupOptions> = {}): Promise<string> {
    const repository = await openIn(new MemoryStore(this.objects));
    this.#backups += 1;
    return await thinBackup(repository, tree, { tags: [], startedNs: BigInt(this.#backups), packBytes: 1 << 20, ...options });
  }

  async check({
    readData = "all",
    random = systemRandom,
    signal = new AbortController().signal,
    wrap = (store) => store,
  }: CheckOptions = {}): Promise<CheckSummary> {
    const repository = await openIn(wrap(new MemoryStore(this.objects)), { random });
    return await runCheck({
      repository,
      request: { readData, threads: 0 },
      reporter: silentReporter(),
      clock: new ManualClock(),
      random,
      signal,
    });
  }

  /** Packs of one kind, in the order in which index segments name them. */
  async packs(kind: "data" | "metadata"): Promise<readonly IndexedPack[]> {
    const repository = await openIn(new MemoryStore(this.objects));
    const wanted = kind === "data" ? OBJECT_KIND.dataPack : OBJECT_KIND.metadataPack;
    const packs = await indexedPacks(repository.context, (_, error) => {
      throw error;
    });
    return packs.filter((pack) => pack.kind === wanted);
  }

  /** The only key in a folder. */
  only(folder: string): string {
    const keys = this.keys(folder);
    if (keys.length !== 1) throw new Error(`${folder} holds ${keys.length} objects`);
    return must(keys[0], "there is one");
  }

  keys(folder: string): readonly string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(`${folder}/`));
  }

  /** Turns a bit of the byte at `at`, from the end when it is negative. */
  flip(key: string, at: number): void {
    const bytes = must(this.objects.get(key), "the object is there").slice();
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] ?? 0) ^ 4;
    this.objects.set(key, bytes);
  }

  cut(key: string, length: number): void {
    this.objects.set(key, must(this.objects.get(key), "the object is there").slice(0, length));
  }

  /** Puts other bytes in the place of an object. */
  replace(key: string, bytes: Uint8Array): void {
    this.objects.set(key, bytes);
  }
}

/** The key of a pack. */
export function keyOf(pack: IndexedPack): string {
  return packKey(toHex(pack.id));
}

/** `problem object: affected paths` of each finding, paths without the snapshot. */
export function told({ findings }: CheckSummary): readonly string[] {
  return findings.map(({ problem, object, affected, affectedCount }: CheckFinding) => {
    const paths = affected.map((path) => path.replace(/^[0-9a-f]{8}:\/tree\/?/, "") || ".");
    return `${problem} ${object}: ${paths.toSorted().join(" ")}${affectedCount === affected.length ? "" : ` of ${affectedCount}`}`;
  });
}
