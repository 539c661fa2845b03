import { StreamOpener, tailBytes } from "../crypto/sealed-stream.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { folderPrefix, packKey, parseObjectKey } from "../format/object-keys.ts";
import { HEADER_BYTES, OBJECT_KIND, type PackKind, TRAILER_BYTES } from "../format/sealed-object.ts";
import { fromHex, toHex } from "../shared/bytes.ts";
import { type AppError, isAppError } from "../shared/errors.ts";
import { pooledMap } from "../shared/pool.ts";
import { ChunkIndex } from "./chunk-index.ts";
import { type RepositoryContext, SMALL_READS_MAX } from "./context.ts";
import { condemnedPacks } from "./epochs.ts";
import { readIndexSegments } from "./index-segments.ts";
import { enterPack, PackTable } from "./pack-table.ts";
import type { OnDamage } from "./unless-damaged.ts";

/** The index of a repository in memory. */
export interface LoadedIndex {
  index: ChunkIndex;
  readonly packs: PackTable;
  /** Segments that could not be read. The packs they named were asked themselves. */
  readonly damage?: ReadonlyMap<string, AppError>;
}

/** What a writer loads beyond that. */
export interface WriterIndex extends LoadedIndex {
  /** Whole packs that no segment names: left by a run that did not finish. The writer's own segments must name them. */
  readonly adopted: readonly IndexedPack[];
}

/** Room made at once for chunks that a run will add. */
const ROOM_FOR_NEW_CHUNKS = 100_000;

/** Where a sealed object's header says what kind it is. */
const KIND_AT = 6;

/** A tail read first; longer directories need a second read. */
const TAIL_BYTES = 64 * 1024;

/** All packs that index segments name: enough for reading. */
export async function loadIndex(context: RepositoryContext): Promise<LoadedIndex> {
  const damage = new Map<string, AppError>();
  const indexed = await indexedPacks(context, (key, error) => damage.set(key, error));
  return damage.size === 0 ? build(indexed, 0) : await loadIndexOfPresent(context);
}

/**
 * As `loadIndex`, without packs that are gone or have another length: a chunk in one of those may lie in another pack too. The
 * segments are read before the packs are listed, because a pack is durable before a segment names it.
 */
export async function loadIndexOfPresent(context: RepositoryContext): Promise<LoadedIndex> {
  const damage = new Map<string, AppError>();
  const indexed = await indexedPacks(context, (key, error) => damage.set(key, error));
  const present = await presentPacks(context);
  const usable = indexed.filter((pack) => present.get(toHex(pack.id)) === pack.objectLength);
  if (damage.size === 0) return build(usable, 0);
  return { ...build([...usable, ...(await strangers(context, indexed, present))], 0), damage };
}

/** Whole packs that no readable segment names, by what they say of themselves. */
export async function strangers(
  context: RepositoryContext,
  indexed: readonly IndexedPack[],
  present: ReadonlyMap<string, number>,
): Promise<readonly IndexedPack[]> {
  const known = new Set(indexed.map((pack) => toHex(pack.id)));
  const unknown = [...present].filter(([id]) => !known.has(id));
  const found: IndexedPack[] = [];
  for await (const pack of pooledMap(unknown, SMALL_READS_MAX, ([id, size]) => readPackDirectory(context, id, size))) {
    if (pack !== undefined) found.push(pack);
  }
  return found;
}

/**
 * The index for a writer, who may deduplicate only onto packs that are there now and not condemned (docs/repository-format.md).
 * Must be called after the session was announced.
 */
export async function loadIndexForWriting(context: RepositoryContext): Promise<WriterIndex> {
  const present = await presentPacks(context);
  const condemned = await condemnedPacks(context);
  for (const id of condemned) present.delete(id);
  const damage = new Map<string, AppError>();
  const indexed = await indexedPacks(context, (key, error) => damage.set(key, error));
  const usable = indexed.filter((pack) => present.get(toHex(pack.id)) === pack.objectLength);
  // Also the packs of a damaged segment: the writer's own segment names them again, and the index is whole.
  const adopted = await strangers(context, indexed, present);
  return { ...build([...usable, ...adopted], ROOM_FOR_NEW_CHUNKS), adopted, damage };
}

/** Packs in the store, by id (hex) and length. */
export async function* listPacks(
  context: Pick<RepositoryContext, "store">,
): AsyncGenerator<{ readonly id: string; readonly size: number }> {
  for await (const { key, size } of context.store.list(folderPrefix("packs"))) {
    const name = parseObjectKey(key);
    if (name?.folder === "packs") yield { id: name.id, size };
  }
}

async function presentPacks(context: Pick<RepositoryContext, "store">): Promise<Map<string, number>> {
  const present = new Map<string, number>();
  for await (const { id, size } of listPacks(context)) present.set(id, size);
  return present;
}

/** Every pack that some index segment names, once. */
export async function indexedPacks(context: RepositoryContext, onDamage: OnDamage): Promise<readonly IndexedPack[]> {
  const packs: IndexedPack[] = [];
  const seen = new Set<string>();
  for await (const segment of readIndexSegments(context, onDamage)) {
    for (const pack of segment) {
      const id = toHex(pack.id);
      if (seen.has(id)) continue;
      seen.add(id);
      packs.push(pack);
    }
  }
  return packs;
}

function build(packs: readonly IndexedPack[], room: number): LoadedIndex {
  let chunks = room;
  for (const pack of packs) chunks += pack.directory.chunkLengths.length;
  const loaded = { index: ChunkIndex.withRoomFor(chunks), packs: new PackTable() };
  for (const pack of packs) enterPack(pack, loaded);
  return loaded;
}

/** Reads what a pack says of itself; undefined when it is damaged or gone, which makes it no use to a writer. */
export async function readPackDirectory(context: RepositoryContext, id: string, size: number): Promise<IndexedPack | undefined> {
  const key = packKey(id);
  if (size < HEADER_BYTES + TRAILER_BYTES) return undefined;
  try {
    const header = await context.store.read(key, { offset: 0, length: HEADER_BYTES });
    let tail = await readTail(context, { key, size, length: TAIL_BYTES });
    const needed = tailBytes(size, tail);
    if (needed > tail.length) tail = await readTail(context, { key, size, length: needed });
    const kind = header[KIND_AT] as PackKind;
    if (kind !== OBJECT_KIND.dataPack && kind !== OBJECT_KIND.metadataPack) return undefined;
    const opener = StreamOpener.open(header, { keys: context.keys, repositoryId: context.repositoryId, kind });
    return { id: fromHex(id), kind, objectLength: size, directory: opener.openPackDirectory(size, tail) };
  } catch (error) {
    if (isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) return undefined;
    throw error;
  }
}

function readTail(context: RepositoryContext, want: { key: string; size: number; length: number }): Promise<Uint8Array> {
  const length = Math.min(want.length, want.size - HEADER_BYTES);
  return context.store.read(want.key, { offset: want.size - length, length });
}
