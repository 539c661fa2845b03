import { sealObject } from "../crypto/sealed-stream.ts";
import { decodeIndexSegment, encodeIndexSegment, type IndexedPack } from "../format/index-segment.ts";
import { folderPrefix, indexKey, parseObjectKey } from "../format/object-keys.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import { pooledMap } from "../shared/pool.ts";
import { objectId, type RepositoryContext, SMALL_READS_MAX } from "./context.ts";
import { readNamedObject } from "./named-objects.ts";
import { type OnDamage, unlessDamaged } from "./unless-damaged.ts";

/**
 * All packs that index segments name, one batch a segment. A pack may appear in several segments. A segment that cannot be read
 * is told to `onDamage` and passed over; without that it throws.
 */
export async function* readIndexSegments(context: RepositoryContext, onDamage?: OnDamage): AsyncGenerator<readonly IndexedPack[]> {
  const segments = pooledMap(context.store.list(folderPrefix("index")), SMALL_READS_MAX, async ({ key }) => {
    if (parseObjectKey(key)?.folder !== "index") return undefined;
    const read = async (): Promise<readonly IndexedPack[]> => decodeIndexSegment(await readNamedObject(context, OBJECT_KIND.index, key));
    return onDamage === undefined ? await read() : await unlessDamaged({ key, read }, onDamage);
  });
  for await (const packs of segments) if (packs !== undefined) yield packs;
}

/** Writes one segment for packs that are durable already. Returns its id (hex). */
export async function writeIndexSegment(context: RepositoryContext, packs: readonly IndexedPack[]): Promise<string> {
  const parts = sealObject(OBJECT_KIND.index, encodeIndexSegment(packs), context);
  const id = objectId(context, parts);
  await context.store.create(indexKey(id), parts);
  return id;
}
