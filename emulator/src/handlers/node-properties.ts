import type { ContentHeaders, NodePatch, NodeTimes, PosixProperties } from "../backend/node-record.ts";
import type { ShareRecord } from "../backend/share-record.ts";
import { DIRECTORY, parseAttributes } from "../protocol/file-attributes.ts";
import { invalidHeader, StorageError } from "../protocol/errors.ts";
import type { RequestHeaders, StorageRequest } from "../protocol/request.ts";
import { parseTicks, type Ticks } from "../protocol/ticks.ts";
import { permissionKeyOf } from "./permission-key.ts";
import type { World } from "./world.ts";

/** The header of each time that can be set. */
export const TIME_HEADERS = {
  created: "x-ms-file-creation-time",
  written: "x-ms-file-last-write-time",
  changed: "x-ms-file-change-time",
} as const;

const CONTENT_HEADERS = [
  "content-type",
  "content-encoding",
  "content-language",
  "cache-control",
  "content-disposition",
  "content-md5",
] as const;

const MODE_MAX = 0o7777;

/** The times that a request sets; `now` and missing ones are left to whoever writes them, `preserve` keeps the old. */
export function timesOf(headers: RequestHeaders, old?: NodeTimes): Partial<NodeTimes> {
  const times: { -readonly [key in keyof NodeTimes]?: Ticks } = {};
  for (const key of ["created", "written", "changed"] as const) {
    const text = headers.get(TIME_HEADERS[key]);
    const value = text === undefined ? undefined : timeOf(TIME_HEADERS[key], text, old?.[key]);
    if (value !== undefined) times[key] = value;
  }
  return times;
}

/** The time in a header: `now` is undefined, `preserve` the old one. Throws InvalidHeaderValue. */
export function timeOf(name: string, text: string, old: Ticks | undefined): Ticks | undefined {
  const word = text.toLowerCase();
  if (word === "now") return undefined;
  if (word === "preserve") return old;
  const ticks = parseTicks(text);
  if (ticks === undefined) throw invalidHeader(name, text);
  return ticks;
}

/** Content headers that a request sets, by their names without `x-ms-`. Throws InvalidMd5. */
export function contentHeadersOf(headers: RequestHeaders): ContentHeaders {
  const found: Record<string, string> = {};
  for (const name of CONTENT_HEADERS) {
    const value = headers.get(`x-ms-${name}`);
    if (value !== undefined) found[name] = value;
  }
  const { "content-md5": md5 } = found;
  if (md5 !== undefined && Buffer.from(md5, "base64").length !== 16) throw new StorageError("InvalidMd5");
  return found;
}

/** Attributes that a request sets; undefined for none. Throws InvalidHeaderValue. */
export function attributesOf(headers: RequestHeaders, kind: "file" | "directory" | "symlink"): number | undefined {
  const text = headers.get("x-ms-file-attributes");
  if (text === undefined || text.toLowerCase() === "preserve") return undefined;
  const bits = parseAttributes(text);
  if (kind !== "directory" && (bits & DIRECTORY) !== 0) throw invalidHeader("x-ms-file-attributes", text);
  return bits;
}

/** Owner, group and mode on an NFS share; what is missing comes from `old`. */
export function posixOf(headers: RequestHeaders, old: PosixProperties): PosixProperties {
  const text = headers.get("x-ms-mode");
  const mode = text === undefined ? old.mode : modeOf(text);
  return { owner: headers.get("x-ms-owner") ?? old.owner, group: headers.get("x-ms-group") ?? old.group, mode };
}

const SYMBOLIC = /^([r-][w-][xsS-])([r-][w-][xsS-])([r-][w-][xtT-])$/;

/** Octal, or nine letters as `ls` shows them. */
function modeOf(text: string): number {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8) & MODE_MAX;
  const groups = SYMBOLIC.exec(text)?.slice(1);
  if (groups === undefined) throw invalidHeader("x-ms-mode", text);
  let mode = 0;
  for (const [index, letters] of groups.entries()) {
    const last = letters[2] ?? "-";
    const bits = (letters[0] === "r" ? 4 : 0) + (letters[1] === "w" ? 2 : 0) + ("xst".includes(last) ? 1 : 0);
    mode |= bits << (6 - index * 3);
    if ("sStT".includes(last)) mode |= 0o4000 >> index;
  }
  return mode;
}

/** What a request changes about a node's properties; `undefined` members are left out. */
export async function patchOf(
  request: StorageRequest,
  world: World,
  {
    share,
    node,
  }: {
    readonly share: ShareRecord;
    readonly node: {
      readonly times: NodeTimes;
      readonly posix: PosixProperties | undefined;
      readonly kind: "file" | "directory" | "symlink";
    };
  },
): Promise<NodePatch> {
  const { headers } = request;
  const attributes = attributesOf(headers, node.kind);
  const key = share.protocol === "SMB" ? await permissionKeyOf(request, world, { inherited: undefined }) : undefined;
  return {
    times: timesOf(headers, node.times),
    ...(attributes !== undefined && { attributes }),
    ...(key !== undefined && { permissionKey: key }),
    ...(node.posix !== undefined && { posix: posixOf(headers, node.posix) }),
  };
}
