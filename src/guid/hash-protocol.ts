import type { WasmMemory } from "../shared/wasm.ts";
import type { HashStretch } from "./hash-memory.ts";

/** What the hashing thread starts with. */
export interface HashThreadData {
  readonly memory: WasmMemory<SharedArrayBuffer>;
}

/** The next piece of one hash, a number of the caller's. */
export interface HashPiece extends HashStretch {
  readonly hash: number;
}

/** What the hashing thread is told. The content of a hash comes in order. */
export type HashTask =
  /** At most one piece of each hash, and of no more hashes than there are lanes. */
  | { readonly type: "update"; readonly pieces: readonly HashPiece[] }
  /** Ends the hash; its result is the MD5. */
  | { readonly type: "digest"; readonly hash: number }
  /** Forgets the hash, if it has not ended. */
  | { readonly type: "drop"; readonly hash: number };

/** The MD5 for a `digest`. */
export type HashTaskResult = Uint8Array | undefined;
