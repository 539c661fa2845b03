import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cutBody, cutLength } from "./cut-body.ts";

async function* pieces(sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let value = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => (value = (value + 1) % 251));
}

async function joined(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("cutBody() gives exactly the first bytes, however they arrive", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 20 }), { maxLength: 8 }), fc.nat({ max: 120 }), async (sizes, lengthMax) => {
      const whole = await joined(pieces(sizes));
      assert.deepEqual(await joined(cutBody(pieces(sizes), lengthMax)), whole.subarray(0, lengthMax));
    }),
  );
});

test("cutLength() always loses something, unless there is nothing", () => {
  const last = (2 ** 32 - 1) / 2 ** 32;
  for (const length of [1, 2, 4096, 2 ** 32, 4 * 2 ** 40]) assert.ok(cutLength(length, last) < length, String(length));
  assert.equal(cutLength(0, 0.9), 0);
  assert.equal(cutLength(1, 0.999), 0);
  assert.equal(cutLength(1000, 0.5), 500);
  assert.equal(cutLength(1000, 0.999999), 999);
});
