import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { byteScale, countScale, scaleLabel, wholeScale } from "./scale.ts";

/** What stands beside the axis. */
const labels = (scale: ReturnType<typeof byteScale>): string => {
  const marks = [0, 1, 2, 3, 4].map((at) => scaleLabel(at * scale.step, scale));
  return `${marks.join(" ")} ${scale.unit}`;
};

test("byteScale() takes the unit that keeps numbers short, and round numbers in it", () => {
  assert.equal(labels(byteScale(0)), "0 1 2 3 4 B");
  assert.equal(labels(byteScale(700)), "0 200 400 600 800 B");
  assert.equal(labels(byteScale(900)), "0 0.25 0.5 0.75 1 KiB");
  assert.equal(labels(byteScale(190 * 1024 ** 2, "/s")), "0 50 100 150 200 MiB/s");
  assert.equal(labels(byteScale(1000 * 1024 ** 2, "/s")), "0 0.25 0.5 0.75 1 GiB/s");
  assert.equal(labels(byteScale(2e18)), "0 500,000 1,000,000 1,500,000 2,000,000 TiB");
});

test("countScale() has thousands apart and goes below one", () => {
  assert.equal(labels(countScale(4800, "files/s")), "0 2,000 4,000 6,000 8,000 files/s");
  assert.equal(labels(countScale(7500, "op/s")), "0 2,000 4,000 6,000 8,000 op/s");
  assert.equal(labels(countScale(0.3, "op/s")), "0 0.1 0.2 0.3 0.4 op/s");
});

test("wholeScale() ends at the whole", () => {
  assert.equal(labels(wholeScale(100, "%")), "0 25 50 75 100 %");
});

test("every value lies on its axis, which is never more than three times too long", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e15, noNaN: true }), (max) => {
      for (const scale of [byteScale(max), countScale(max, "x")]) {
        assert.ok(scale.max >= max * 0.998, `${scale.max}`);
        assert.ok(scale.max <= Math.max(max * 3, scale.unitSize === 1 ? 4 : 0), `${scale.max}`);
        assert.ok(Math.abs(scale.max / scale.step - 4) < 1e-9);
      }
    }),
  );
});
