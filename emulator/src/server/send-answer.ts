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
  const known = answer.headers["content-length"];
  const head = { ...headers, ...defined(answer.headers) };
  if (isHead) {
    response.writeHead(answer.status, { ...head, "content-length": String(known ?? body.length) }).end();
    return 0;
  }
  const sentLength = cut === undefined ? body.length : cutLength(body.length, cut.at);
  const promised = cut?.kind === "shorten" ? sentLength : body.length;
  response.writeHead(answer.status, { ...head, "content-length": String(promised) });
  try {
    if (!(await sendPieces(response, cut === undefined ? body.pieces : cutBody(body.pieces, sentLength)))) return 0;
  } catch {
    // The head has gone out: all that can be said now is that something broke.
    response.socket?.resetAndDestroy();
    return 0;
  }
  finish(response, cut);
  return sentLength;
}

/** Breaks the connection without an answer. */
export function dropConnection(response: ServerResponse, { kind }: Cut): void {
  if (kind === "reset") response.socket?.resetAndDestroy();
  else response.socket?.destroy();
}

/** False when the client went away. */
async function sendPieces(response: ServerResponse, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const piece of pieces) {
    if (response.destroyed) return false;
    if (!response.write(piece)) await drained(response);
  }
  return !response.destroyed;
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

function finish(response: ServerResponse, cut: Cut | undefined): void {
  if (cut?.kind === "reset") response.socket?.resetAndDestroy();
  else if (cut?.kind === "truncate") response.socket?.end();
  else response.end();
}

function toBody(body: Answer["body"]): ContentBody {
  if (typeof body === "object" && "pieces" in body) return body;
  const bytes = typeof body === "string" ? Buffer.from(body) : (body ?? new Uint8Array());
  return { length: bytes.length, pieces: single(bytes) };
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function defined(headers: Answer["headers"]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) kept[name] = String(value);
  return kept;
}
