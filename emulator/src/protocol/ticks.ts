/** A point in time in 100 ns steps since 1601-01-01T00:00:00Z, as NTFS and SMB count. */
export type Ticks = bigint;

/** Ticks at 1970-01-01T00:00:00Z. */
const UNIX_EPOCH: Ticks = 116_444_736_000_000_000n;

const PER_MS = 10_000n;
const PER_SECOND = 10_000_000n;

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7})\d*)?Z$/;

/** The time with seven decimals, as the service writes it: `2024-01-31T23:59:59.1234567Z`. */
export function formatTicks(ticks: Ticks): string {
  if (ticks === lastTicks.ticks) return lastTicks.text;
  const unix = ticks - UNIX_EPOCH;
  const fraction = ((unix % PER_SECOND) + PER_SECOND) % PER_SECOND;
  const seconds = new Date(Number((unix - fraction) / PER_MS)).toISOString().slice(0, 19);
  lastTicks = { ticks, text: `${seconds}.${String(fraction).padStart(7, "0")}Z` };
  return lastTicks.text;
}

/** The four times of a node are mostly one and the same, and a listing has thousands of nodes. */
let lastTicks: { readonly ticks: Ticks; readonly text: string } = { ticks: -1n, text: "" };

/** The time of an ISO 8601 text in UTC with up to seven decimals; undefined for anything else. */
export function parseTicks(text: string): Ticks | undefined {
  const [, seconds, fraction = ""] = ISO.exec(text) ?? [];
  const ms = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`);
  if (Number.isNaN(ms)) return undefined;
  return UNIX_EPOCH + BigInt(ms) * PER_MS + BigInt(fraction.padEnd(7, "0"));
}

/** The time in RFC 1123 form, cut to seconds, as `Last-Modified` carries it. */
export function formatHttpDate(ticks: Ticks): string {
  return new Date(ticksToMs(ticks)).toUTCString();
}

/** Milliseconds since 1970, cut. */
export function ticksToMs(ticks: Ticks): number {
  return Number((ticks - UNIX_EPOCH) / PER_MS);
}

/** Ticks of milliseconds since 1970. */
export function msToTicks(ms: number): Ticks {
  const whole = Math.floor(ms);
  return UNIX_EPOCH + BigInt(whole) * PER_MS + BigInt(Math.floor((ms - whole) * Number(PER_MS)));
}

/** The time later by this many seconds. */
export function addSeconds(ticks: Ticks, seconds: number): Ticks {
  return ticks + BigInt(Math.round(seconds * Number(PER_SECOND)));
}

/** Ticks between the year 1, from which ETags count, and 1601. */
const ETAG_EPOCH: Ticks = 504_911_232_000_000_000n;

/** The ETag of something that was last changed then, quotes included. */
export function etagOf(modified: Ticks): string {
  return `"0x${(modified + ETAG_EPOCH).toString(16).toUpperCase()}"`;
}
