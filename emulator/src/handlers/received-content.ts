import { createHash } from "node:crypto";
import { StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import type { HeaderMap } from "./node-headers.ts";

/** What one request can write. */
export const RANGE_BYTES_MAX: number = 4 * 1024 * 1024;

/** Content that came with a request, and what the answer says about it. */
export interface ReceivedContent {
  readonly bytes: Uint8Array;
  readonly headers: HeaderMap;
}

/** The body, compared with `Content-MD5` when that was sent. Throws RequestBodyTooLarge, InvalidMd5, Md5Mismatch. */
export async function receivedContent(request: StorageRequest): Promise<ReceivedContent> {
  const bytes = await request.body(RANGE_BYTES_MAX);
  if (bytes.length === 0) return { bytes, headers: {} };
  const digest = createHash("md5").update(bytes).digest();
  const declared = request.headers.get("content-md5");
  if (declared !== undefined) {
    const expected = Buffer.from(declared, "base64");
    if (expected.length !== digest.length) throw new StorageError("InvalidMd5");
    if (!expected.equals(digest))
      throw new StorageError("Md5Mismatch", { details: { UserSpecifiedMd5: declared, ServerCalculatedMd5: digest.toString("base64") } });
  }
  return { bytes, headers: { "content-md5": digest.toString("base64") } };
}
