import type { BlobBlock, BlobCommit, BlobContent, BlobPage, BlobRead, BlobReadOptions } from "../blob/blob-store.ts";

/** How a call is ended, and who hears that it is alive. */
export interface CallWatch {
  readonly signal: AbortSignal;
  /** Told of bytes that move. */
  readonly moved: () => void;
}

/** What is wanted of a blob, and where its bytes go. */
export type WantedContent = Omit<BlobReadOptions, "signal">;

/** What blobs are written as: bytes that nobody interprets. */
export const BLOB_CONTENT_TYPE = "application/octet-stream";

/** The connection was lost in the middle of an answer. */
export class BrokenOff extends Error {
  override readonly name = "BrokenOff";
  readonly code = "ECONNRESET";
}

/** A stretch of a listing. */
export interface WantedPage {
  readonly prefix: string;
  /** Where the listing goes on; undefined for its start. */
  readonly from: string | undefined;
  readonly blobsMax: number;
}

/** A block with the id under which a block list names it. */
export type IdentifiedBlock = Pick<BlobBlock, "name" | "bytes"> & { readonly id: string };

/** A blob made of the blocks with these ids. */
export type IdentifiedCommit = Pick<BlobCommit, "name" | "md5" | "metadata"> & { readonly ids: readonly string[] };

/**
 * The calls that are made for each blob, one request each and without retries. Names are whole, from the container's root. They throw
 * `BrokenOff` and what `azureError` understands.
 */
export interface BlobCalls {
  read(name: string, wanted: WantedContent, watch: CallWatch): Promise<BlobRead>;
  put(blob: BlobContent, watch: CallWatch): Promise<void>;
  putBlock(block: IdentifiedBlock, watch: CallWatch): Promise<void>;
  commit(blob: IdentifiedCommit, watch: CallWatch): Promise<void>;
  page(wanted: WantedPage, watch: CallWatch): Promise<BlobPage>;
}
