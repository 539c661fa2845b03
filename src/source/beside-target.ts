import type { ByteString } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { TargetFile } from "./target.ts";

/**
 * What a target offers to a restore that may be killed at any moment and has no plan to resume from: under its final name a file is
 * whole or not there. Names and errors are as for `Target`.
 */
export interface BesideTarget {
  /**
   * Starts a file beside its final name; `finish` renames it into place, over whatever non-directory is there when `replace`, else only
   * when nothing is (E_TARGET_EXISTS). `abandon` leaves nothing behind.
   */
  createBeside(directory: ByteString, name: ByteString, replace: boolean): MaybePromise<TargetFile>;
  /** Removes what killed restores have left in a directory; what a running one is building stays. */
  removeLeftovers(directory: ByteString): MaybePromise<void>;
}
