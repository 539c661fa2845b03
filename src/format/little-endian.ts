import { corrupt } from "./corrupt.ts";

const hostIsLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Lengths of texts are stored in two bytes. */
const TEXT_BYTES_MAX = 0xffff;

/**
 * Reads little-endian fields of a bounded byte array. Every read that leaves the bytes throws E_CORRUPT; `end` makes sure that
 * nothing is left over, so that one value has one encoding.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    // Never a Buffer: what is handed out are plain views, whose slice() copies.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get offset(): number {
    return this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** An unsigned 64-bit number that is a safe integer. */
  u53(): number {
    const value = this.#view.getUint32(this.#take(8), true) + this.#view.getUint32(this.#at - 4, true) * 2 ** 32;
    if (value > Number.MAX_SAFE_INTEGER) throw this.damage("a number is too large");
    return value;
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** The next `count` unsigned 32-bit numbers: a view where memory allows, else a copy. */
  u32s(count: number): Uint32Array {
    const bytes = this.bytes(count * 4);
    if (hostIsLittleEndian && bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Uint32Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
  }

  /** A text of at most 65,535 bytes in UTF-8, its length before it. */
  text(): string {
    const bytes = this.bytes(this.u16());
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.damage("a text is not UTF-8");
    }
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw this.damage("there are bytes behind its end");
  }

  /** The error for something wrong with what was just read. */
  damage(why: string): Error {
    return corrupt(this.#what, `${why}, at offset ${this.#at}`, { offset: this.#at });
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw this.damage("it ends too early");
    this.#at = at + length;
    return at;
  }
}

/** Collects little-endian fields; the counterpart of `ByteReader`. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.bytes(Uint8Array.of(value & 0xff, value >>> 8));
  }

  u32(value: number): this {
    return this.u32s([value]);
  }

  i64(value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, value, true);
    return this.bytes(bytes);
  }

  u53(value: number): this {
    return this.i64(BigInt(value));
  }

  /** Kept by reference until `finish`. */
  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  u32s(values: ArrayLike<number>): this {
    const bytes = new Uint8Array(values.length * 4);
    if (hostIsLittleEndian) {
      new Uint32Array(bytes.buffer).set(values);
    } else {
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < values.length; i += 1) view.setUint32(i * 4, values[i] ?? 0, true);
    }
    return this.bytes(bytes);
  }

  /** Cut at a character so that it fits into 65,535 bytes. */
  text(text: string): this {
    const bytes = cutUtf8(Buffer.from(text, "utf8"), TEXT_BYTES_MAX);
    return this.u16(bytes.length).bytes(bytes);
  }

  finish(): Uint8Array {
    let length = 0;
    for (const part of this.#parts) length += part.length;
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function cutUtf8(bytes: Uint8Array, bytesMax: number): Uint8Array {
  let end = Math.min(bytes.length, bytesMax);
  while (end < bytes.length && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
