import { Readable } from "node:stream";

/** Pieces a body is handed over in. Small enough that a slow line shows progress, large enough to cost nothing. */
export const PIECE_BYTES: number = 256 * 1024;

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
