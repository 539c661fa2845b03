import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { assert } from "../shared/assert.ts";
import { corrupt } from "../format/corrupt.ts";
import { FRAME_BYTES } from "../format/sealed-object.ts";
import { compressionParameters, ZstdEngine } from "./zstd-engine.ts";
import { contentSizeOf } from "./zstd-frame.ts";

/** What zstd can make of the largest frame at worst. With this much room it writes straight into the output, without a copy. */
const COMPRESSED_BYTES_MAX: number = FRAME_BYTES + (FRAME_BYTES >> 8) + 64;
/** Compression must save a 64th, else the frame is kept raw and costs nothing to read. */
const GAIN_SHIFT = 6;

/** Compresses and decompresses frames. One a thread: contexts and output memory are kept and reused. */
export class FrameCodec {
  /** Set for good when this Node does not have what the engines need. */
  #publicOnly: boolean;
  readonly #compressors = new Map<number, ZstdEngine>();
  #decompressor: ZstdEngine | undefined;
  #output: Uint8Array | undefined;

  /** `publicOnly` takes Node's public functions even where the faster way works; for tests. */
  constructor(options: { readonly publicOnly?: boolean } = {}) {
    this.#publicOnly = options.publicOnly ?? false;
  }

  /**
   * Compresses a frame; undefined when that does not help, or at level 0. The result is memory of this codec and changes with
   * the next call. Incompressible frames pass at 1 to 2.5 GB/s, so no test goes before (measured).
   */
  compress(raw: Uint8Array, level: number): Uint8Array | undefined {
    assert(raw.length <= FRAME_BYTES && level >= 0 && level <= 19, "a frame and its level are in their limits");
    if (level === 0 || raw.length === 0) return undefined;
    const compressed = this.#compress(raw, level);
    return compressed.length < raw.length - (raw.length >>> GAIN_SHIFT) ? compressed : undefined;
  }

  /**
   * Decompresses a frame to exactly `rawLength` bytes, into `into` when it is given and has room, else into fresh memory.
   * Never produces more, whatever the bytes say.
   *
   * @throws AppError E_CORRUPT
   */
  decompress(compressed: Uint8Array, rawLength: number, into?: Uint8Array): Uint8Array {
    if (rawLength > FRAME_BYTES || contentSizeOf(compressed) !== rawLength) throw badFrame();
    const output = into !== undefined && into.length >= rawLength ? into.subarray(0, rawLength) : new Uint8Array(rawLength);
    const engine = this.#openDecompressor();
    if (engine === undefined) {
      output.set(decompressPublic(compressed, rawLength));
    } else if (engine.run(compressed, output) !== rawLength) {
      this.#decompressor = undefined;
      throw badFrame();
    }
    return output;
  }

  #compress(raw: Uint8Array, level: number): Uint8Array {
    const engine = this.#openCompressor(level);
    if (engine !== undefined) {
      this.#output ??= new Uint8Array(COMPRESSED_BYTES_MAX);
      const length = engine.run(raw, this.#output);
      if (length >= 0) return this.#output.subarray(0, length);
      this.#compressors.delete(level);
    }
    const compressed = zstdCompressSync(raw, {
      params: compressionParameters(level),
      chunkSize: raw.length + (raw.length >> 8) + 64,
      pledgedSrcSize: raw.length,
    });
    return new Uint8Array(compressed.buffer, compressed.byteOffset, compressed.length);
  }

  #openDecompressor(): ZstdEngine | undefined {
    if (this.#publicOnly) return undefined;
    this.#decompressor ??= ZstdEngine.decompressor();
    this.#publicOnly = this.#decompressor === undefined;
    return this.#decompressor;
  }

  #openCompressor(level: number): ZstdEngine | undefined {
    if (this.#publicOnly) return undefined;
    const engine = this.#compressors.get(level) ?? ZstdEngine.compressor(level);
    this.#publicOnly = engine === undefined;
    if (engine !== undefined) this.#compressors.set(level, engine);
    return engine;
  }
}

const threadCodec = new FrameCodec();

/** `FrameCodec.compress` with the codec of this thread: the result changes with the next call. */
export function compressFrame(raw: Uint8Array, level: number): Uint8Array | undefined {
  return threadCodec.compress(raw, level);
}

/** `FrameCodec.decompress` with the codec of this thread. @throws AppError E_CORRUPT */
export function decompressFrame(compressed: Uint8Array, rawLength: number, into?: Uint8Array): Uint8Array {
  return threadCodec.decompress(compressed, rawLength, into);
}

function decompressPublic(compressed: Uint8Array, rawLength: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = zstdDecompressSync(compressed, { chunkSize: Math.max(rawLength, 64), maxOutputLength: Math.max(rawLength, 1) });
  } catch {
    throw badFrame();
  }
  if (raw.length !== rawLength) throw badFrame();
  return raw;
}

function badFrame(): Error {
  return corrupt("compressed frame", "it does not decompress to its length");
}
