const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;
const NS_PER_MS = 1_000_000n;
/** Milliseconds that a Date can hold on either side of 1970. */
const DATE_MS_MAX = 8_640_000_000_000_000n;

/** `1.2 GiB`: three digits are enough for people. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  // 1023.9 KiB would round to 1024 KiB.
  if (Math.round(value) >= 1024 && unit < UNITS.length - 1) [value, unit] = [1, unit + 1];
  return `${unit === 0 ? String(Math.round(value)) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? ""}`;
}

/** `12,345`, the same on every machine. */
export function formatCount(count: number): string {
  return String(Math.trunc(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `12,345 files`, `1 file`. */
export function formatItems(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `0:42`, `1:02:03`, `3d 4h`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  if (days > 0) return `${days}d ${hours}h`;
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (part: number): string => String(part).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `2026-11-21 09:30:05` in the machine's time zone, for people. */
export function formatLocalTime(ns: bigint): string {
  const date = dateOf(ns);
  if (date === undefined) return String(ns);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** RFC 3339 in UTC with all nine digits of the fraction, for programs. */
export function isoTime(ns: bigint): string {
  const date = dateOf(ns);
  if (date === undefined) return String(ns);
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `${date.toISOString().slice(0, -5)}.${String(fraction).padStart(9, "0")}Z`;
}

function dateOf(ns: bigint): Date | undefined {
  // Rounds towards the past, so that the second before 1970 keeps its fraction.
  const ms = (ns - (((ns % NS_PER_MS) + NS_PER_MS) % NS_PER_MS)) / NS_PER_MS;
  return ms > DATE_MS_MAX || ms < -DATE_MS_MAX ? undefined : new Date(Number(ms));
}

/** Columns a text takes in a terminal: wide characters count two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** Ranges of code points that take two columns: CJK, Hangul, full-width forms, emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

function charWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return 1;
  if (/^[\p{Cc}\p{Mn}\p{Me}\p{Cf}]/u.test(char)) return 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Cuts a path in its middle to at most `columnsMax` columns: the file's name and the first folders say most. */
export function cutMiddle(text: string, columnsMax: number): string {
  if (displayWidth(text) <= columnsMax) return text;
  if (columnsMax <= 1) return columnsMax === 1 ? "…" : "";
  const chars = Array.from(text);
  const headMax = Math.floor((columnsMax - 1) / 3);
  const head = takeColumns(chars, headMax);
  const tail = takeColumns(chars.reverse(), columnsMax - 1 - displayWidth(head.join(""))).reverse();
  return `${head.join("")}…${tail.join("")}`;
}

/** Cuts the end of a line to at most `columnsMax` columns. */
export function cutEnd(text: string, columnsMax: number): string {
  return displayWidth(text) <= columnsMax ? text : takeColumns(Array.from(text), columnsMax).join("");
}

function takeColumns(chars: readonly string[], columnsMax: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const char of chars) {
    used += charWidth(char);
    if (used > columnsMax) break;
    taken.push(char);
  }
  return taken;
}

/** Lines of a table; columns named in `right` are aligned right, the last column is never padded. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat((widths[column] ?? 0) - displayWidth(cell));
        return right.includes(column) ? gap + cell : column === row.length - 1 ? cell : cell + gap;
      })
      .join("  ")
      .trimEnd(),
  );
}
