import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../shared/bytes.ts";
import { seededRandom } from "../shared/random.ts";
import { SUITE } from "../format/sealed-object.ts";
import { Aead, type MessageBinding } from "./aead.ts";

const key = new Uint8Array(32).fill(1);
const binding = { nonce: new Uint8Array(12), additionalData: Uint8Array.of(1, 2, 3) };

function seal(aead: Aead, plain: Uint8Array): Uint8Array {
  return aead.seal(plain, new Uint8Array(plain.length + 16), binding);
}

function open(aead: Aead, sealed: Uint8Array, message: MessageBinding): Uint8Array | undefined {
  return aead.open(sealed, new Uint8Array(sealed.length), message);
}

for (const [name, suite] of Object.entries(SUITE)) {
  test(`Aead.open() gives back what seal() sealed with ${name}, also across pieces`, () => {
    const aead = new Aead(key, suite);
    for (const length of [0, 1, 65_535, 65_536, 200_000]) {
      const plain = seededRandom(length).bytes(length);
      const sealed = seal(aead, plain);
      assert.equal(sealed.length, length + 16);
      assert.deepEqual(new Uint8Array(open(aead, sealed, binding) ?? []), plain);
    }
  });

  test(`Aead.open() gives undefined for another key, nonce, additional data and any changed or missing byte with ${name}`, () => {
    const aead = new Aead(key, suite);
    const sealed = seal(aead, Uint8Array.of(1, 2, 3, 4)).slice();
    assert.equal(open(new Aead(new Uint8Array(32).fill(2), suite), sealed, binding), undefined);
    assert.equal(open(aead, sealed, { ...binding, nonce: new Uint8Array(12).fill(1) }), undefined);
    assert.equal(open(aead, sealed, { ...binding, additionalData: Uint8Array.of(1, 2) }), undefined);
    for (let at = 0; at < sealed.length; at += 1) assert.equal(open(aead, sealed.with(at, (sealed[at] ?? 0) ^ 1), binding), undefined);
    for (let length = 0; length < sealed.length; length += 1) assert.equal(open(aead, sealed.subarray(0, length), binding), undefined);
  });
}

test("Aead.seal() writes into the caller's memory and no further", () => {
  const memory = new Uint8Array(100).fill(7);
  const sealed = new Aead(key, SUITE.aes256Gcm).seal(new Uint8Array(10), memory, binding);
  assert.equal(sealed.buffer, memory.buffer);
  assert.deepEqual(memory.subarray(26), new Uint8Array(74).fill(7));
});

test("Aead is AES-256-GCM as published (test case 14 of the specification)", () => {
  const aead = new Aead(new Uint8Array(32), SUITE.aes256Gcm);
  const sealed = aead.seal(new Uint8Array(16), new Uint8Array(32), { nonce: new Uint8Array(12), additionalData: new Uint8Array(0) });
  assert.equal(toHex(sealed), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
});
