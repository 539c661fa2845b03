import { Md5 } from "../shared/md5.ts";
import { isAppError } from "../shared/errors.ts";
import { sameState } from "./file-state.ts";
import type { KnownFile } from "./journal-record.ts";
import { SourceFile, changedWhileRead } from "./source-file.ts";

const PIECE_BYTES = 1024 * 1024;

/** Size and MD5 of a file. */
export interface HashedFile {
  readonly size: number;
  /** Undefined when the size said enough. */
  readonly md5: Uint8Array | undefined;
}

/**
 * Size and MD5 of a file, read only when its size is the blob's and `known` does not tell. A file that is gone is what it was when it
 * was `known` last. Throws E_SOURCE_MISSING when nothing is known about it, E_SOURCE_READ, E_SOURCE_CHANGED.
 */
export async function hashFile(
  path: string,
  how: { readonly known: KnownFile | undefined; readonly blobSize: number; readonly signal: AbortSignal },
): Promise<HashedFile> {
  const { known, blobSize, signal } = how;
  const opened = await SourceFile.open(path).catch((error: unknown) => {
    if (known === undefined || !isAppError(error, "E_SOURCE_MISSING")) throw error;
    return undefined;
  });
  if (opened === undefined) return { size: known?.size ?? 0, md5: known?.md5 };
  using file = opened;
  const { size } = file.state;
  if (size !== blobSize) return { size, md5: undefined };
  if (known !== undefined && sameState(known, file.state)) return { size, md5: known.md5 };
  const md5 = new Md5();
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(size, 1)));
  for (let at = 0; at < size;) {
    signal.throwIfAborted();
    const got = await file.read(piece.subarray(0, Math.min(piece.length, size - at)), at);
    if (got === 0) throw changedWhileRead(path);
    md5.update(piece.subarray(0, got));
    at += got;
  }
  return { size, md5: md5.digest() };
}
