/** What authentication sees of a request: exactly what arrived, before anything was interpreted. */
export interface AuthRequest {
  readonly method: string;
  /** Path and query as on the request line, percent-encoding untouched: signatures cover these bytes. */
  readonly target: string;
  /** Names in lower case; a header sent several times is joined with commas, as `node:http` does. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly remoteAddress: string;
  readonly protocol: "http" | "https";
}

/** One header's value; empty when it was not sent. */
export function headerOf({ headers }: Pick<AuthRequest, "headers">, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : (value?.join(",") ?? "");
}

/** The path of a request target as it was sent. */
export function pathOf(target: string): string {
  const question = target.indexOf("?");
  return question < 0 ? target : target.slice(0, question);
}

/** Query parameters, decoded, in the order they were sent. A `+` stays a `+` unless told otherwise, since base64 is often sent as it is. */
export function queryOf(target: string, plusIsSpace = false): readonly (readonly [name: string, value: string])[] {
  const question = target.indexOf("?");
  if (question < 0) return [];
  const query = target.slice(question + 1);
  const parts = (plusIsSpace ? query.replaceAll("+", " ") : query).split("&");
  return parts.filter((part) => part !== "").map(splitPair);
}

function splitPair(part: string): readonly [string, string] {
  const equals = part.indexOf("=");
  const [name, value] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
  return [percentDecoded(name), percentDecoded(value)];
}

/** Text without its percent-encoding; as it is when that is broken. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign is no reason to fail here: the signature will not match, and says so better.
    return text;
  }
}
