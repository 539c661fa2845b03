import { join } from "node:path";
import { toHex } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import { CacheStore } from "../storage/cache/cache-store.ts";
import type { StoreSpec } from "../storage/location.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { createContainer, openStore } from "../storage/open-store.ts";

/** What every run reads whole, again and again: index segments, registers, manifests, collections. Packs would only fill the disk. */
const KEPT_FOLDERS = ["index/", "commits/", "snapshots/", "gc/"] as const;

const CACHE_BYTES_MAX: number = 1024 * 1024 * 1024;
const OBJECT_BYTES_MAX: number = 64 * 1024 * 1024;

export interface LocalCacheOptions {
  readonly spec: StoreSpec;
  /** Folder of all that is kept on this machine; undefined to keep nothing. */
  readonly directory: string | undefined;
  readonly repositoryId: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The store with copies of its small objects on this machine, in a folder of the repository's own. The store itself where that is a
 * folder already, and where no cache can be had: a cache only saves requests.
 */
export async function withLocalCache(store: ObjectStore, options: LocalCacheOptions): Promise<ObjectStore> {
  const { spec, directory, repositoryId, clock, random } = options;
  if (spec.kind === "local" || directory === undefined) return store;
  const place: StoreSpec = { kind: "local", path: join(directory, toHex(repositoryId), "objects") };
  try {
    await createContainer(place, { clock });
    return await CacheStore.open(store, await openStore(place, { clock, random }), {
      keeps: (key) => KEPT_FOLDERS.some((folder) => key.startsWith(folder)),
      cacheBytesMax: CACHE_BYTES_MAX,
      objectBytesMax: OBJECT_BYTES_MAX,
    });
  } catch {
    return store;
  }
}
