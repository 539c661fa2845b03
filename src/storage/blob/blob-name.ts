import { assert } from "../../shared/assert.ts";

/** Longest name of a blob, characters: what Azure takes. */
export const BLOB_NAME_CHARS_MAX = 1024;

const NAME = /^[A-Za-z0-9._~{}()=+@ -]+(?:\/[A-Za-z0-9._~{}()=+@ -]+)*\/?$/;
/** Clients fold `.` and `..` away, and the service drops dots at the end of a segment. */
const DOT_SEGMENT = /(?:^|\/)\.+(?:\/|$)|\.(?:\/|$)/;

/**
 * True for a name that means the same blob to every client: printable ASCII without what URLs, shells of other systems or the
 * service treat in a way of their own; `/` between segments, and one at the end is a part of the name.
 */
export function isBlobName(text: string): boolean {
  return text.length <= BLOB_NAME_CHARS_MAX && NAME.test(text) && !DOT_SEGMENT.test(text);
}

/** Callers check what they read from outside, so a bad name here is a defect. */
export function assertBlobName(name: string): void {
  assert(isBlobName(name), `not a blob name: ${JSON.stringify(name)}`);
}
