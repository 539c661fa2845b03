/** Tags of POSIX ACL entries as the kernel stores them. */
export const ACL_TAG: Readonly<Record<"owner" | "user" | "owningGroup" | "group" | "mask" | "other", number>> = {
  owner: 0x01,
  user: 0x02,
  owningGroup: 0x04,
  group: 0x08,
  mask: 0x10,
  other: 0x20,
};

const VERSION = 2;
const NO_ID = 0xffff_ffff;

/** The value of `system.posix_acl_access` or `system.posix_acl_default`; entries ascend by tag and id. */
export function encodeAcl(entries: readonly { readonly tag: number; readonly permissions: number; readonly id?: number }[]): Uint8Array {
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(VERSION, 0);
  for (const [index, { tag, permissions, id }] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + index * 8);
    bytes.writeUInt16LE(permissions, 6 + index * 8);
    bytes.writeUInt32LE(id ?? NO_ID, 8 + index * 8);
  }
  return bytes;
}

/** The value of `security.capability` that permits one capability by its number (below 32), effective. */
export function encodeCapability(capability: number): Uint8Array {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(0x0200_0001, 0);
  bytes.writeUInt32LE(2 ** capability, 4);
  return bytes;
}
