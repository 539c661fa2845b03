/** What a zstd frame starts with (RFC 8878, 3.1.1). */
const MAGIC = 0xfd2fb528;

const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const BLOCK_TYPE_RLE = 1;

/**
 * The content size that a zstd frame says in its header (RFC 8878, 3.1.1.1); zstd itself makes sure it is true. Undefined without
 * one, and for bytes that are not exactly one frame from its first to its last block: such a frame may give all of its content, and
 * whoever decompresses it still waits for its end when the next one comes.
 */
export function contentSizeOf(frame: Uint8Array): number | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 6 || view.getUint32(0, true) !== MAGIC) return undefined;
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor >> 5) & 1;
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (1 - singleSegment) + dictionaryIdBytes;
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 ? singleSegment : 1 << sizeCode;
  if (sizeBytes === 0 || at + sizeBytes > frame.length) return undefined;
  const checksumBytes = (descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES;
  if (endOfBlocks(view, at + sizeBytes) + checksumBytes !== frame.length) return undefined;
  if (sizeCode === 0) return view.getUint8(at);
  if (sizeCode === 1) return view.getUint16(at, true) + 256;
  return sizeCode === 2 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/** Where the last block ends (RFC 8878, 3.1.1.2); beyond the frame when it does not have one. */
function endOfBlocks(view: DataView, start: number): number {
  for (let at = start; ;) {
    if (at + BLOCK_HEADER_BYTES > view.byteLength) return Number.POSITIVE_INFINITY;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const [isLast, type, size] = [(header & 1) === 1, (header >> 1) & 3, header >> 3];
    // A block that repeats one byte says how often, and has that byte alone.
    at += BLOCK_HEADER_BYTES + (type === BLOCK_TYPE_RLE ? 1 : size);
    if (isLast) return at;
  }
}
