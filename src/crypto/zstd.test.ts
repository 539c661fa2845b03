import assert from "node:assert/strict";
import { test } from "node:test";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import * as fc from "fast-check";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { must } from "../shared/assert.ts";
import { seededRandom } from "../shared/random.ts";
import { FRAME_BYTES } from "../format/sealed-object.ts";
import { FrameCodec } from "./zstd.ts";
import { ZstdEngine } from "./zstd-engine.ts";

/** Text with repetitions, compressible but not trivial. */
function text(length: number): Uint8Array {
  const random = seededRandom(length);
  const words = Array.from({ length: 200 }, () => Buffer.from(random.bytes(6)).toString("base64"));
  const out = Array.from({ length: Math.ceil(length / 9) }, () => words[Math.floor(random.fraction() * words.length)]).join(" ");
  return new Uint8Array(Buffer.from(out)).subarray(0, length);
}

for (const publicOnly of [false, true]) {
  const way = publicOnly ? "through Node's public functions" : "with a kept context";

  test(`FrameCodec gives back every frame ${way}`, () => {
    const codec = new FrameCodec({ publicOnly });
    for (const level of [1, 2, 3, 9]) {
      for (const length of [FRAME_BYTES, 2000, 5000, 70_000, FRAME_BYTES - 1]) {
        const raw = text(length);
        const compressed = must(codec.compress(raw, level), "text compresses").slice();
        assert.ok(compressed.length < length);
        assert.deepEqual(codec.decompress(compressed, length), raw);
        assert.deepEqual(new Uint8Array(zstdDecompressSync(compressed)), raw);
      }
    }
  });

  test(`FrameCodec.compress() gives undefined for what does not compress ${way}`, () => {
    const codec = new FrameCodec({ publicOnly });
    assert.equal(codec.compress(seededRandom(1).bytes(FRAME_BYTES), 2), undefined);
    assert.equal(codec.compress(new Uint8Array(0), 2), undefined);
    assert.equal(codec.compress(Uint8Array.of(1), 2), undefined);
    assert.equal(codec.compress(text(1000), 0), undefined);
  });

  test(`FrameCodec.decompress() fills the caller's memory when it has room ${way}`, () => {
    const codec = new FrameCodec({ publicOnly });
    const raw = text(5000);
    const compressed = must(codec.compress(raw, 2), "text compresses").slice();
    const roomy = new Uint8Array(6000);
    const result = codec.decompress(compressed, 5000, roomy);
    assert.equal(result.buffer, roomy.buffer);
    assert.deepEqual(result, raw);
    assert.deepEqual(roomy.subarray(5000), new Uint8Array(1000));
    assert.notEqual(codec.decompress(compressed, 5000, new Uint8Array(4999)).buffer, roomy.buffer);
  });

  test(`FrameCodec.decompress() refuses another length, added bytes and a second frame ${way}`, () => {
    const codec = new FrameCodec({ publicOnly });
    const compressed = must(codec.compress(text(5000), 2), "text compresses").slice();
    for (const length of [0, 4999, 5001, FRAME_BYTES + 1]) refuses(() => codec.decompress(compressed, length), /length/);
    refuses(() => codec.decompress(Buffer.concat([compressed, compressed]), 5000), /./);
    refuses(() => codec.decompress(compressed.subarray(0, 20), 5000), /./);
  });

  test(`FrameCodec works on after a bad frame, and bad frames never throw anything but E_CORRUPT ${way}`, () => {
    const codec = new FrameCodec({ publicOnly });
    const raw = text(3000);
    const compressed = must(codec.compress(raw, 2), "text compresses").slice();
    // Every bit of the headers: such a frame may give all of its content and not have come to its end.
    for (let bit = 0; bit < 20 * 8; bit += 1) {
      const damaged = compressed.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      decodesOrRefuses(() => codec.decompress(damaged, raw.length));
      assert.deepEqual(codec.decompress(compressed, raw.length), raw, `after bit ${bit}`);
    }
    fc.assert(
      fc.property(anyDamage, (how) => {
        const decoded = decodesOrRefuses(() => codec.decompress(damage(compressed, how), raw.length));
        if (decoded !== undefined) assert.equal(decoded.length, raw.length);
        assert.deepEqual(codec.decompress(compressed, raw.length), raw);
      }),
      { numRuns: 300 },
    );
  });
}

test("FrameCodec.decompress() refuses a bomb before it decompresses anything", () => {
  const bomb = zstdCompressSync(new Uint8Array(50 << 20));
  refuses(() => new FrameCodec().decompress(bomb, FRAME_BYTES), /length/);
});

test("FrameCodec.compress() gives the same bytes both ways, so that equal frames stay equal", () => {
  const raw = text(FRAME_BYTES);
  for (const level of [1, 2, 3]) {
    const kept = must(new FrameCodec().compress(raw, level), "text compresses").slice();
    assert.deepEqual(kept, new Uint8Array(must(new FrameCodec({ publicOnly: true }).compress(raw, level), "text compresses")));
  }
});

test("ZstdEngine is what this Node gives, so that the fast way is the one that is measured", () => {
  assert.ok(ZstdEngine.compressor(2)?.usable);
  assert.ok(ZstdEngine.decompressor()?.usable);
});
