import { systemCode } from "./errors.ts";

/** What an error of the Azure SDK tells, read without trusting its shape. */
export interface AzureAnswer {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The service's error code, such as BlobNotFound, or the system's, such as ECONNRESET. */
  readonly code: string;
  readonly requestId: string;
  readonly retryAfterMs: number | undefined;
  /** The service's clock, RFC 1123; empty when it did not tell. */
  readonly date: string;
}

/** Error codes of TLS in Node; repeating does not help. */
const TLS_CODE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|EPROTO)/;

/** Names of errors of `@azure/identity`: no credential available, or the directory refused it. */
const CREDENTIAL_ERROR = /^(?:CredentialUnavailable|Authentication|AggregateAuthentication|AuthenticationRequired)/;

/** Reads status, codes and headers off anything the SDK threw. Its message is never read: it quotes the signed string and the URL, and so the signature. */
export function azureAnswer(error: unknown): AzureAnswer {
  const record = asRecord(error);
  const headers = asRecord(asRecord(record["response"])["headers"]);
  const header = (name: string): string => {
    const get = headers["get"];
    const value: unknown = typeof get === "function" ? (get.call(headers, name) as unknown) : undefined;
    return typeof value === "string" ? value : "";
  };
  const status = record["statusCode"];
  return {
    status: typeof status === "number" ? status : 0,
    code: header("x-ms-error-code") || systemCode(error),
    requestId: header("x-ms-request-id"),
    retryAfterMs: retryAfter(header("retry-after-ms") || header("x-ms-retry-after-ms"), header("retry-after")),
    date: header("date"),
  };
}

/** Facts of an answer that an error may carry: nothing of it is a secret. */
export function azureFacts({ status, code, requestId, retryAfterMs }: AzureAnswer): Record<string, string | number> {
  const facts: Record<string, string | number> = {};
  if (status !== 0) facts["status"] = status;
  if (/^[\w-]{1,60}$/.test(code)) facts["serviceCode"] = code;
  if (/^[\w-]{1,60}$/.test(requestId)) facts["requestId"] = requestId;
  if (retryAfterMs !== undefined) facts["retryAfterMs"] = retryAfterMs;
  return facts;
}

/** Why a request got no answer: `tls` and `identity` are final, `defect` is ours, `unreachable` may pass. */
export function whyNoAnswer(error: unknown, code: string): "tls" | "identity" | "defect" | "unreachable" {
  if (TLS_CODE.test(code)) return "tls";
  const name = asRecord(error)["name"];
  if (typeof name === "string" && CREDENTIAL_ERROR.test(name)) return "identity";
  return error instanceof TypeError || error instanceof RangeError ? "defect" : "unreachable";
}

function retryAfter(milliseconds: string, seconds: string): number | undefined {
  if (/^\d{1,9}$/.test(milliseconds)) return Number(milliseconds);
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
