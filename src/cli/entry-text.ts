import type { Entry } from "../format/entry.ts";
import { ENTRY_KIND } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { displayBytes } from "../shared/bytes.ts";
import type { EntryResult } from "./event-types.ts";
import { formatLocalTime, isoTime } from "./format-text.ts";

const TYPE_NAMES = [
  "file",
  "directory",
  "symlink",
  "fifo",
  "socket",
  "character_device",
  "block_device",
] as const satisfies readonly EntryResult["type"][];
const TYPE_LETTERS = "-dlpscb";
const SIZE_COLUMNS = 12;

/** An entry as an event. */
export function entryResult(snapshot: string, path: ByteString, entry: Entry): EntryResult {
  return {
    message_type: "result",
    kind: "entry",
    snapshot,
    path: displayBytes(path),
    type: TYPE_NAMES[entry.kind],
    size: entry.size,
    mode: `0${entry.mode.toString(8).padStart(3, "0")}`,
    uid: entry.uid,
    gid: entry.gid,
    user: entry.user,
    group: entry.group,
    modified: isoTime(entry.modifiedNs),
    links: entry.links,
    node_id: String(entry.nodeId),
    link_target: displayBytes(entry.linkTarget),
  };
}

/** An entry as `ls -l` shows one. */
export function longLine(path: ByteString, entry: Entry): string {
  const owner = `${entry.user || entry.uid} ${entry.group || entry.gid}`;
  const target = entry.kind === ENTRY_KIND.symlink ? ` -> ${displayBytes(entry.linkTarget)}` : "";
  return `${modeText(entry)} ${owner} ${String(entry.size).padStart(SIZE_COLUMNS)} ${formatLocalTime(entry.modifiedNs)} ${displayBytes(path)}${target}`;
}

/** `-rwsr-xr-x`. */
export function modeText(entry: Pick<Entry, "kind" | "mode">): string {
  const { mode } = entry;
  const triple = (shift: number, special: boolean, letter: string): string => {
    const bits = (mode >> shift) & 7;
    const execute = (bits & 1) !== 0;
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? "x" : "-";
    return `${(bits & 4) !== 0 ? "r" : "-"}${(bits & 2) !== 0 ? "w" : "-"}${last}`;
  };
  return (
    TYPE_LETTERS.charAt(entry.kind) +
    triple(6, (mode & 0o4000) !== 0, "s") +
    triple(3, (mode & 0o2000) !== 0, "s") +
    triple(0, (mode & 0o1000) !== 0, "t")
  );
}
