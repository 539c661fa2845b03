import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { patternBytes } from "../../../test/support/object-store-suite.ts";
import { bodyOf, collect } from "./body.ts";

test("bodyOf() streams the parts in order, as views of their memory and in small pieces", async () => {
  const parts = [patternBytes(700_000, 1), new Uint8Array(0), patternBytes(3, 2)];
  const memories = new Set<ArrayBufferLike>(parts.map((part) => part.buffer));
  const pieces: Uint8Array[] = [];
  let heard = 0;
  for await (const piece of bodyOf(parts, () => (heard += 1)) as AsyncIterable<Uint8Array>) pieces.push(piece);
  assert.ok(Buffer.concat(pieces).equals(Buffer.concat(parts)));
  assert.ok(pieces.every((piece) => memories.has(piece.buffer) && piece.length <= 256 * 1024));
  assert.equal(heard, pieces.length);
});

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

test("collect() joins exactly the length promised, and nothing shorter or longer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 6 }), fc.integer({ min: -3, max: 3 }), async (pieces, off) => {
      const whole = Buffer.concat(pieces);
      const length = Math.max(0, whole.length + off);
      const got = await collect(streamOf(pieces), { length, onPiece: () => undefined });
      if (length === whole.length) assert.ok(got !== undefined && whole.equals(got));
      else assert.equal(got, undefined);
    }),
  );
});
