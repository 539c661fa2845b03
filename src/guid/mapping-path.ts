import { byteStringOf, type ByteString } from "../shared/bytes.ts";

/** U+DC80 to U+DCFF alone: how Python writes the bytes 0x80 to 0xFF of a name that is not UTF-8 (PEP 383). */
const ESCAPED_BYTE_FIRST = 0xdc80;
const ESCAPED_BYTE_LAST = 0xdcff;

/**
 * The bytes of a path in a mapping. Half surrogate pairs are the bytes that Python means by them; any other half pair stands for
 * nothing, and the path has no bytes: undefined.
 */
export function pathBytes(path: string): ByteString | undefined {
  if (path.isWellFormed()) return byteStringOf(path);
  let bytes = "";
  for (const char of path) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= ESCAPED_BYTE_FIRST && code <= ESCAPED_BYTE_LAST) bytes += String.fromCharCode(code - 0xdc00);
    else if (code >= 0xd800 && code <= 0xdfff) return undefined;
    else bytes += byteStringOf(char);
  }
  return bytes as ByteString;
}

/** A path as Node's file calls take it: text where the bytes are UTF-8. */
export function systemPath(path: string): string | Buffer | undefined {
  if (path.isWellFormed()) return path;
  const bytes = pathBytes(path);
  return bytes === undefined ? undefined : Buffer.from(bytes, "latin1");
}
