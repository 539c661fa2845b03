import { createHmac, timingSafeEqual } from "node:crypto";

/** The base64 signature of a text with the account's key. */
export function signatureOf(text: string, key: Uint8Array): string {
  return createHmac("sha256", key).update(text, "utf8").digest("base64");
}

/** True when `signature` is that of one of the texts; takes the same time wherever they differ. */
export function signsOneOf(signature: string, texts: readonly string[], key: Uint8Array): boolean {
  const given = Buffer.from(signature, "base64");
  return texts.some((text) => {
    const right = createHmac("sha256", key).update(text, "utf8").digest();
    return given.length === right.length && timingSafeEqual(given, right);
  });
}
