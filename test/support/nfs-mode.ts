import type { NfsFileMode } from "@azure/storage-file-share";

/** The SDK's shape of a mode. */
export function nfsMode(bits: number): NfsFileMode {
  const role = (value: number): NfsFileMode["owner"] => ({ read: (value & 4) !== 0, write: (value & 2) !== 0, execute: (value & 1) !== 0 });
  return {
    owner: role(bits >> 6),
    group: role(bits >> 3),
    other: role(bits),
    effectiveUserIdentity: (bits & 0o4000) !== 0,
    effectiveGroupIdentity: (bits & 0o2000) !== 0,
    stickyBit: (bits & 0o1000) !== 0,
  };
}
