import { byteStringOf, type ByteString, fromByteString } from "../../shared/bytes.ts";

/** A path below the root of a source as a path of the share. */
export function sharePath(root: string, ...parts: readonly ByteString[]): string {
  const below = parts.filter((part) => part !== "").map((part) => fromByteString(part).toString("utf8"));
  return [root, ...below].filter((part) => part !== "").join("/");
}

/** The last name of a path of the share. */
export function lastName(path: string): ByteString {
  return byteStringOf(path.slice(path.lastIndexOf("/") + 1));
}
