/** Names under which the blob's metadata keeps what a file has beside its content. `mtime` is what rclone writes and reads. */
const MTIME = "mtime";
const MODE = "mode";

/** Permissions a restored file gets at most: no set-user-id and the like from a container that others may write to. */
const MODE_BITS = 0o777;
const MODE_DEFAULT = 0o644;

const NS_PER_SECOND = 1_000_000_000n;

/** What a restored file gets beside its content. */
export interface FileAttributes {
  readonly mode: number;
  /** Undefined when the blob does not tell. */
  readonly modifiedNs: bigint | undefined;
}

/** The attributes as metadata of a blob: RFC 3339 in nanoseconds, and octal. */
export function toMetadata(file: { readonly mode: number; readonly modifiedNs: bigint }): Readonly<Record<string, string>> {
  return { [MTIME]: timeText(file.modifiedNs), [MODE]: (file.mode & MODE_BITS).toString(8).padStart(4, "0") };
}

/** The attributes of a blob that may have been written by anybody. */
export function fromMetadata(metadata: Readonly<Record<string, string>>): FileAttributes {
  const mode = /^0?[0-7]{3}$/.test(metadata[MODE] ?? "") ? Number.parseInt(metadata[MODE] ?? "", 8) : MODE_DEFAULT;
  return { mode: mode & MODE_BITS, modifiedNs: timeOf(metadata[MTIME] ?? "") };
}

function timeText(ns: bigint): string {
  const rest = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const seconds = new Date(Number((ns - rest) / NS_PER_SECOND) * 1000);
  return Number.isNaN(seconds.getTime()) ? "" : seconds.toISOString().replace(/\.\d+Z$/, `.${String(rest).padStart(9, "0")}Z`);
}

function timeOf(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const milliseconds = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match?.[2] ?? "").padEnd(9, "0"));
}
