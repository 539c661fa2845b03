import type { Entry } from "../format/entry.ts";
import { type ByteString, displayBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";

/** Throws E_CORRUPT for a file whose chunks do not make up its size, or are longer than the repository has any. */
export function checkContent(
  { content, extents, size }: Pick<Entry, "content" | "extents" | "size">,
  path: ByteString,
  chunkBytesMax: number,
): void {
  let length = 0;
  let longest = 0;
  for (const chunk of content.lengths) {
    length += chunk;
    longest = Math.max(longest, chunk);
  }
  const wanted = extents === undefined ? size : extents.reduce((sum, extent) => sum + extent.length, 0);
  if (length === wanted && longest <= chunkBytesMax) return;
  throw new AppError({
    code: "E_CORRUPT",
    what: `cannot restore ${displayBytes(path)}`,
    why: "its content does not fit its size; Varve did not write it like this",
    hint: "run `varve check`",
  });
}
