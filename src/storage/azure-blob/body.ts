import { Readable } from "node:stream";

/** Pieces the body is handed over in. Small enough that a slow line shows progress, large enough to cost nothing. */
const PIECE_BYTES = 256 * 1024;

/** The parts as a request body, as views and not as copies. `onPiece` hears each piece the connection has taken. */
export function bodyOf(parts: readonly Uint8Array[], onPiece: () => void): Readable {
  return Readable.from(pieces(parts, onPiece), { objectMode: true, highWaterMark: 1 });
}

function* pieces(parts: readonly Uint8Array[], onPiece: () => void): Generator<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      onPiece();
      yield part.subarray(at, at + PIECE_BYTES);
    }
  }
}

/** How a response is collected. */
export interface Collecting {
  /** Bytes there must be. */
  readonly length: number;
  /** Taken for the result when it has room. */
  readonly into?: Uint8Array | undefined;
  readonly onPiece: () => void;
}

/**
 * Collects a response into one array of exactly `length` bytes. Undefined when the stream ended early: the connection broke, the
 * object is not to blame.
 */
export async function collect(stream: AsyncIterable<Uint8Array>, how: Collecting): Promise<Uint8Array | undefined> {
  const { length, into, onPiece } = how;
  const bytes = into !== undefined && into.length >= length ? into.subarray(0, length) : Buffer.allocUnsafeSlow(length);
  let at = 0;
  for await (const piece of stream) {
    onPiece();
    if (at + piece.length > length) return undefined;
    bytes.set(piece, at);
    at += piece.length;
  }
  return at === length ? bytes : undefined;
}
