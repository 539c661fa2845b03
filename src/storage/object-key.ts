import { assert } from "../shared/assert.ts";

/** Longest key, in characters. */
export const KEY_LENGTH_MAX = 200;

const KEY = /^[a-z0-9._-]+(?:\/[a-z0-9._-]+)*$/;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/** True when `text` is a key by the grammar of the storage contract. */
export function isObjectKey(text: string): boolean {
  return text.length <= KEY_LENGTH_MAX && KEY.test(text) && !DOT_SEGMENT.test(text);
}

/** Keys are made by our own code from checked ids, so a bad one is a defect and not an input error. */
export function assertObjectKey(key: string): void {
  assert(isObjectKey(key), `not an object key: ${JSON.stringify(key)}`);
}

/** A listing prefix is empty or a key followed by `/`. */
export function assertListPrefix(prefix: string): void {
  assert(prefix === "" || (prefix.endsWith("/") && isObjectKey(prefix.slice(0, -1))), `not a listing prefix: ${JSON.stringify(prefix)}`);
}
