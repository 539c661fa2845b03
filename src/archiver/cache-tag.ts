import type { ByteString } from "../shared/bytes.ts";
import { openReader } from "../source/open.ts";
import type { ReaderSpec } from "../source/source.ts";
import { CACHE_TAG_NAME, CACHE_TAG_SIGNATURE } from "./excludes.ts";

/** Tells whether a directory's CACHEDIR.TAG really is one. An unreadable tag is none: better saved twice than not at all. */
export function cacheTagReader(spec: ReaderSpec): (directory: ByteString) => Promise<boolean> {
  return async (directory) => {
    const reader = await openReader(spec);
    try {
      const content = await reader.open(directory, CACHE_TAG_NAME);
      const head = new Uint8Array(CACHE_TAG_SIGNATURE.length);
      const length = await content.read(head, 0);
      await content.close();
      return Buffer.from(head.subarray(0, length)).toString("latin1") === CACHE_TAG_SIGNATURE;
    } catch {
      return false;
    } finally {
      await reader.close();
    }
  };
}
