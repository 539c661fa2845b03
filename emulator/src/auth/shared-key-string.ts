import { headerOf, pathOf, queryOf, type AuthRequest } from "./auth-request.ts";
import { linguisticOrder, ordinalOrder, type HeaderOrder } from "./header-order.ts";

const PREFIX = "x-ms-";

/** The two standard headers whose order clients do not agree on; the documents put the encoding first, the JavaScript SDK the language. */
const ENCODING_FIRST = ["content-encoding", "content-language"] as const;
const LANGUAGE_FIRST = ["content-language", "content-encoding"] as const;

const HEADERS_AFTER_DATE = ["if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"] as const;

/**
 * Every text that a correct client may have signed for this request, the documented one first. Clients differ in the order of
 * two standard headers, in how they sort the `x-ms-` headers, and in whether a `+` in the query means a space.
 */
export function sharedKeyStrings(request: AuthRequest, account: string): readonly string[] {
  const strings = new Set<string>();
  for (const leading of [ENCODING_FIRST, LANGUAGE_FIRST]) {
    for (const order of [ordinalOrder, linguisticOrder]) {
      for (const plusIsSpace of [false, true]) {
        const resource = canonicalResource(request.target, account, plusIsSpace);
        strings.add(`${standardHeaders(request, leading)}\n${canonicalHeaders(request, order)}${resource}`);
      }
    }
  }
  return [...strings];
}

function standardHeaders(request: AuthRequest, leading: readonly string[]): string {
  const length = headerOf(request, "content-length");
  return [
    request.method.toUpperCase(),
    ...leading.map((name) => headerOf(request, name)),
    length === "0" ? "" : length,
    headerOf(request, "content-md5"),
    headerOf(request, "content-type"),
    headerOf(request, "x-ms-date") === "" ? headerOf(request, "date") : "",
    ...HEADERS_AFTER_DATE.map((name) => headerOf(request, name)),
  ].join("\n");
}

function canonicalHeaders(request: AuthRequest, order: HeaderOrder): string {
  const names = Object.keys(request.headers).filter((name) => name.startsWith(PREFIX));
  return names
    .sort(order)
    .map((name) => `${name}:${headerOf(request, name).trim()}\n`)
    .join("");
}

/** Account, encoded path and the decoded query: names in lower case and sorted, values of a repeated one joined. */
function canonicalResource(target: string, account: string, plusIsSpace: boolean): string {
  const values = new Map<string, string[]>();
  for (const [name, value] of queryOf(target, plusIsSpace)) {
    const known = values.get(name.toLowerCase()) ?? [];
    known.push(value);
    values.set(name.toLowerCase(), known);
  }
  const sorted = [...values].sort(([a], [b]) => ordinalOrder(a, b));
  const lines = sorted.map(([name, list]) => `\n${name}:${list.sort(ordinalOrder).join(",")}`);
  return `/${account}${pathOf(target)}${lines.join("")}`;
}
