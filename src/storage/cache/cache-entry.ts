import { crc32 } from "node:zlib";

const MAGIC = 0x56_43_48_31;

/** Magic, CRC-32 of key and payload, payload length; then the payload. */
export const ENTRY_HEADER_BYTES = 16;

/** The parts of a cache entry. The checksum is against damage; against forgery objects carry seals of their own. */
export function sealEntry(key: string, payload: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const header = new Uint8Array(ENTRY_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, crc32(payload, crc32(key)));
  view.setBigUint64(8, BigInt(payload.length));
  return [header, payload];
}

/** The payload of an entry, a view; undefined when it is damaged or of another key. */
export function openEntry(key: string, entry: Uint8Array): Uint8Array | undefined {
  if (entry.length < ENTRY_HEADER_BYTES) return undefined;
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const payload = entry.subarray(ENTRY_HEADER_BYTES);
  const whole = view.getUint32(0) === MAGIC && view.getBigUint64(8) === BigInt(payload.length);
  return whole && view.getUint32(4) === crc32(payload, crc32(key)) ? payload : undefined;
}
