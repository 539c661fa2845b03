import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChunkKernel } from "./chunk-kernel.ts";
import { goldenContent, GOLDEN_KEY } from "./golden.ts";
import type { ChunkerParams } from "./params.ts";
import { DATA_CHUNKER_PARAMS } from "./params.ts";
import { referenceCuts, referenceXorHash } from "./reference.ts";
import { XorHasher } from "./xor-hash.ts";

const CUTS: readonly { readonly length: number; readonly params: ChunkerParams; readonly cuts: readonly number[] }[] = [
  { length: 300, params: { minBytes: 16, targetBytes: 64, maxBytes: 128 }, cuts: [83, 154, 239, 300] },
  {
    length: 65_536,
    params: { minBytes: 2048, targetBytes: 8192, maxBytes: 32_768 },
    cuts: [8731, 19774, 28022, 39396, 55904, 64217, 65536],
  },
];

const LARGE_CUTS = [2657615, 5303730, 7444327, 10154721, 10771866, 14374126, 16615830, 16777216];

const XOR_HASHES: readonly { readonly name: string; readonly content: Uint8Array; readonly hash: bigint }[] = [
  { name: "nothing", content: new Uint8Array(0), hash: 0x48218226ff3cd4bfn },
  { name: "three bytes", content: Buffer.from("abc"), hash: 0x67ba73246729b129n },
  { name: "one zero byte", content: new Uint8Array(1), hash: 0xdce423fc82c0d5b8n },
  { name: "a block of zeros", content: new Uint8Array(4096), hash: 0xd411a6938cfe1510n },
  { name: "one block", content: goldenContent(4096), hash: 0x4c147c69321abccfn },
  { name: "a block and a tail", content: goldenContent(5000), hash: 0xeebc7cca41e19fd1n },
  { name: "256 blocks", content: goldenContent(1 << 20), hash: 0xaf3e6bc701b8eb60n },
  { name: "two blocks of zeros, then data", content: afterZeros(8192, goldenContent(4096)), hash: 0xd0f76216e8b68bf6n },
];

describe("golden vectors", () => {
  for (const { length, params, cuts } of CUTS) {
    it(`referenceCuts() cuts ${length} bytes where it always did`, () => {
      assert.deepEqual(referenceCuts(goldenContent(length), GOLDEN_KEY, params), cuts);
    });
    it(`nextCut() cuts ${length} bytes where it always did`, () => {
      assert.deepEqual(kernelCuts(goldenContent(length), params), cuts);
    });
  }

  it("nextCut() cuts 16 MiB where it always did with the default lengths", () => {
    assert.deepEqual(kernelCuts(goldenContent(16 << 20), DATA_CHUNKER_PARAMS), LARGE_CUTS);
  });

  const hasher = new XorHasher();
  for (const { name, content, hash } of XOR_HASHES) {
    it(`referenceXorHash() and XorHasher give the known value for ${name}`, () => {
      assert.equal(referenceXorHash(content), hash);
      hasher.update(content);
      assert.equal(hasher.digest(), hash);
    });
  }
});

function kernelCuts(content: Uint8Array, params: ChunkerParams): number[] {
  const kernel = ChunkKernel.create(GOLDEN_KEY, params, { windowBytes: Math.max(content.length, 2 * params.maxBytes) });
  kernel.window.set(content);
  const cuts: number[] = [];
  for (let start = 0; start < content.length; start = cuts.at(-1) ?? 0) cuts.push(kernel.nextCut(start, content.length, true));
  return cuts;
}

function afterZeros(zeros: number, content: Uint8Array): Uint8Array {
  const all = new Uint8Array(zeros + content.length);
  all.set(content, zeros);
  return all;
}
