import type { ByteString } from "../shared/bytes.ts";

/** True for a name that a directory can hold on any system we know: not empty, not `.` or `..`, no `/`, no NUL. */
export function isEntryName(name: ByteString): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.includes("/") && !name.includes("\0");
}
