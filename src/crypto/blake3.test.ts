import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { toHex } from "../shared/bytes.ts";
import { blake3Engine, createBlake3 } from "./blake3.ts";

const KEY = new Uint8Array(Buffer.from("whats the Elvish word for friend"));
// TypeScript declares WebAssembly for browsers only.
const { WebAssembly: wasm } = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer } };
};

/** The official test vectors' input: 0, 1, ... 250, again and again. */
const input = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const VECTORS: readonly (readonly [length: number, plain: string, keyed: string])[] = [
  [
    0,
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26",
  ],
  [
    1,
    "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
    "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b",
  ],
];

for (const engine of ["native", "wasm"] as const) {
  test(`createBlake3() computes the official test vectors with the ${engine} engine`, async () => {
    const plain = await createBlake3(undefined, engine);
    const keyed = await createBlake3(KEY, engine);
    for (const [length, plainDigest, keyedDigest] of VECTORS) {
      plain.reset();
      plain.update(input(length));
      keyed.reset();
      keyed.update(input(length));
      assert.equal(toHex(plain.digest()), plainDigest);
      assert.equal(toHex(keyed.digest()), keyedDigest);
    }
  });
}

test("createBlake3() gives the same digest with both engines, in however many updates", async () => {
  const native = await createBlake3(KEY, "native");
  const wasm = await createBlake3(KEY, "wasm");
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 4 }), (parts) => {
      for (const hasher of [native, wasm]) hasher.reset();
      for (const part of parts) native.update(part);
      wasm.update(new Uint8Array(Buffer.concat(parts)));
      assert.deepEqual(native.digest(), wasm.digest());
    }),
  );
});

test("createBlake3() takes views of shared memory and of WASM memory", async () => {
  const hasher = await createBlake3(KEY);
  const bytes = input(5000);
  const digests = [new ArrayBuffer(6000), new SharedArrayBuffer(6000), new wasm.Memory({ initial: 1 }).buffer].map((memory) => {
    const view = new Uint8Array(memory, 3, bytes.length);
    view.set(bytes);
    hasher.reset();
    hasher.update(view);
    return toHex(hasher.digest());
  });
  assert.equal(new Set(digests).size, 1);
});

test("blake3Engine() is native on the platforms that we test on", () => {
  assert.equal(blake3Engine(), "native");
});
