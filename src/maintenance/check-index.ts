import { decodeIndexSegment } from "../format/index-segment.ts";
import { folderPrefix, packKey, parseObjectKey } from "../format/object-keys.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import type { RepositoryContext } from "../repository/context.ts";
import { ChunkIndex } from "../repository/chunk-index.ts";
import { listPacks, type LoadedIndex, strangers } from "../repository/loaded-index.ts";
import { readNamedObject } from "../repository/named-objects.ts";
import { enterPack, PackTable } from "../repository/pack-table.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { toHex } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import type { Findings } from "./findings.ts";

/** The index as far as it can be read, and the packs that are there. */
export interface CheckedIndex extends LoadedIndex {
  /** Length of each pack in the store, by id (hex). */
  readonly present: ReadonlyMap<string, number>;
  /** The packs of the table with all that they hold, by their numbers. */
  readonly whole: ReadonlyMap<number, IndexedPack>;
}

/**
 * Reads all index segments and holds the packs they name against those in the store. `context` has no cache. What a damaged
 * segment named is not lost, for a restore asks the packs themselves then; so it is asked here too.
 */
export async function checkIndex(context: RepositoryContext, findings: Findings): Promise<CheckedIndex> {
  const packs = new Map<string, IndexedPack>();
  let isWhole = true;
  for await (const { key } of context.store.list(folderPrefix("index"))) {
    if (parseObjectKey(key)?.folder !== "index") continue;
    try {
      const segment = decodeIndexSegment(await readNamedObject(context, OBJECT_KIND.index, key));
      for (const pack of segment) packs.set(toHex(pack.id), pack);
    } catch (error) {
      if (!isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND", "E_REPO_VERSION")) throw error;
      findings.add(key, "damaged", error.why);
      isWhole = false;
    }
  }
  // Listed after the segments: a pack is durable before a segment names it, so none can be missing for being new.
  const present = new Map<string, number>();
  for await (const { id, size } of listPacks(context)) present.set(id, size);
  for (const [id, pack] of packs) comparePack(id, pack, { present, findings });
  if (!isWhole) for (const pack of await strangers(context, [...packs.values()], present)) packs.set(toHex(pack.id), pack);
  return { ...soundFirst([...packs.values()], findings), present };
}

/** The index of all these packs. Sound ones are entered first: a chunk that is stored twice is found where it can be read. */
function soundFirst(packs: readonly IndexedPack[], findings: Findings): Omit<CheckedIndex, "present"> {
  let chunks = 0;
  for (const pack of packs) chunks += pack.directory.chunkLengths.length;
  const loaded = { index: ChunkIndex.withRoomFor(chunks), packs: new PackTable() };
  const isDamaged = (pack: IndexedPack): number => Number(findings.has(packKey(toHex(pack.id))));
  const whole = new Map<number, IndexedPack>();
  for (const pack of [...packs].sort((a, b) => isDamaged(a) - isDamaged(b))) whole.set(enterPack(pack, loaded), pack);
  return { ...loaded, whole };
}

function comparePack(id: string, pack: IndexedPack, world: { present: ReadonlyMap<string, number>; findings: Findings }): void {
  const size = world.present.get(id);
  if (size === undefined) world.findings.add(packKey(id), "missing", "an index segment names it, and it is not in the store");
  else if (size !== pack.objectLength) world.findings.add(packKey(id), "truncated", `it has ${size} bytes instead of ${pack.objectLength}`);
}
