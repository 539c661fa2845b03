/** What the hashing thread is told. The content of a `hash`, a number of the caller's, comes in order. */
export type HashTask =
  | { readonly type: "update"; readonly hash: number; /** In shared memory. */ readonly bytes: Uint8Array }
  /** Ends the hash; its result is the MD5. */
  | { readonly type: "digest"; readonly hash: number }
  /** Forgets the hash, if it has not ended. */
  | { readonly type: "drop"; readonly hash: number };

/** The MD5 for a `digest`. */
export type HashTaskResult = Uint8Array | undefined;
