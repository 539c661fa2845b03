import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkedBody } from "./chunked-body.ts";

function chunk(content: Buffer, extension = ""): Buffer {
  return Buffer.concat([Buffer.from(`${content.length.toString(16)}${extension}\r\n`), content, Buffer.from("\r\n")]);
}

const END = Buffer.from("0\r\n\r\n");

test("ChunkedBody puts any chunks together, however the bytes are cut on the way", () => {
  const contents = fc.array(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(contents, fc.array(fc.nat(2000), { maxLength: 8 }), (chunks, cuts) => {
      const wire = Buffer.concat([...chunks.map((one) => chunk(one)), END]);
      const body = new ChunkedBody();
      const places = [...new Set([0, ...cuts.map((cut) => cut % wire.length), wire.length])].toSorted((a, b) => a - b);
      for (const [index, from] of places.slice(0, -1).entries()) {
        const to = places[index + 1] ?? wire.length;
        // A copy that is overwritten afterwards: the memory of a connection is used again.
        const piece = Buffer.from(wire.subarray(from, to));
        assert.equal(body.push(piece), to === wire.length);
        piece.fill(0xee);
      }
      assert.deepEqual(body.bytes(), Buffer.concat(chunks));
    }),
  );
});

test("ChunkedBody passes over extensions and trailers", () => {
  const body = new ChunkedBody();
  assert.equal(body.push(chunk(Buffer.from("ab"), ';name="value"')), false);
  assert.equal(body.push(Buffer.from("0 \r\nChecksum: 1\r\n\r\n")), true);
  assert.equal(body.bytes().toString(), "ab");
});

for (const [what, wire] of [
  ["no length", "\r\n"],
  ["a length in words", "ten\r\n"],
  ["a length beyond all bounds", "fffffffff\r\n"],
  ["a chunk that is longer than it says", "1\r\nab\r\n"],
  ["lines that end in a line feed alone", "1\na\n0\n\n"],
  ["an endless line", `1;${"x".repeat(20_000)}`],
  ["something behind it", "0\r\n\r\nHTTP/1.1 200 OK"],
] as const) {
  test(`ChunkedBody refuses ${what}`, () => {
    assert.throws(() => new ChunkedBody().push(Buffer.from(wire)), RangeError);
  });
}

test("ChunkedBody refuses a body that is too long to be one of those that come in chunks", () => {
  const body = new ChunkedBody();
  const piece = chunk(Buffer.alloc(16 * 2 ** 20));
  for (let count = 0; count < 8; count += 1) assert.equal(body.push(piece), false);
  assert.throws(() => body.push(piece), RangeError);
});
