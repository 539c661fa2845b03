import type { BlobInfo } from "../storage/blob/blob-store.ts";
import { FINGERPRINT_BYTES, heapOf } from "./fingerprint.ts";
import { MD5_BYTES } from "../shared/md5.ts";
import type { Partitions } from "./partitions.ts";

/** fingerprint of the GUID 16 | flags 1 | size 8 | MD5 16 | length of the name 2 | name. */
const FLAGS_AT = FINGERPRINT_BYTES;
const SIZE_AT = FLAGS_AT + 1;
const MD5_AT = SIZE_AT + 8;
const NAME_LENGTH_AT = MD5_AT + MD5_BYTES;
const NAME_AT = NAME_LENGTH_AT + 2;

const PLACEHOLDER = 1;
const HAS_MD5 = 2;

/** A blob of a listing, read back. */
export interface ListedBlob {
  readonly placeholder: boolean;
  readonly size: number;
  readonly md5: Uint8Array | undefined;
  /** Empty when names were not kept. */
  readonly name: string;
}

/** Puts a blob into its heap; with its name only when that will be asked for. */
export function placeBlob(
  heaps: Partitions,
  print: Uint8Array,
  blob: BlobInfo & { readonly placeholder: boolean; readonly keepName: boolean },
): void {
  const name = blob.keepName ? blob.name : "";
  const { bytes, at } = heaps.place(heapOf(print), NAME_AT + name.length);
  bytes.set(print, at);
  bytes[at + FLAGS_AT] = (blob.placeholder ? PLACEHOLDER : 0) | (blob.md5 === undefined ? 0 : HAS_MD5);
  bytes.writeDoubleLE(blob.size, at + SIZE_AT);
  if (blob.md5 !== undefined) bytes.set(blob.md5.subarray(0, MD5_BYTES), at + MD5_AT);
  bytes.writeUInt16LE(name.length, at + NAME_LENGTH_AT);
  bytes.write(name, at + NAME_AT, "latin1");
}

/** Length of the record at `at`. */
export function blobRecordBytes(bytes: Buffer, at: number): number {
  return NAME_AT + bytes.readUInt16LE(at + NAME_LENGTH_AT);
}

/** Reads the record at `at` back. */
export function readBlob(bytes: Buffer, at: number): ListedBlob {
  const flags = bytes[at + FLAGS_AT] ?? 0;
  return {
    placeholder: (flags & PLACEHOLDER) !== 0,
    size: bytes.readDoubleLE(at + SIZE_AT),
    md5: (flags & HAS_MD5) === 0 ? undefined : new Uint8Array(bytes.subarray(at + MD5_AT, at + NAME_LENGTH_AT)),
    name: bytes.toString("latin1", at + NAME_AT, at + blobRecordBytes(bytes, at)),
  };
}
