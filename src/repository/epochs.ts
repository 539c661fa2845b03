import { openObject } from "../crypto/sealed-stream.ts";
import { corrupt } from "../format/corrupt.ts";
import { PACK_ID_BYTES } from "../format/index-segment.ts";
import { folderPrefix, parseObjectKey } from "../format/object-keys.ts";
import { OBJECT_KIND } from "../format/sealed-object.ts";
import type { CollectionStep } from "../format/object-keys.ts";
import { toHex } from "../shared/bytes.ts";
import type { RepositoryContext } from "./context.ts";

/** The newest published epoch of prune; 0 before the first. */
export async function newestEpoch(context: Pick<RepositoryContext, "store">): Promise<number> {
  let newest = 0;
  for await (const { epoch } of collectionObjects(context)) newest = Math.max(newest, epoch);
  return newest;
}

/** How many lists of condemned packs there are up to an epoch. What prune does after publishing a list changes nothing for writers. */
export async function condemnedLists(context: Pick<RepositoryContext, "store">, epochMax: number): Promise<number> {
  let count = 0;
  for await (const { epoch, step } of collectionObjects(context)) if (step === "condemned" && epoch <= epochMax) count += 1;
  return count;
}

/** What prune wrote so far. */
export async function* collectionObjects(
  context: Pick<RepositoryContext, "store">,
): AsyncGenerator<{ readonly key: string; readonly epoch: number; readonly step: CollectionStep }> {
  for await (const { key } of context.store.list(folderPrefix("gc"))) {
    const name = parseObjectKey(key);
    if (name?.folder === "gc") yield { key, epoch: name.epoch, step: name.step };
  }
}

/**
 * Ids (hex) of all packs that any epoch up to now condemned: nothing may be deduplicated onto them.
 * Rescued ones stay on the list: that costs a copy of what they hold, never data.
 */
export async function condemnedPacks(context: RepositoryContext): Promise<ReadonlySet<string>> {
  const condemned = new Set<string>();
  for await (const { key, step } of collectionObjects(context)) {
    if (step !== "condemned") continue;
    const ids = openObject(OBJECT_KIND.collection, await context.cached.read(key), context);
    if (ids.length % PACK_ID_BYTES !== 0) throw corrupt(`object ${key}`, "it is no list of pack ids");
    for (let at = 0; at < ids.length; at += PACK_ID_BYTES) condemned.add(toHex(ids.subarray(at, at + PACK_ID_BYTES)));
  }
  return condemned;
}
