/** Ticks (100 ns) between 1601, where Windows begins to count, and 1970. */
const EPOCH_TICKS = 116_444_736_000_000_000n;

/** What nanoseconds in 64 bits can hold: 1677 to 2262. Ticks reach further, so they are what is stored. */
const NS_MIN = -(2n ** 63n);
const NS_MAX = 2n ** 63n - 1n;

/** Windows' first year; `Date.UTC` would take 0 to 99 for 1900 to 1999. */
const YEAR_MIN = 1601;

const STAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?Z$/;

/** Ticks of a time as the service writes it (`2024-05-01T10:20:30.1234567Z`); undefined when it is none. */
export function ticksOfStamp(stamp: string): bigint | undefined {
  const parts = STAMP.exec(stamp);
  if (parts === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = ""] = parts;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (Number(year) < YEAR_MIN || Number.isNaN(ms)) return undefined;
  return BigInt(ms) * 10_000n + BigInt(fraction.padEnd(7, "0")) + EPOCH_TICKS;
}

/** The time as the service takes it, with all seven digits. */
export function stampOfTicks(ticks: bigint): string {
  const since1970 = ticks - EPOCH_TICKS;
  const fraction = ((since1970 % 10_000_000n) + 10_000_000n) % 10_000_000n;
  const date = new Date(Number((since1970 - fraction) / 10_000n));
  return `${date.toISOString().slice(0, -5)}.${String(fraction).padStart(7, "0")}Z`;
}

/** Nanoseconds since 1970, cut to what 64 bits hold. */
export function nsOfTicks(ticks: bigint): bigint {
  const ns = (ticks - EPOCH_TICKS) * 100n;
  return ns < NS_MIN ? NS_MIN : ns > NS_MAX ? NS_MAX : ns;
}

/** Ticks of nanoseconds since 1970, cut down to 100 ns. */
export function ticksOfNs(ns: bigint): bigint {
  const cut = ns >= 0n ? ns / 100n : (ns - 99n) / 100n;
  return cut + EPOCH_TICKS;
}
