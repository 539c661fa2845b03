import { crc32 } from "node:zlib";
import type { FileState } from "./file-state.ts";
import { FINGERPRINT_BYTES } from "./fingerprint.ts";
import { MD5_BYTES } from "../shared/md5.ts";

/** What a file was when its content was last read, and the MD5 of that content. */
export interface KnownFile extends FileState {
  readonly md5: Uint8Array;
}

const SIZE_AT = FINGERPRINT_BYTES;
const MODIFIED_AT = SIZE_AT + 8;
const CHANGED_AT = MODIFIED_AT + 8;
const MD5_AT = CHANGED_AT + 8;
const CHECK_AT = MD5_AT + MD5_BYTES;
/** fingerprint of the GUID 16 | size 8 | modified 8 | changed 8 | MD5 16 | CRC-32 of all before 4; little endian. */
export const JOURNAL_RECORD_BYTES: number = CHECK_AT + 4;

/** Writes a record at `at`. */
export function writeRecord(bytes: Buffer, at: number, record: { readonly print: Uint8Array; readonly known: KnownFile }): void {
  const { print, known } = record;
  bytes.set(print, at);
  bytes.writeBigUInt64LE(BigInt(known.size), at + SIZE_AT);
  bytes.writeBigInt64LE(known.modifiedNs, at + MODIFIED_AT);
  bytes.writeBigInt64LE(known.changedNs, at + CHANGED_AT);
  bytes.set(known.md5, at + MD5_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(at, at + CHECK_AT)), at + CHECK_AT);
}

/** True when the record at `at` is as it was written. */
export function isWhole(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at + CHECK_AT) === crc32(bytes.subarray(at, at + CHECK_AT));
}

/** The file of a record; which GUID it belongs to is its first bytes. */
export function readRecord(bytes: Buffer, at: number): KnownFile {
  return {
    size: Number(bytes.readBigUInt64LE(at + SIZE_AT)),
    modifiedNs: bytes.readBigInt64LE(at + MODIFIED_AT),
    changedNs: bytes.readBigInt64LE(at + CHANGED_AT),
    md5: new Uint8Array(bytes.subarray(at + MD5_AT, at + CHECK_AT)),
  };
}
