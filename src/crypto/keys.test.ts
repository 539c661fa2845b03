import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { toHex } from "../shared/bytes.ts";
import { deriveKeys, hkdf } from "./keys.ts";

const rootKey = new Uint8Array(32).fill(1);
const repositoryId = new Uint8Array(16).fill(2);

test("deriveKeys() gives six different keys of 32 bytes", () => {
  const keys = Object.values(deriveKeys(rootKey, repositoryId)) as Uint8Array[];
  assert.equal(new Set(keys.map(toHex)).size, 6);
  assert.ok(keys.every((key) => key.length === 32));
});

test("deriveKeys() gives other keys for another root key and for another repository", () => {
  const keys = deriveKeys(rootKey, repositoryId);
  assert.notDeepEqual(deriveKeys(new Uint8Array(32).fill(9), repositoryId).idKey, keys.idKey);
  assert.notDeepEqual(deriveKeys(rootKey, new Uint8Array(16).fill(9)).idKey, keys.idKey);
});

test("deriveKeys() gives plain bytes that can be posted to a thread", () => {
  const keys = deriveKeys(rootKey, repositoryId);
  assert.deepEqual(structuredClone(keys), keys);
});

test("hkdf() is HKDF-SHA-256 as RFC 5869 defines it", () => {
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer => createHmac("sha256", key).update(Buffer.concat(parts)).digest();
  const info = Buffer.from("varve v1 id");
  assert.deepEqual(Buffer.from(deriveKeys(rootKey, repositoryId).idKey), hmac(hmac(repositoryId, rootKey), info, Uint8Array.of(1)));
  // Test case 1 of the RFC, first 32 bytes.
  const okm = hkdf(
    new Uint8Array(22).fill(0x0b),
    Buffer.from("000102030405060708090a0b0c", "hex"),
    Buffer.from("f0f1f2f3f4f5f6f7f8f9", "hex"),
  );
  assert.equal(toHex(okm), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
});
