import { createHash } from "node:crypto";
import type { ContentBody } from "../protocol/answer.ts";
import { invalidHeader } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { encodeStructured, STRUCTURED_BODY, structuredLength } from "../protocol/structured-body.ts";
import type { HeaderMap } from "./node-headers.ts";

/** Content on its way out. */
export interface OutgoingContent extends ContentBody {
  /** Compute the MD5 of what is sent; the content is small then. */
  readonly wantsMd5: boolean;
}

/** A body, and the headers that describe it. */
export interface SentContent {
  readonly body: Uint8Array | ContentBody;
  readonly headers: HeaderMap;
}

/** The body of an answer with content, in the framing the request asked for. */
export async function sentContent({ headers }: StorageRequest, { pieces, length, wantsMd5 }: OutgoingContent): Promise<SentContent> {
  const type = headers.get("x-ms-structured-body");
  if (type !== undefined) {
    if (type !== STRUCTURED_BODY) throw invalidHeader("x-ms-structured-body", type);
    return {
      body: { length: structuredLength(length), pieces: encodeStructured(pieces, length) },
      headers: { "x-ms-structured-body": STRUCTURED_BODY, "x-ms-structured-content-length": length },
    };
  }
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
