import { Crc64, crc64 } from "./crc64.ts";
import { StorageError } from "./errors.ts";

/** The value of `x-ms-structured-body` for bodies that carry a CRC-64 of each segment and of the whole. */
export const STRUCTURED_BODY = "XSM/1.0; properties=crc64";

/** Content of one segment. */
const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;

const VERSION = 1;
const HAS_CRC64 = 1;
const HEADER_BYTES = 13;
const SEGMENT_HEADER_BYTES = 10;
const CRC_BYTES = 8;

/** Most bytes that the framing of content of one request adds. */
export const STRUCTURED_OVERHEAD_BYTES_MAX: number = 64 * 1024;

/** The length of content as a structured body. */
export function structuredLength(length: number): number {
  return HEADER_BYTES + length + segmentCount(length) * (SEGMENT_HEADER_BYTES + CRC_BYTES) + CRC_BYTES;
}

function segmentCount(length: number): number {
  return Math.ceil(length / SEGMENT_BYTES_MAX);
}

/** Content of this length as a structured body. */
export async function* encodeStructured(pieces: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeBigUInt64LE(BigInt(structuredLength(length)), 1);
  header.writeUInt16LE(HAS_CRC64, 9);
  header.writeUInt16LE(segmentCount(length), 11);
  yield header;
  const whole = new Crc64();
  let [done, left, number, crc] = [0, 0, 0, new Crc64()];
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      if (left === 0) {
        left = Math.min(SEGMENT_BYTES_MAX, length - done);
        number += 1;
        crc = new Crc64();
        yield segmentHeader(number, left);
      }
      const part = piece.subarray(at, at + left);
      crc.append(part);
      whole.append(part);
      yield part;
      at += part.length;
      done += part.length;
      left -= part.length;
      if (left === 0) yield crc.digest();
    }
  }
  yield whole.digest();
}

function segmentHeader(number: number, length: number): Uint8Array {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.writeUInt16LE(number, 0);
  header.writeBigUInt64LE(BigInt(length), 2);
  return header;
}

/** The content of a structured body. Throws InvalidInput for what is none, Crc64Mismatch when it was changed on its way. */
export function decodeStructured(body: Uint8Array): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const count = readHeader(bytes);
  const parts: Buffer[] = [];
  let at = HEADER_BYTES;
  for (let number = 1; number <= count; number += 1) {
    const part = readSegment(bytes, at, number);
    at += SEGMENT_HEADER_BYTES + part.length + CRC_BYTES;
    parts.push(part);
  }
  if (at + CRC_BYTES !== bytes.length) throw new StorageError("InvalidInput");
  const whole = new Crc64();
  for (const part of parts) whole.append(part);
  if (!whole.digest().equals(bytes.subarray(at))) throw new StorageError("Crc64Mismatch");
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** The number of segments. */
function readHeader(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES + CRC_BYTES) throw new StorageError("InvalidInput");
  const isKnown = bytes.readUInt8(0) === VERSION && bytes.readUInt16LE(9) === HAS_CRC64;
  if (!isKnown || bytes.readBigUInt64LE(1) !== BigInt(bytes.length)) throw new StorageError("InvalidInput");
  return bytes.readUInt16LE(11);
}

/** The content of the segment that starts at `at`. */
function readSegment(bytes: Buffer, at: number, number: number): Buffer {
  const start = at + SEGMENT_HEADER_BYTES;
  if (start > bytes.length || bytes.readUInt16LE(at) !== number) throw new StorageError("InvalidInput");
  const end = start + Number(bytes.readBigUInt64LE(at + 2));
  if (end + CRC_BYTES > bytes.length) throw new StorageError("InvalidInput");
  const part = bytes.subarray(start, end);
  if (!crc64(part).equals(bytes.subarray(end, end + CRC_BYTES))) throw new StorageError("Crc64Mismatch");
  return part;
}
