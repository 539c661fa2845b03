/** The head of an HTTP/1.1 answer. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case; fields of one name are joined by ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the body; "chunked" when it comes in chunks, undefined when only the end of the connection tells. */
  readonly length: number | "chunked" | undefined;
  /** The connection can take another request after the body. */
  readonly keepsAlive: boolean;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/;

/** A field line, RFC 9112 section 5: no space before the colon, and no line that continues the one before. */
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*(.*?)[ \t]*$/;

/** Reads a head without the empty line at its end, RFC 9112 sections 4 to 6. Undefined when it is none. */
export function parseAnswerHead(text: string): AnswerHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, minor, status] = STATUS_LINE.exec(first) ?? [];
  const headers = parseFields(lines);
  if (status === undefined || headers === undefined) return undefined;
  const keepsAlive = minor === "1" && !/\bclose\b/i.test(headers.get("connection") ?? "");
  return { status: Number(status), headers, length: lengthOf(headers), keepsAlive };
}

function parseFields(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function lengthOf(headers: ReadonlyMap<string, string>): AnswerHead["length"] {
  const coding = headers.get("transfer-encoding");
  const told = headers.get("content-length");
  // With both, somebody on the way may have understood the other one (RFC 9112 section 6.3).
  if (coding !== undefined) return coding.toLowerCase() === "chunked" && told === undefined ? "chunked" : undefined;
  return told !== undefined && /^\d{1,15}$/.test(told) ? Number(told) : undefined;
}
