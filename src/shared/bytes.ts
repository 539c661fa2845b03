declare const byteString: unique symbol;

/**
 * Bytes held in a JavaScript string, one byte a code unit (0-255): file names and link targets, which on Linux are bytes and
 * not text. Comparing two with `<` compares their bytes. Show them to people through `displayBytes`.
 */
export type ByteString = string & { readonly [byteString]: true };

/** Views `bytes` as a `ByteString`. */
export function toByteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as ByteString;
}

/** The bytes of a `ByteString`. */
export function fromByteString(value: ByteString): Buffer<ArrayBuffer> {
  return Buffer.from(value, "latin1");
}

/** The bytes of a JavaScript text in UTF-8, as a `ByteString`. */
export function byteStringOf(text: string): ByteString {
  return toByteString(Buffer.from(text, "utf8"));
}

/**
 * A `ByteString` for a person or for JSON: UTF-8 decoded; bytes that are not UTF-8 and control characters become `\xNN`.
 */
export function displayBytes(value: ByteString): string {
  const bytes = fromByteString(value);
  const text = bytes.toString("utf8");
  // eslint-disable-next-line no-control-regex
  const unsafe = /[\u0000-\u001f\u007f\ufffd]/;
  if (!unsafe.test(text)) return text;
  let out = "";
  for (let at = 0; at < bytes.length;) {
    const length = utf8Length(bytes, at);
    const char = length === 0 ? "" : bytes.toString("utf8", at, at + length);
    if (length === 0 || unsafe.test(char)) {
      out += `\\x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}`;
      at += 1;
    } else {
      out += char;
      at += length;
    }
  }
  return out;
}

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("utf8");
  return text.includes("\ufffd") ? 0 : length;
}

/** Joins a directory path and a name; the root is the empty path. */
export function joinPath(directory: ByteString, name: ByteString): ByteString {
  return (directory === "" ? name : `${directory}/${name}`) as ByteString;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Bytes of lower-case hexadecimal text; the caller has checked the text. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

/** True when both hold the same bytes. Not constant in time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** The total length of all parts, in bytes. */
export function totalLength(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** One array with all parts in order; the part itself when there is only one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const out = new Uint8Array(totalLength(parts));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
