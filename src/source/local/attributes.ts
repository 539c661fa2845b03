import type { ByteString } from "../../shared/bytes.ts";
import { ERRNO } from "./errno.ts";
import { listAttributeNames, readAttribute, type NodeHandle } from "./libc-attributes.ts";
import { lastErrno } from "./native.ts";

/** One extended attribute with its value. */
export interface Attribute {
  readonly name: ByteString;
  readonly value: Uint8Array;
}

const NONE: readonly Attribute[] = Object.freeze([]);

/**
 * All attributes of a node, of every namespace the user may see; or the error number. A file system without attributes has none.
 * One that vanishes while they are read is left out.
 */
export function readAttributes(node: NodeHandle): readonly Attribute[] | number {
  const names = listAttributeNames(node);
  if (names === undefined) {
    const errno = lastErrno();
    return errno === ERRNO.ENOTSUP ? NONE : errno;
  }
  if (names.length === 0) return NONE;
  const attributes: Attribute[] = [];
  for (const name of names) {
    const value = readAttribute(node, name);
    if (value !== undefined) {
      attributes.push({ name, value });
      continue;
    }
    const errno = lastErrno();
    if (errno !== ERRNO.ENODATA && errno !== ERRNO.ENOTSUP) return errno;
  }
  return attributes;
}
