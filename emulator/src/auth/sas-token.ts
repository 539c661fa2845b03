import { queryOf } from "./auth-request.ts";

/** Parameters a shared access signature consists of, under the names they have in a URL. */
const FIELDS = [
  "sv",
  "ss",
  "srt",
  "sr",
  "sp",
  "st",
  "se",
  "sip",
  "spr",
  "si",
  "sig",
  "ses",
  "sdd",
  "rscc",
  "rscd",
  "rsce",
  "rscl",
  "rsct",
  "skoid",
  "sktid",
  "skt",
  "ske",
  "sks",
  "skv",
  "sduoid",
  "skdutid",
] as const;

type SasField = (typeof FIELDS)[number];

/** A shared access signature as it stands in a URL, values decoded; a field that was not sent is empty. */
export type SasToken = Readonly<Record<SasField, string>>;

/** The signature in a request target; undefined when there is none. */
export function sasTokenOf(target: string): SasToken | undefined {
  const query = new Map(queryOf(target).map(([name, value]) => [name.toLowerCase(), value]));
  if (!query.has("sig")) return undefined;
  return Object.fromEntries(FIELDS.map((field) => [field, query.get(field) ?? ""])) as SasToken;
}

/** Milliseconds since 1970 of `st` or `se`: a date, or a time in UTC to the minute, second or finer; undefined when it is no such thing. */
export function sasTimeMs(text: string): number | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2}(?:\.\d{1,7})?))?Z)?$/.exec(text);
  if (parts === null) return undefined;
  const [, date = "", minute = "00:00", second = "00"] = parts;
  const ms = Date.parse(`${date}T${minute}:${second.slice(0, 6)}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
