import { createHash } from "node:crypto";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { decodeStructured, STRUCTURED_BODY, STRUCTURED_OVERHEAD_BYTES_MAX } from "../protocol/structured-body.ts";
import type { HeaderMap } from "./node-headers.ts";

/** What one request can write. */
export const RANGE_BYTES_MAX: number = 4 * 1024 * 1024;

/** Content that came with a request, and what the answer says about it. */
export interface ReceivedContent {
  readonly bytes: Uint8Array;
  readonly headers: HeaderMap;
}

/** The content, compared with the checksums that came along. Throws RequestBodyTooLarge, InvalidMd5, Md5Mismatch, Crc64Mismatch. */
export async function receivedContent(request: StorageRequest): Promise<ReceivedContent> {
  const type = request.headers.get("x-ms-structured-body");
  const content = type === undefined ? await plainContent(request) : await structuredContent(request, type);
  if (content.bytes.length > RANGE_BYTES_MAX) throw new StorageError("RequestBodyTooLarge");
  return content;
}

async function plainContent(request: StorageRequest): Promise<ReceivedContent> {
  const bytes = await request.body(RANGE_BYTES_MAX);
  if (bytes.length === 0) return { bytes, headers: {} };
  const digest = createHash("md5").update(bytes).digest();
  const declared = request.headers.get("content-md5");
  if (declared !== undefined) {
    const expected = Buffer.from(declared, "base64");
    if (expected.length !== digest.length) throw new StorageError("InvalidMd5");
    const details = { UserSpecifiedMd5: declared, ServerCalculatedMd5: digest.toString("base64") };
    if (!expected.equals(digest)) throw new StorageError("Md5Mismatch", { details });
  }
  return { bytes, headers: { "content-md5": digest.toString("base64") } };
}

async function structuredContent(request: StorageRequest, type: string): Promise<ReceivedContent> {
  const declared = request.headers.number("x-ms-structured-content-length");
  if (type !== STRUCTURED_BODY) throw invalidHeader("x-ms-structured-body", type);
  const bytes = decodeStructured(await request.body(RANGE_BYTES_MAX + STRUCTURED_OVERHEAD_BYTES_MAX));
  if (declared !== bytes.length) throw invalidHeader("x-ms-structured-content-length", String(declared));
  return { bytes, headers: { "x-ms-structured-body": STRUCTURED_BODY } };
}
