import { invalidHeader } from "./errors.ts";

/** Bits of NTFS file attributes by the names that the service's headers use. */
const BITS = {
  ReadOnly: 0x1,
  Hidden: 0x2,
  System: 0x4,
  Directory: 0x10,
  Archive: 0x20,
  Temporary: 0x100,
  Offline: 0x1000,
  NotContentIndexed: 0x2000,
  NoScrubData: 0x2_0000,
} as const;

/** Attributes as one number. */
export const READ_ONLY: number = BITS.ReadOnly;
export const DIRECTORY: number = BITS.Directory;
export const ARCHIVE: number = BITS.Archive;

/** Attributes as a header or a listing shows them: `ReadOnly | Archive`, or `None`. */
export function formatAttributes(bits: number): string {
  let text = "";
  for (const [name, bit] of PAIRS) if ((bits & bit) !== 0) text += text === "" ? name : ` | ${name}`;
  return text === "" ? "None" : text;
}

const PAIRS = Object.entries(BITS);

/** The bits of a header; names in any case, separated by `|`. Throws InvalidHeaderValue. */
export function parseAttributes(text: string): number {
  let bits = 0;
  for (const part of text.split("|").map((name) => name.trim().toLowerCase())) {
    if (part === "none") continue;
    const known = Object.entries(BITS).find(([name]) => name.toLowerCase() === part);
    if (known === undefined) throw invalidHeader("x-ms-file-attributes", text);
    bits |= known[1];
  }
  return bits;
}
