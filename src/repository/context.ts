import type { ObjectHasher } from "../crypto/chunk-id.ts";
import type { RepositoryKeys } from "../crypto/keys.ts";
import { toHex } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import type { Random } from "../shared/random.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** What every part of an open repository works with. */
export interface RepositoryContext {
  readonly store: ObjectStore;
  /**
   * The store behind a local cache, for objects that are read again and again: index segments, registers, manifests. May be the
   * store itself; closing it closes both.
   */
  readonly cached: Pick<ObjectStore, "read" | "close">;
  readonly keys: RepositoryKeys;
  /** 16 bytes. */
  readonly repositoryId: Uint8Array;
  readonly objectHasher: ObjectHasher;
  readonly clock: Clock;
  readonly random: Random;
}

/** Objects read at once when many small ones are needed. */
export const SMALL_READS_MAX = 16;

/** Id (hex) of an object that is named by its bytes. */
export function objectId(context: Pick<RepositoryContext, "objectHasher">, parts: readonly Uint8Array[]): string {
  for (const part of parts) context.objectHasher.update(part);
  return toHex(context.objectHasher.digest());
}
