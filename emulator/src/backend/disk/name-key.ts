import type { ShareProtocol } from "../share-record.ts";

/** What two names of one directory must not share. SMB compares without case, one code unit at a time, as NTFS does; NFS compares as it is. */
export function nameKey(name: string, protocol: ShareProtocol): string {
  if (protocol === "NFS") return name;
  const upper = name.toUpperCase();
  return upper.length === name.length ? upper : Array.from(name, upperUnit).join("");
}

/** Letters that become two, such as the sharp s, stay as they are. */
function upperUnit(unit: string): string {
  const upper = unit.toUpperCase();
  return upper.length === unit.length ? upper : unit;
}
