import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { collect } from "../handlers/sent-content.ts";
import { Crc64, crc64 } from "./crc64.ts";
import { decodeStructured, encodeStructured, structuredLength } from "./structured-body.ts";

async function encode(parts: readonly Uint8Array[]): Promise<Uint8Array> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield* parts;
  }
  return collect(encodeStructured(pieces(), length), structuredLength(length));
}

test("crc64() gives the check value of its polynomial", () => {
  assert.equal(crc64(Buffer.from("123456789")).readBigUInt64LE(), 0xae8b14860a799888n);
  assert.equal(crc64(new Uint8Array()).readBigUInt64LE(), 0n);
});

test("Crc64 does not care how the bytes arrive", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (parts) => {
      const pieces = new Crc64();
      for (const part of parts) pieces.append(part);
      assert.deepEqual(pieces.digest(), crc64(Buffer.concat(parts)));
    }),
  );
});

test("decodeStructured() gives back what encodeStructured() framed, in one segment and in several", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 5 }), async (parts) => {
      assert.deepEqual(Buffer.from(decodeStructured(await encode(parts))), Buffer.concat(parts));
    }),
  );
  const large = Buffer.alloc(9 * 1024 * 1024, 7);
  assert.deepEqual(Buffer.from(decodeStructured(await encode([large.subarray(0, 5_000_000), large.subarray(5_000_000)]))), large);
});

test("decodeStructured() notices any byte that changed, and any that is missing", async () => {
  const good = await encode([Buffer.from("some content"), Buffer.from("and more")]);
  for (let at = 0; at < good.length; at += 1) {
    const bad = Uint8Array.from(good, (byte, index) => (index === at ? byte ^ 1 : byte));
    assert.throws(() => decodeStructured(bad), { name: "StorageError" }, `byte ${at}`);
    assert.throws(() => decodeStructured(good.subarray(0, at)), { name: "StorageError" }, `length ${at}`);
  }
});
