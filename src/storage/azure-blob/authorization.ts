import { createHmac, createSecretKey } from "node:crypto";
import type { MaybePromise } from "../../shared/pool.ts";

/** The parts of a request that a signature covers. */
export interface UnsignedRequest {
  readonly method: string;
  /** As it is sent: encoded, with a leading slash. */
  readonly path: string;
  /** Not encoded; names in lower case. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Length of the body, bytes. */
  readonly bodyBytes: number;
}

/** How requests prove that they are allowed. */
export interface Authorization {
  /** What each query gets in addition, encoded; empty for nothing. */
  readonly query: string;
  /** Value of the header `authorization`; undefined for none. */
  header(request: UnsignedRequest): MaybePromise<string | undefined>;
}

/** A shared access signature, without its question mark. */
export function sasAuthorization(sas: string): Authorization {
  return { query: sas, header: () => undefined };
}

/** Tokens of Microsoft Entra; `token` keeps one until it runs out. */
export function tokenAuthorization(token: () => Promise<string>): Authorization {
  return { query: "", header: async () => `Bearer ${await token()}` };
}

/** An account's key, in base64. */
export function keyAuthorization(account: string, key: string): Authorization {
  // Made once: with a plain buffer each signature takes seven times as long.
  const secret = createSecretKey(key, "base64");
  return {
    query: "",
    header: (request) => {
      const signature = createHmac("sha256", secret).update(stringToSign(account, request)).digest("base64");
      return `SharedKey ${account}:${signature}`;
    },
  };
}

/** The standard headers that a signature covers, in its order. The date is told in `x-ms-date`, so that it is empty here. */
const SIGNED_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

/**
 * The text that a Shared Key signature of the Blob service signs ("Authorize with Shared Key", version 2009-09-19 and later). The service
 * sorts headers by words and not by characters; names of letters and digits between single hyphens come out the same.
 */
export function stringToSign(account: string, { method, path, query, headers, bodyBytes }: UnsignedRequest): string {
  const of = new Map(headers);
  if (bodyBytes > 0) of.set("content-length", String(bodyBytes));
  let text = `${method}\n`;
  for (const name of SIGNED_HEADERS) text += `${of.get(name) ?? ""}\n`;
  for (const [name, value] of headers.filter(([name]) => name.startsWith("x-ms-")).toSorted(byName)) text += `${name}:${value.trim()}\n`;
  text += `/${account}${path}`;
  for (const [name, value] of query.toSorted(byName)) text += `\n${name}:${value}`;
  return text;
}

function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}
