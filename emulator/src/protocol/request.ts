import { invalidHeader, invalidQuery, missingHeader, StorageError } from "./errors.ts";
import type { OperationName } from "./operation.ts";

/** A request as handlers see it: known, allowed, and taken apart. */
export interface StorageRequest {
  readonly operation: OperationName;
  readonly account: string;
  readonly share: string;
  readonly path: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  readonly headers: RequestHeaders;
  /** `x-ms-version`. */
  readonly version: string;
  /** Holds the account's key or a bearer token, so that nothing is out of reach. */
  readonly isOwner: boolean;
  /** A file that is there may be replaced; otherwise only new ones may be made. */
  readonly mayOverwrite: boolean;
  /** The account's URL as the client spells it, without a slash at the end. */
  readonly endpoint: string;
  /** The whole body. Throws RequestBodyTooLarge. */
  body(bytesMax: number): Promise<Uint8Array>;
}

/** Query parameters by lower-case name; a `+` stays as it is, since clients encode blanks as `%20`. */
export function parseQuery(search: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const part of search.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const [name, value] = equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
    try {
      query.set(decodeURIComponent(name).toLowerCase(), decodeURIComponent(value));
    } catch {
      throw new StorageError("InvalidUri");
    }
  }
  return query;
}

/** A positive number in the query, such as `maxresults`; undefined when it is not there. Throws InvalidQueryParameterValue, OutOfRangeQueryParameterValue. */
export function countOf(query: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw invalidQuery(name, text);
  const value = Number(text);
  if (value <= 0)
    throw new StorageError("OutOfRangeQueryParameterValue", { details: { QueryParameterName: name, QueryParameterValue: text } });
  return value;
}

const METADATA_PREFIX = "x-ms-meta-";
const METADATA_BYTES_MAX = 8 * 1024;
const METADATA_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Headers of a request, by lower-case name. */
export class RequestHeaders {
  readonly #values: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly #raw: readonly string[];

  /** `raw` alternates names and values as they arrived: metadata names keep their case. */
  constructor(values: Readonly<Record<string, string | readonly string[] | undefined>>, raw: readonly string[]) {
    this.#values = values;
    this.#raw = raw;
  }

  /** Undefined when it is missing or empty. */
  get(name: string): string | undefined {
    const value = this.#values[name];
    const text = typeof value === "string" ? value : value?.join(",");
    return text === "" ? undefined : text;
  }

  /** Throws MissingRequiredHeader. */
  required(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw missingHeader(name);
    return value;
  }

  /** A number from 0; undefined when it is missing. Throws InvalidHeaderValue. */
  number(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^\d{1,15}$/.test(value)) throw invalidHeader(name, value);
    return number;
  }

  /** True for `true` in any case. Throws InvalidHeaderValue for anything but true and false. */
  flag(name: string): boolean {
    const value = this.get(name)?.toLowerCase() ?? "false";
    if (value !== "true" && value !== "false") throw invalidHeader(name, value);
    return value === "true";
  }

  /** `x-ms-meta-*` without the prefix. Throws InvalidMetadata, EmptyMetadataKey, MetadataTooLarge. */
  metadata(): Readonly<Record<string, string>> {
    const metadata: Record<string, string> = {};
    let bytes = 0;
    for (let index = 0; index + 1 < this.#raw.length; index += 2) {
      const [header = "", value = ""] = [this.#raw[index], this.#raw[index + 1]];
      if (!header.toLowerCase().startsWith(METADATA_PREFIX)) continue;
      const name = header.slice(METADATA_PREFIX.length);
      if (name === "") throw new StorageError("EmptyMetadataKey");
      if (!METADATA_NAME.test(name)) throw new StorageError("InvalidMetadata");
      metadata[name] = value;
      bytes += name.length + Buffer.byteLength(value);
    }
    if (bytes > METADATA_BYTES_MAX) throw new StorageError("MetadataTooLarge");
    return metadata;
  }
}

/** Metadata as headers of an answer. */
export function metadataHeaders(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [METADATA_PREFIX + name, value]));
}
