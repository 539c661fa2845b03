import type { ObjectHasher } from "../../src/crypto/chunk-id.ts";
import { ObjectHasher as Hasher } from "../../src/crypto/chunk-id.ts";
import { sealObject } from "../../src/crypto/sealed-stream.ts";
import type { ChunkRef, ChunkType } from "../../src/format/entry.ts";
import type { IndexedPack } from "../../src/format/index-segment.ts";
import type { KdfParameters } from "../../src/format/key-slot.ts";
import { collectionKey, packKey, type CollectionStep } from "../../src/format/object-keys.ts";
import { OBJECT_KIND, SUITE } from "../../src/format/sealed-object.ts";
import { ChunkIndex } from "../../src/repository/chunk-index.ts";
import type { RepositoryContext } from "../../src/repository/context.ts";
import { initStore, type InitResult } from "../../src/repository/init.ts";
import type { RepositorySecret } from "../../src/repository/key-slots.ts";
import { openRepositoryIn } from "../../src/repository/open.ts";
import { type FinishedPack, PackWriter, type PackWriterOptions } from "../../src/repository/pack-writer.ts";
import type { OpenRepository } from "../../src/repository/repository.ts";
import { fromHex, toHex } from "../../src/shared/bytes.ts";
import { type Clock, ManualClock } from "../../src/shared/clock.ts";
import { type Random, systemRandom } from "../../src/shared/random.ts";
import { MemoryStore } from "../../src/storage/memory/memory-store.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";

/** Deriving a key at this cost takes a millisecond. */
export const CHEAP_KDF: KdfParameters = { memoryKiB: 64, passes: 1, parallelism: 1 };

export interface Opening {
  readonly secret?: RepositorySecret;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Makes a repository over `objects`: with a plain slot, or with a cheap passphrase slot when a password is given. */
export async function initMemory(
  objects: Map<string, Uint8Array>,
  options: { readonly password?: string; readonly random?: Random } = {},
): Promise<InitResult> {
  const { password, random = systemRandom } = options;
  return await initStore(new MemoryStore(objects), {
    password,
    label: "test",
    clock: new ManualClock(),
    random,
    kdf: CHEAP_KDF,
    place: "memory",
  });
}

/** Opens the repository in a store. */
export async function openIn(
  store: ObjectStore,
  { secret = {}, clock = new ManualClock(), random = systemRandom }: Opening = {},
): Promise<OpenRepository> {
  const spec = { kind: "local", path: "/memory" } as const;
  return await openRepositoryIn(store, { spec, secret, cacheDirectory: undefined, clock, random, kdfFloor: CHEAP_KDF });
}

/** A fresh repository with a plain slot, open; `objects` is everything it stores. */
export async function memoryRepository(
  opening: Opening = {},
): Promise<{ readonly objects: Map<string, Uint8Array>; readonly repository: OpenRepository }> {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  return { objects, repository: await openIn(new MemoryStore(objects), opening) };
}

/** A writer of data packs that stores raw and checks every frame, unless told otherwise. */
export async function packWriter(context: RepositoryContext, options: Partial<PackWriterOptions> = {}): Promise<PackWriter> {
  const { keys, repositoryId, random } = context;
  const objectHasher: ObjectHasher = await Hasher.create();
  const common = { kind: OBJECT_KIND.dataPack, suite: SUITE.aes256Gcm, level: 0, selfCheck: 1, packBytes: 1 << 20, chunkBytesMax: 4 << 20 };
  return new PackWriter({ ...common, keys, repositoryId, random, objectHasher, index: ChunkIndex.withRoomFor(1000), ...options });
}

/** One chunk in a pack of its own, sent to the store and named by nobody. */
export async function storePack(
  repository: OpenRepository,
  type: ChunkType,
  plain: Uint8Array,
): Promise<{ readonly pack: IndexedPack; readonly ref: ChunkRef }> {
  const writer = await packWriter(repository.context);
  const id = repository.hasher.id(type, plain);
  writer.add(id, type, plain);
  const pack = finishPack(writer);
  await repository.store.create(packKey(toHex(pack.indexed.id)), [pack.bytes]);
  return { pack: pack.indexed, ref: { id, length: plain.length } };
}

/** The pack being filled; it must hold something. */
export function finishPack(writer: PackWriter): FinishedPack {
  const pack = writer.finish();
  if (pack === undefined) throw new Error("nothing was added to the pack");
  return pack;
}

/** Writes what a pruning process would: a list of packs (hex), sealed. */
export async function publishCollection(
  context: RepositoryContext,
  step: { readonly epoch: number; readonly step: CollectionStep },
  packs: readonly string[] = [],
): Promise<void> {
  const ids = new Uint8Array(Buffer.concat(packs.map(fromHex)));
  await context.store.create(collectionKey(step.epoch, step.step), sealObject(OBJECT_KIND.collection, ids, context));
}
