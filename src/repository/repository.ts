import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { CHUNK_TYPE, type ChunkRef, type ChunkType, type DirectoryFacts, type Entry } from "../format/entry.ts";
import type { RepositoryConfig } from "../format/repository-file.ts";
import { decodePage, type Page } from "../format/page.ts";
import { folderPrefix } from "../format/object-keys.ts";
import { type ByteString, toHex } from "../shared/bytes.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { StoreSpec } from "../storage/location.ts";
import type { RepositoryContext } from "./context.ts";
import type { KeyAdmin, Repository, RepositoryStats, Snapshot } from "./face.ts";
import { FrameReader } from "./frame-reader.ts";
import { type LoadedIndex, loadIndex, loadIndexOfPresent } from "./loaded-index.ts";
import { filterSnapshots, pickSnapshot, readSnapshots, type SnapshotFilter } from "./snapshots.ts";

export interface OpenRepositoryParts {
  readonly context: RepositoryContext;
  readonly hasher: ChunkHasher;
  readonly spec: StoreSpec;
  readonly keys: KeyAdmin;
  readonly encrypted: boolean;
  readonly config: RepositoryConfig;
}

/** An open repository: reading, and the parts that writers build on. */
export class OpenRepository implements Repository {
  readonly context: RepositoryContext;
  readonly hasher: ChunkHasher;
  readonly spec: StoreSpec;
  readonly keys: KeyAdmin;
  readonly encrypted: boolean;
  readonly config: RepositoryConfig;
  /** Registers, manifests and index segments that could not be read, by key. */
  readonly damage: Map<string, AppError> = new Map();
  readonly #frames: FrameReader;
  #index: Promise<LoadedIndex> | undefined;
  /** One fresh index for each listing of snapshots: enough for what changed meanwhile, and no reload for every missing chunk. */
  #mayReload = true;

  constructor(parts: OpenRepositoryParts) {
    this.context = parts.context;
    this.hasher = parts.hasher;
    this.spec = parts.spec;
    this.keys = parts.keys;
    this.encrypted = parts.encrypted;
    this.config = parts.config;
    this.#frames = new FrameReader(parts.context, parts.hasher);
  }

  get id(): string {
    return toHex(this.context.repositoryId);
  }

  get formatVersion(): number {
    return this.config.version;
  }

  get store(): ObjectStore {
    return this.context.store;
  }

  /** The index, loaded once and when first needed; a failure is not kept. */
  index(): Promise<LoadedIndex> {
    return this.#index ?? this.#keep(loadIndex(this.context));
  }

  #keep(loading: Promise<LoadedIndex>): Promise<LoadedIndex> {
    this.#index = loading;
    loading.then(
      (loaded) => this.#note(loaded),
      () => {
        if (this.#index === loading) this.#index = undefined;
      },
    );
    return loading;
  }

  /** Lets reads go through an index that somebody loaded already. */
  useIndex(index: LoadedIndex): void {
    this.#index = Promise.resolve(index);
    this.#note(index);
  }

  #note({ damage }: LoadedIndex): void {
    for (const [key, error] of damage ?? []) this.damage.set(key, error);
  }

  /** Damaged ones are left out and kept in `damage`: the others must stay reachable. */
  snapshots(): Promise<readonly Snapshot[]> {
    this.#mayReload = true;
    return readSnapshots(this.context, (key, error) => this.damage.set(key, error));
  }

  async findSnapshot(text: string, filter: SnapshotFilter = {}): Promise<Snapshot> {
    return pickSnapshot(filterSnapshots(await this.snapshots(), filter), text);
  }

  /**
   * A chunk that is not where the index says is looked for once more in a fresh index: a snapshot may be younger than the index,
   * prune may have moved the chunk, and another pack may hold it as well.
   */
  async chunk(type: ChunkType, ref: ChunkRef): Promise<Uint8Array> {
    const loading = this.index();
    const loaded = await loading;
    try {
      return await this.#chunkIn(loaded, type, ref);
    } catch (error) {
      const fresh = isAppError(error, "E_OBJECT_NOT_FOUND") ? await this.#indexAfter(loading) : undefined;
      if (fresh === undefined) throw error;
      return await this.#chunkIn(fresh, type, ref).catch((again: unknown) => {
        // The first error may name the pack that is missing.
        throw isAppError(again, "E_OBJECT_NOT_FOUND") ? error : again;
      });
    }
  }

  async #chunkIn({ index, packs }: LoadedIndex, type: ChunkType, ref: ChunkRef): Promise<Uint8Array> {
    const place = index.find(ref.id);
    const pack = place && packs.get(place.pack);
    if (place === undefined || pack === undefined) throw notIndexed(ref);
    return await this.#frames.chunk(type, ref, { pack, place });
  }

  /** A newer index than `stale`; undefined when it is the newest already. */
  #indexAfter(stale: Promise<LoadedIndex>): Promise<LoadedIndex> | undefined {
    if (this.#index !== stale) return this.index();
    if (!this.#mayReload) return undefined;
    this.#mayReload = false;
    const fresh = loadIndexOfPresent(this.context).catch((error: unknown) => {
      // A segment that cannot be read takes nothing away from what is known already.
      if (isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) return stale;
      throw error;
    });
    return this.#keep(fresh);
  }

  /** Names ascend through all pages, as they do in each, and no page comes twice: a forged directory does not go on for ever. */
  async *entries({ page }: DirectoryFacts, onDamage?: (error: AppError) => void): AsyncGenerator<readonly Entry[]> {
    let previous = "" as ByteString;
    for await (const batch of this.#pages({ ref: page, seen: new Set() }, onDamage)) {
      const [first] = batch;
      if (first !== undefined && first.name <= previous) throw misplacedPage(page);
      previous = batch.at(-1)?.name ?? previous;
      yield batch;
    }
  }

  /** Pages below another one have the level below its own and are not empty: a forged tree has no cycle and no endless emptiness. */
  async *#pages({ ref, levelAbove, seen }: PagePlace, onDamage?: (error: AppError) => void): AsyncGenerator<readonly Entry[]> {
    let page: Page;
    try {
      if (seen.has(toHex(ref.id))) throw misplacedPage(ref);
      seen.add(toHex(ref.id));
      page = decodePage(await this.chunk(CHUNK_TYPE.tree, ref));
      const level = page.kind === "leaf" ? 0 : page.level;
      const isEmpty = page.kind === "leaf" && page.entries.length === 0;
      if (levelAbove !== undefined && (level !== levelAbove - 1 || isEmpty)) throw misplacedPage(ref);
    } catch (error) {
      if (onDamage === undefined || !isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) throw error;
      onDamage(error);
      return;
    }
    if (page.kind === "leaf") yield page.entries;
    else for (const child of page.children) yield* this.#pages({ ref: child.ref, levelAbove: page.level, seen }, onDamage);
  }

  async stats(): Promise<RepositoryStats> {
    const { index, packs } = await this.index();
    let plainBytes = 0;
    for (const [, pack] of packs.entries()) plainBytes += pack.directory.rawLength;
    const [stored, indexed] = [await this.#sizeOf(folderPrefix("packs")), await this.#sizeOf(folderPrefix("index"))];
    const snapshots = await this.snapshots();
    return {
      snapshots: snapshots.length,
      packs: stored.count,
      packBytes: stored.bytes,
      indexBytes: indexed.bytes,
      chunks: index.count,
      plainBytes,
    };
  }

  async #sizeOf(prefix: string): Promise<{ count: number; bytes: number }> {
    let count = 0;
    let bytes = 0;
    for await (const object of this.context.store.list(prefix)) {
      count += 1;
      bytes += object.size;
    }
    return { count, bytes };
  }

  async close(): Promise<void> {
    await this.context.cached.close();
  }
}

/** A page to be read, the level of the page that leads to it, and the pages (hex) of the directory met so far. */
interface PagePlace {
  readonly ref: ChunkRef;
  readonly levelAbove?: number;
  readonly seen: Set<string>;
}

function notIndexed(ref: ChunkRef): AppError {
  return new AppError({
    code: "E_OBJECT_NOT_FOUND",
    what: `chunk ${toHex(ref.id).slice(0, 16)} is in no pack that the index names`,
    why: "the snapshot needs it, so an index segment or a pack is missing from the store",
    hint: "run `varve check` to see what is affected; `varve backup --force` stores again what its sources still have",
    data: { chunk: toHex(ref.id) },
  });
}

function misplacedPage(ref: ChunkRef): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `directory page ${toHex(ref.id).slice(0, 16)} does not belong where it is used`,
    why: "it is empty, of another level than the page above it says, or used twice, or its names do not follow; Varve did not write it like this",
    hint: "run `varve check` to see what is affected",
  });
}
