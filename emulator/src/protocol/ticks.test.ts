import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { steadyClock } from "./clock.ts";
import { addSeconds, etagOf, formatHttpDate, formatTicks, msToTicks, parseTicks, ticksToMs } from "./ticks.ts";

test("formatTicks() writes seven decimals, before and after 1970", () => {
  assert.equal(formatTicks(0n), "1601-01-01T00:00:00.0000000Z");
  assert.equal(formatTicks(116_444_736_000_000_000n), "1970-01-01T00:00:00.0000000Z");
  assert.equal(formatTicks(116_444_735_999_999_999n), "1969-12-31T23:59:59.9999999Z");
});

test("parseTicks() reads what formatTicks() wrote, over all years that headers can hold", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2_650_467_743_999_999_999n }), (ticks) => {
      assert.equal(parseTicks(formatTicks(ticks)), ticks);
    }),
  );
});

test("parseTicks() takes fewer decimals, and nothing that is not a time", () => {
  assert.equal(parseTicks("2024-01-31T23:59:59Z"), parseTicks("2024-01-31T23:59:59.0000000Z"));
  assert.equal(parseTicks("2024-01-31T23:59:59.5Z"), parseTicks("2024-01-31T23:59:59.5000000Z"));
  for (const text of ["", "now", "2024-01-31", "2024-13-31T00:00:00Z", "2024-01-31T23:59:59+01:00"])
    assert.equal(parseTicks(text), undefined, text);
});

test("milliseconds, seconds and HTTP dates agree with the ticks", () => {
  const ticks = msToTicks(1_700_000_000_123.5);
  assert.equal(ticksToMs(ticks), 1_700_000_000_123);
  assert.match(formatTicks(ticks), /^2023-11-14T22:13:20\.1235000Z$/);
  assert.equal(formatHttpDate(ticks), "Tue, 14 Nov 2023 22:13:20 GMT");
  assert.equal(addSeconds(ticks, 1.5) - ticks, 15_000_000n);
});

test("etagOf() differs for every tick", () => {
  assert.match(etagOf(133_444_736_000_000_000n), /^"0x8D[0-9A-F]{13}"$/);
  assert.notEqual(etagOf(1n), etagOf(2n));
});

test("steadyClock() never gives a time twice, nor an earlier one", () => {
  let nowMs = 1000;
  const clock = steadyClock(() => nowMs);
  const [a, b] = [clock(), clock()];
  nowMs = 500;
  const c = clock();
  nowMs = 2000;
  const d = clock();
  assert.ok(a < b && b < c && c < d);
  assert.equal(d, msToTicks(2000));
});
