import { createHash } from "node:crypto";
import { assert } from "../shared/assert.ts";
import { AppError } from "../shared/errors.ts";
import { KEY_BYTES } from "./keys.ts";

/** Crockford's alphabet: no letter that is read as another. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKSUM_BYTES = 3;
const GROUP_CHARACTERS = 4;
/** 35 bytes are 56 characters of five bits, without a rest. */
const TEXT_CHARACTERS = ((KEY_BYTES + CHECKSUM_BYTES) * 8) / 5;

/** A recovery key as text to print: 14 groups of four characters; the last five characters guard against typing errors. */
export function formatRecoveryKey(key: Uint8Array): string {
  assert(key.length === KEY_BYTES, "a recovery key has 32 bytes");
  const text = toBase32(Buffer.concat([key, checksum(key)]));
  return (text.match(new RegExp(`.{${GROUP_CHARACTERS}}`, "g")) ?? []).join("-");
}

/**
 * Reads a recovery key. Case, spaces and dashes do not matter; O is taken for 0, I and L for 1.
 *
 * @throws AppError E_PASSWORD when it was not typed as printed
 */
export function parseRecoveryKey(text: string): Uint8Array {
  const characters = text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  const bytes = characters.length === TEXT_CHARACTERS ? fromBase32(characters) : undefined;
  if (bytes === undefined) throw mistyped(`it has ${TEXT_CHARACTERS} letters and digits in groups of four`);
  const key = bytes.slice(0, KEY_BYTES);
  if (!checksum(key).equals(bytes.subarray(KEY_BYTES)))
    throw mistyped("its check characters do not fit: one or more characters differ from what was printed");
  return key;
}

/** True when `text` could be meant as a recovery key rather than a passphrase. */
export function looksLikeRecoveryKey(text: string): boolean {
  return /^[0-9A-Z]+$/.test(text.toUpperCase().replaceAll(/[\s-]/g, "")) && text.replaceAll(/[\s-]/g, "").length === TEXT_CHARACTERS;
}

function mistyped(why: string): AppError {
  return new AppError({
    code: "E_PASSWORD",
    what: "this is not a recovery key",
    why,
    hint: "type it exactly as it was shown when the repository was made",
  });
}

function checksum(key: Uint8Array): Buffer {
  return createHash("sha256").update("varve v1 recovery").update(key).digest().subarray(0, CHECKSUM_BYTES);
}

function toBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >>> (bits - 5)) & 31];
    held &= 0xff;
  }
  return text;
}

function fromBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array((text.length * 5) >> 3);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >>> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}
