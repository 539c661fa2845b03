/**
 * Extended attributes. A node is named by an open descriptor, or by a place in a directory when it must not or cannot be opened:
 * there is no `*at` form of these calls in supported kernels, so a place goes through `/proc/self/fd`, which leads to the
 * directory itself, and the `l` form does not follow the last component.
 */
import type { ByteString } from "../../shared/bytes.ts";
import { toByteString } from "../../shared/bytes.ts";
import type { Place } from "./libc.ts";
import { allocateNative, bind, cString } from "./native.ts";

/** Largest value and largest list of names that Linux has (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const ATTRIBUTE_BYTES_MAX = 64 * 1024;

const native = {
  flistxattr: bind("flistxattr", "int64_t", ["int", "uintptr_t", "int64_t"]),
  llistxattr: bind("llistxattr", "int64_t", ["uintptr_t", "uintptr_t", "int64_t"]),
  fgetxattr: bind("fgetxattr", "int64_t", ["int", "uintptr_t", "uintptr_t", "int64_t"]),
  lgetxattr: bind("lgetxattr", "int64_t", ["uintptr_t", "uintptr_t", "uintptr_t", "int64_t"]),
  fsetxattr: bind("fsetxattr", "int", ["int", "uintptr_t", "void *", "int64_t", "int"]),
  lsetxattr: bind("lsetxattr", "int", ["uintptr_t", "uintptr_t", "void *", "int64_t", "int"]),
  fremovexattr: bind("fremovexattr", "int", ["int", "uintptr_t"]),
  lremovexattr: bind("lremovexattr", "int", ["uintptr_t", "uintptr_t"]),
} as const;

const buffer = allocateNative(ATTRIBUTE_BYTES_MAX);
const NO_BYTES = new Uint8Array(0);

/** A node: an open descriptor or a place. */
export type NodeHandle = number | Place;

function pathOf(place: Place): number {
  const path = place.name === "" ? `/proc/self/fd/${place.directoryFd}` : `/proc/self/fd/${place.directoryFd}/${place.name}`;
  return cString(path as ByteString);
}

/** Names of all attributes the user may see; undefined on failure. */
export function listAttributeNames(node: NodeHandle): readonly ByteString[] | undefined {
  const length =
    typeof node === "number"
      ? native.flistxattr(node, buffer.address, ATTRIBUTE_BYTES_MAX)
      : native.llistxattr(pathOf(node), buffer.address, ATTRIBUTE_BYTES_MAX);
  if (length < 0) return undefined;
  if (length === 0) return [];
  return toByteString(buffer.bytes.subarray(0, length - 1)).split("\0") as ByteString[];
}

/** A copy of one value; undefined on failure. */
export function readAttribute(node: NodeHandle, name: ByteString): Uint8Array | undefined {
  const nameAddress = cString(name, 1);
  const length =
    typeof node === "number"
      ? native.fgetxattr(node, nameAddress, buffer.address, ATTRIBUTE_BYTES_MAX)
      : native.lgetxattr(pathOf(node), nameAddress, buffer.address, ATTRIBUTE_BYTES_MAX);
  if (length < 0) return undefined;
  return length === 0 ? NO_BYTES : new Uint8Array(buffer.bytes.subarray(0, length));
}

/** Sets one attribute, new or not. */
export function writeAttribute(node: NodeHandle, name: ByteString, value: Uint8Array): number {
  const nameAddress = cString(name, 1);
  return typeof node === "number"
    ? native.fsetxattr(node, nameAddress, value, value.length, 0)
    : native.lsetxattr(pathOf(node), nameAddress, value, value.length, 0);
}

export function removeAttribute(node: NodeHandle, name: ByteString): number {
  const nameAddress = cString(name, 1);
  return typeof node === "number" ? native.fremovexattr(node, nameAddress) : native.lremovexattr(pathOf(node), nameAddress);
}
