import type { IncomingMessage, ServerResponse } from "node:http";
import { TLSSocket } from "node:tls";
import type { AuthRequest } from "../auth/auth-request.ts";
import { authenticate, type AuthOptions } from "../auth/authenticate.ts";
import { authorize, mayOverwrite } from "../auth/authorize.ts";
import { describeVerdict, type Faults, type Verdict } from "../faults/faults.ts";
import { HANDLERS } from "../handlers/table.ts";
import type { World } from "../handlers/world.ts";
import type { RequestEntry } from "../log/request-entry.ts";
import { withoutSignature } from "../log/request-entry.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Answer } from "../protocol/answer.ts";
import { invalidHeader, missingHeader, StorageError } from "../protocol/errors.ts";
import type { OperationName } from "../protocol/operation.ts";
import { parseRequestPath } from "../protocol/path-names.ts";
import { parseQuery, RequestHeaders, type StorageRequest } from "../protocol/request.ts";
import { route } from "../protocol/router.ts";
import { errorAnswer } from "./error-answer.ts";
import { RequestBody } from "./read-body.ts";
import { dropConnection, sendAnswer } from "./send-answer.ts";

/** What answering takes beside the world. */
export interface ExchangeParts {
  readonly world: World;
  readonly auth: AuthOptions;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly nowMs: () => number;
  /** For what should not happen: an error that is not a StorageError. */
  readonly onBug: (error: unknown) => void;
}

const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/** What is known of a request while it is answered. */
interface Progress {
  operation: OperationName | "Unknown";
  caller: string;
  verdict: Verdict;
}

const QUIET: Verdict = { delayMs: 0, refusal: undefined, cut: undefined };

/** Answers one request: authentication, faults, routing, the operation itself, the log. */
export async function exchange(request: IncomingMessage, response: ServerResponse, parts: ExchangeParts): Promise<void> {
  const startedMs = parts.nowMs();
  const requestId = parts.world.newGuid();
  const progress: Progress = { operation: "Unknown", caller: "", verdict: QUIET };
  const body = new RequestBody(request);
  const answer = await answerOf({ request, body, progress }, parts).catch((error: unknown) => {
    if (!(error instanceof StorageError) && !request.destroyed) parts.onBug(error);
    const known = error instanceof StorageError ? error : new StorageError("InternalError");
    return errorAnswer(known, { requestId, time: new Date(startedMs).toISOString() });
  });
  const bytesOut = await reply({ request, response, body, answer, requestId }, progress, parts);
  request.resume();
  parts.faults.spend(body.bytesRead + bytesOut);
  parts.log.add({
    ...entryOf(request, progress),
    time: new Date(startedMs).toISOString(),
    requestId,
    status: answer.status,
    errorCode: String(answer.headers["x-ms-error-code"] ?? ""),
    bytesIn: body.bytesRead,
    bytesOut,
    durationMs: parts.nowMs() - startedMs,
  });
}

interface Reply {
  readonly request: IncomingMessage;
  readonly body: RequestBody;
  readonly response: ServerResponse;
  readonly answer: Answer;
  readonly requestId: string;
}

async function reply(
  { request, response, body, answer, requestId }: Reply,
  { verdict: { cut } }: Progress,
  { nowMs }: ExchangeParts,
): Promise<number> {
  const hasBody = answer.body !== undefined && request.method !== "HEAD";
  if (cut !== undefined && (body.isBroken || !hasBody)) {
    dropConnection(response, cut);
    return 0;
  }
  const { "x-ms-version": version, "x-ms-client-request-id": clientRequestId } = request.headers;
  return sendAnswer(response, answer, {
    isHead: request.method === "HEAD",
    cut,
    headers: {
      server: "Azure-Files-Emulator",
      date: new Date(nowMs()).toUTCString(),
      "x-ms-request-id": requestId,
      ...(typeof version === "string" && { "x-ms-version": version }),
      ...(typeof clientRequestId === "string" && { "x-ms-client-request-id": clientRequestId }),
    },
  });
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly body: RequestBody;
  readonly progress: Progress;
}

async function answerOf({ request, body, progress }: Incoming, parts: ExchangeParts): Promise<Answer> {
  const target = request.url ?? "/";
  const question = target.indexOf("?");
  const path = parseRequestPath(question < 0 ? target : target.slice(0, question), parts.auth.account);
  const query = parseQuery(question < 0 ? "" : target.slice(question + 1));
  const method = request.method ?? "GET";
  progress.operation = route({ ...path, method, query, has: (name) => request.headers[name] !== undefined });
  const caller = await authenticate(authRequest(request, target), parts.auth);
  progress.caller = caller.kind;
  authorize(caller, progress.operation);
  progress.verdict = parts.faults.judge(progress.operation);
  const { delayMs, refusal, cut } = progress.verdict;
  if (cut !== undefined) body.cutAt(cut.at);
  if (delayMs > 0) await parts.sleep(delayMs);
  if (refusal !== undefined) throw refusal;
  const headers = new RequestHeaders(request.headers, request.rawHeaders);
  const version = versionOf(headers, query);
  const condition = CONDITIONS.find((name) => headers.get(name) !== undefined);
  if (condition !== undefined) throw new StorageError("ConditionHeadersNotSupported", { details: { HeaderName: condition } });
  const endpoint = `${protocolOf(request)}://${request.headers.host ?? "127.0.0.1"}/${path.account}`;
  const storage: StorageRequest = {
    ...path,
    operation: progress.operation,
    query,
    headers,
    version,
    endpoint,
    isOwner: !("permissions" in caller),
    mayOverwrite: mayOverwrite(caller),
    body: async (max) => body.read(max),
  };
  return HANDLERS[progress.operation](storage, parts.world);
}

/** `x-ms-version`, or the one that a shared access signature was made for. */
function versionOf(headers: RequestHeaders, query: ReadonlyMap<string, string>): string {
  const version = headers.get("x-ms-version") ?? query.get("sv");
  if (version === undefined) throw missingHeader("x-ms-version");
  if (!/^\d{4}-\d\d-\d\d$/.test(version)) throw invalidHeader("x-ms-version", version);
  return version;
}

function protocolOf({ socket }: IncomingMessage): "http" | "https" {
  return socket instanceof TLSSocket ? "https" : "http";
}

function authRequest(request: IncomingMessage, target: string): AuthRequest {
  const { method = "GET", headers, socket } = request;
  return { method, target, headers, remoteAddress: socket.remoteAddress ?? "", protocol: protocolOf(request) };
}

function entryOf(
  { method, url, headers }: IncomingMessage,
  { operation, caller, verdict }: Progress,
): Pick<RequestEntry, "operation" | "method" | "target" | "caller" | "userAgent" | "clientRequestId" | "fault"> {
  const clientRequestId = headers["x-ms-client-request-id"];
  return {
    operation,
    caller,
    method: method ?? "",
    target: withoutSignature(url ?? ""),
    userAgent: headers["user-agent"] ?? "",
    clientRequestId: typeof clientRequestId === "string" ? clientRequestId : "",
    fault: describeVerdict(verdict),
  };
}
