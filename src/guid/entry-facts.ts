import { MD5_BYTES } from "../shared/md5.ts";
import { JOURNAL_RECORD_BYTES, readRecord } from "./journal-record.ts";
import type { KnownFile } from "./journal-record.ts";

/** A blob as the container's listing shows it. */
export interface BlobFacts {
  readonly size: number;
  readonly md5: Uint8Array | undefined;
}

/** What is known about one entry of a mapping before it is worked on. */
export interface EntryFacts {
  /** The blob with the file's content. */
  readonly content: BlobFacts | undefined;
  /** True when there is an empty blob `<guid>/`. */
  readonly placeholder: boolean;
  /** The file when it was last read. */
  readonly known: KnownFile | undefined;
}

export const NO_FACTS: EntryFacts = Object.freeze({ content: undefined, placeholder: false, known: undefined });

const CONTENT = 1;
const CONTENT_MD5 = 2;
const PLACEHOLDER = 4;
const KNOWN = 8;

/** number 4 | flags 1 | size 8 | MD5 16 | record of the journal, when there is one. */
const FLAGS_AT = 4;
const SIZE_AT = 5;
const MD5_AT = 13;
const KNOWN_AT = MD5_AT + MD5_BYTES;

/** Facts on their way to the entry they belong to. */
export interface PackedFacts {
  readonly content: BlobFacts | undefined;
  readonly placeholder: boolean;
  /** A whole record of the journal. */
  readonly record: Uint8Array | undefined;
}

/** Bytes that `packFacts` will write. */
export function packedBytes(facts: PackedFacts): number {
  return KNOWN_AT + (facts.record === undefined ? 0 : JOURNAL_RECORD_BYTES);
}

/** Writes facts at `at`. */
export function packFacts(bytes: Buffer, at: number, item: { readonly number: number; readonly facts: PackedFacts }): void {
  const { content, placeholder, record } = item.facts;
  const md5 = content?.md5;
  bytes.writeUInt32LE(item.number, at);
  bytes[at + FLAGS_AT] =
    (content === undefined ? 0 : CONTENT) |
    (md5 === undefined ? 0 : CONTENT_MD5) |
    (placeholder ? PLACEHOLDER : 0) |
    (record === undefined ? 0 : KNOWN);
  bytes.writeDoubleLE(content?.size ?? 0, at + SIZE_AT);
  if (md5 !== undefined) bytes.set(md5, at + MD5_AT);
  if (record !== undefined) bytes.set(record, at + KNOWN_AT);
}

/** Everything packed into `bytes`, by number of the entry. */
export function unpackFacts(bytes: Buffer): ReadonlyMap<number, EntryFacts> {
  const found = new Map<number, EntryFacts>();
  for (let at = 0; at < bytes.length;) {
    const flags = bytes[at + FLAGS_AT] ?? 0;
    const md5 = (flags & CONTENT_MD5) === 0 ? undefined : new Uint8Array(bytes.subarray(at + MD5_AT, at + KNOWN_AT));
    found.set(bytes.readUInt32LE(at), {
      content: (flags & CONTENT) === 0 ? undefined : { size: bytes.readDoubleLE(at + SIZE_AT), md5 },
      placeholder: (flags & PLACEHOLDER) !== 0,
      known: (flags & KNOWN) === 0 ? undefined : readRecord(bytes, at + KNOWN_AT),
    });
    at += KNOWN_AT + ((flags & KNOWN) === 0 ? 0 : JOURNAL_RECORD_BYTES);
  }
  return found;
}
