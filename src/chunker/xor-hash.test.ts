import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readFile } from "node:fs/promises";
import * as fc from "fast-check";
import { seededRandom } from "../shared/random.ts";
import { referenceXorHash } from "./reference.ts";
import { finishXorHash, openXorHash, XorHasher, xorHashOfStream } from "./xor-hash.ts";

describe("xorHashOfStream", () => {
  it("xorHashOfStream() gives the value of the whole content however it is cut into pieces", async () => {
    const content = seededRandom(1).bytes(150_000);
    const expected = referenceXorHash(content);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 80_000 }), { maxLength: 8 }), async (sizes) => {
        assert.equal(await xorHashOfStream(pieces(content, sizes)), expected);
      }),
      { numRuns: 20 },
    );
  });

  it("xorHashOfStream() reads a file stream", async () => {
    const path = fileURLToPath(import.meta.url);
    assert.equal(await xorHashOfStream(createReadStream(path, { highWaterMark: 1000 })), referenceXorHash(await readFile(path)));
  });

  it("xorHashOfStream() rejects when the stream fails", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      throw new RangeError("broken");
    }
    await assert.rejects(xorHashOfStream(failing()), RangeError);
  });
});

describe("XorHasher", () => {
  it("digest() begins anew", () => {
    const hasher = new XorHasher();
    for (const length of [70_000, 0, 3]) {
      const content = seededRandom(length).bytes(length);
      hasher.update(content);
      assert.equal(hasher.digest(), referenceXorHash(content));
    }
  });
});

describe("finishXorHash", () => {
  it("finishXorHash() of nothing is the hash of zeros of that length", () => {
    for (const length of [0, 1, 4096, 70_001]) assert.equal(finishXorHash(0n, length), referenceXorHash(new Uint8Array(length)));
  });

  it("finishXorHash() tells lengths above 4 GiB apart", () => {
    assert.notEqual(finishXorHash(1n, 5), finishXorHash(1n, 5 + 2 ** 32));
  });
});

function* pieces(content: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield content.subarray(at, at + size);
    at += size;
  }
  yield content.subarray(at);
}

it("openXorHash() gives back what finishXorHash() was given", () => {
  const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
  fc.assert(
    fc.property(u64, fc.maxSafeNat(), (accumulator, length) => openXorHash(finishXorHash(accumulator, length), length) === accumulator),
  );
});
