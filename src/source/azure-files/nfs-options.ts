import type { NfsFileMode, PosixRolePermissions } from "@azure/storage-file-share";
import type { TargetEntry } from "../target.ts";
import { smbOptions } from "./smb-options.ts";

/** Properties of a node of an NFS share as the SDK takes them. */
export interface NfsOptions {
  readonly creationTime?: Date;
  readonly lastWriteTime: Date;
  readonly posixProperties: { readonly owner: string; readonly group: string; readonly fileMode: NfsFileMode };
}

/** Owner, group, mode and times of an entry. The service keeps the time of the last change itself. */
export function nfsOptions(entry: TargetEntry): NfsOptions {
  const { creationTime, lastWriteTime } = smbOptions(entry);
  return {
    ...(creationTime && { creationTime }),
    lastWriteTime,
    posixProperties: { owner: String(entry.uid), group: String(entry.gid), fileMode: fileMode(entry.mode) },
  };
}

function fileMode(mode: number): NfsFileMode {
  return {
    owner: role(mode >> 6),
    group: role(mode >> 3),
    other: role(mode),
    effectiveUserIdentity: (mode & 0o4000) !== 0,
    effectiveGroupIdentity: (mode & 0o2000) !== 0,
    stickyBit: (mode & 0o1000) !== 0,
  };
}

function role(bits: number): PosixRolePermissions {
  return { read: (bits & 4) !== 0, write: (bits & 2) !== 0, execute: (bits & 1) !== 0 };
}
