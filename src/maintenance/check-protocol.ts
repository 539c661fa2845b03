import type { RepositoryKeys } from "../crypto/keys.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import type { StoreSpec } from "../storage/location.ts";
import type { CheckFinding } from "./face.ts";

/** Everything a checking thread needs, as plain data. */
export interface CheckSpec {
  readonly store: StoreSpec;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
}

/** A pack to read to its last byte. */
export interface CheckTask {
  readonly pack: IndexedPack;
}

export interface CheckTaskResult {
  /** Undefined when every byte is as it should be. */
  readonly problem: { readonly problem: CheckFinding["problem"]; readonly message: string } | undefined;
  /** Positions, in the pack's directory, of chunks that cannot be restored. */
  readonly badChunks: readonly number[];
  readonly bytesRead: number;
  readonly chunksVerified: number;
}
