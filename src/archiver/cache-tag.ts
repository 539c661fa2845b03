import type { ByteString } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { openReader } from "../source/open.ts";
import type { ContentReader, ReaderSpec } from "../source/source.ts";
import { CACHE_TAG_NAME, CACHE_TAG_SIGNATURE } from "./excludes.ts";

/** Tells whether a directory's CACHEDIR.TAG really is one. An unreadable tag is none: better saved twice than not at all. */
export function cacheTagReader(spec: ReaderSpec): (directory: ByteString) => Promise<boolean> {
  return async (directory) => {
    try {
      const reader = await openReader(spec);
      try {
        return (await headOf(reader, directory)) === CACHE_TAG_SIGNATURE;
      } finally {
        await reader.close();
      }
    } catch (error) {
      if (!isAppError(error)) throw error;
      return false;
    }
  };
}

async function headOf(reader: ContentReader, directory: ByteString): Promise<string> {
  const content = await reader.open(directory, CACHE_TAG_NAME);
  try {
    const head = new Uint8Array(CACHE_TAG_SIGNATURE.length);
    const length = await content.read(head, 0);
    return Buffer.from(head.subarray(0, length)).toString("latin1");
  } finally {
    await content.close();
  }
}
