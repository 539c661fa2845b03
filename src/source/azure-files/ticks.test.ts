import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { nsOfTicks, stampOfTicks, ticksOfNs, ticksOfStamp } from "./ticks.ts";

const YEAR_9999_TICKS = 2_650_467_743_999_999_999n;

test("ticksOfStamp() keeps all seven digits", () => {
  assert.equal(ticksOfStamp("1601-01-01T00:00:00.0000000Z"), 0n);
  assert.equal(ticksOfStamp("1970-01-01T00:00:00Z"), 116_444_736_000_000_000n);
  assert.equal(ticksOfStamp("1970-01-01T00:00:00.0000001Z"), 116_444_736_000_000_001n);
  assert.equal(ticksOfStamp("2024-05-01T10:20:30.12Z"), 133_590_324_301_200_000n);
});

test("ticksOfStamp() refuses what is no time of the service", () => {
  for (const text of ["", "now", "2024-05-01", "2024-05-01T10:20:30.12345678Z", "Wed, 01 May 2024 10:20:30 GMT"])
    assert.equal(ticksOfStamp(text), undefined, text);
});

test("stampOfTicks() writes what ticksOfStamp() reads", () => {
  fc.assert(fc.property(fc.bigInt(0n, YEAR_9999_TICKS), (ticks) => ticksOfStamp(stampOfTicks(ticks)) === ticks));
  assert.equal(stampOfTicks(1n), "1601-01-01T00:00:00.0000001Z");
});

test("nsOfTicks() and ticksOfNs() lose nothing between 1677 and 2262, and nsOfTicks() stays in 64 bits beyond", () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n) / 100n + 1n, 2n ** 63n / 100n - 1n), (hundreds) => {
      const ticks = ticksOfNs(hundreds * 100n);
      return nsOfTicks(ticks) === hundreds * 100n;
    }),
  );
  assert.equal(nsOfTicks(0n), -(2n ** 63n));
  assert.equal(nsOfTicks(YEAR_9999_TICKS), 2n ** 63n - 1n);
  assert.equal(ticksOfNs(-1n), 116_444_735_999_999_999n);
});
