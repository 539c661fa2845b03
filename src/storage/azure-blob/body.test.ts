import assert from "node:assert/strict";
import { test } from "node:test";
import { patternBytes } from "../../../test/support/object-store-suite.ts";
import { bodyOf } from "./body.ts";

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
