import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { cutBody, cutLength } from "../faults/cut-body.ts";
import type { Cut } from "../faults/faults.ts";
import type { Answer, ContentBody } from "../protocol/answer.ts";

/** How an answer goes out. */
export interface SendOptions {
  readonly isHead: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly cut: Cut | undefined;
}

/** Sends an answer, or as much of it as a cut leaves. The bytes of the body that went out. */
export async function sendAnswer(response: ServerResponse, answer: Answer, { isHead, headers, cut }: SendOptions): Promise<number> {
  const body = toBody(answer.body);
  const isCut = cut !== undefined && body.length > 0 && !isHead;
  const sent = isCut ? cutLength(body.length, cut.at) : body.length;
  const promised = isCut && cut.kind === "shorten" ? sent : body.length;
  const known = answer.headers["content-length"];
  response.writeHead(answer.status, {
    ...headers,
    ...defined(answer.headers),
    "content-length": String(isHead && known !== undefined ? known : promised),
  });
  if (isHead) {
    response.end();
    return 0;
  }
  try {
    for await (const piece of isCut ? cutBody(body.pieces, sent) : body.pieces) {
      if (response.destroyed) return 0;
      if (!response.write(piece)) await Promise.race([once(response, "drain"), once(response, "close")]);
    }
  } catch {
    // The head has gone out: all that can be said now is that something broke.
    response.socket?.resetAndDestroy();
    return 0;
  }
  finish(response, isCut ? cut : undefined);
  return sent;
}

function finish(response: ServerResponse, cut: Cut | undefined): void {
  if (cut?.kind === "reset") response.socket?.resetAndDestroy();
  else if (cut?.kind === "truncate") response.socket?.end();
  else response.end();
}

/** Breaks the connection without an answer. */
export function dropConnection(response: ServerResponse, { kind }: Cut): void {
  if (kind === "reset") response.socket?.resetAndDestroy();
  else response.socket?.destroy();
}

function toBody(body: Answer["body"]): ContentBody {
  if (typeof body === "object" && "pieces" in body) return body;
  const bytes = typeof body === "string" ? Buffer.from(body) : (body ?? new Uint8Array());
  return { length: bytes.length, pieces: once1(bytes) };
}

async function* once1(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function defined(headers: Answer["headers"]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) kept[name] = String(value);
  return kept;
}
