import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { SourceNode } from "../source/source.ts";
import type { Target } from "../source/target.ts";

/** What a restore asks of an item that is there already. */
export type ThereFacts = Pick<SourceNode, "name" | "kind" | "size" | "modifiedNs" | "links">;

/** Looking at a target. */
export interface LookedAt {
  look(directory: ByteString, name: ByteString): MaybePromise<ThereFacts | undefined>;
  list(directory: ByteString): MaybePromise<readonly ThereFacts[]>;
}

/** A target as far as everything but the content of files goes: a real one, or one that is only looked at. */
export type RestoreTarget = LookedAt &
  Pick<Target, "makeDirectory" | "makeSpecial" | "link" | "finishDirectory" | "remove" | "close" | "remote">;
