import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { refuses } from "../../test/support/damage.ts";
import { ByteReader, ByteWriter } from "./little-endian.ts";

test("ByteReader reads what ByteWriter wrote", () => {
  const any = fc.record({
    u8: fc.nat(0xff),
    u16: fc.nat(0xffff),
    u32: fc.nat(0xffff_ffff),
    u53: fc.maxSafeNat(),
    i64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    text: fc.string({ unit: "grapheme" }),
    u32s: fc.array(fc.nat(0xffff_ffff)),
  });
  fc.assert(
    fc.property(any, (values) => {
      const writer = new ByteWriter().u8(values.u8).u16(values.u16).u32(values.u32).u53(values.u53).i64(values.i64);
      const bytes = writer.text(values.text).u32s(values.u32s).bytes(Uint8Array.of(9)).finish();
      const reader = new ByteReader(bytes, "test");
      assert.equal(reader.u8(), values.u8);
      assert.equal(reader.u16(), values.u16);
      assert.equal(reader.u32(), values.u32);
      assert.equal(reader.u53(), values.u53);
      assert.equal(reader.i64(), values.i64);
      assert.equal(reader.text(), values.text);
      assert.deepEqual([...reader.u32s(values.u32s.length)], values.u32s);
      assert.deepEqual([...reader.bytes(1)], [9]);
      assert.equal(reader.offset, bytes.length);
      reader.end();
    }),
  );
});

test("ByteWriter writes the lowest byte first", () => {
  assert.deepEqual([...new ByteWriter().u16(0x0102).u32(0x01020304).u53(5).finish()], [2, 1, 4, 3, 2, 1, 5, 0, 0, 0, 0, 0, 0, 0]);
});

test("ByteWriter cuts a text that is too long, between two characters", () => {
  const reader = new ByteReader(new ByteWriter().text("é".repeat(40_000)).finish(), "test");
  const text = reader.text();
  reader.end();
  assert.equal(text, "é".repeat(32_767));
});

test("ByteReader throws E_CORRUPT when a read leaves the bytes", () => {
  refuses(() => new ByteReader(new Uint8Array(3), "test").u32(), /ends too early/);
  refuses(() => new ByteReader(new Uint8Array(7), "test").i64(), /ends too early/);
  refuses(() => new ByteReader(Uint8Array.of(5, 0, 65), "test").text(), /ends too early/);
});

test("ByteReader throws E_CORRUPT for bytes left over, numbers too large and texts that are not UTF-8", () => {
  refuses(() => new ByteReader(new Uint8Array(1), "test").end(), /behind its end/);
  refuses(() => new ByteReader(new Uint8Array(8).fill(255), "test").u53(), /too large/);
  refuses(() => new ByteReader(Uint8Array.of(1, 0, 0xff), "test").text(), /not UTF-8/);
});
