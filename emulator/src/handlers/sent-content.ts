import { createHash } from "node:crypto";
import type { Answer } from "../protocol/answer.ts";
import type { StorageRequest } from "../protocol/request.ts";
import type { HeaderMap } from "./node-headers.ts";

/** Content on its way out. */
export interface OutgoingContent {
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly length: number;
  /** Compute the MD5 of what is sent; the content is small then. */
  readonly wantsMd5: boolean;
}

/** The body of an answer with content, and the headers that describe it. */
export async function sentContent(
  _request: StorageRequest,
  { pieces, length, wantsMd5 }: OutgoingContent,
): Promise<{ readonly body: NonNullable<Answer["body"]>; readonly headers: HeaderMap }> {
  if (!wantsMd5) return { body: { length, pieces }, headers: {} };
  const bytes = await collect(pieces, length);
  return { body: bytes, headers: { "content-md5": createHash("md5").update(bytes).digest("base64") } };
}

/** All pieces as one. */
export async function collect(pieces: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
