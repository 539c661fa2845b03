import { Md5 } from "../shared/md5.ts";

/** The MD5 of content that comes in pieces, in order. */
export interface ContentHash extends Disposable {
  /** The next piece, which may be overwritten once this has settled. The next one need not wait for that. */
  update(bytes: Uint8Array): Promise<void>;
  /** Ends it: the MD5 of all pieces. */
  digest(): Promise<Uint8Array>;
}

/** Hashes in place, for pieces too large for the memory of a hashing thread. */
export function hashInPlace(): ContentHash {
  const md5 = new Md5();
  return {
    update: async (bytes) => md5.update(bytes),
    digest: async () => md5.digest(),
    [Symbol.dispose]: () => undefined,
  };
}
