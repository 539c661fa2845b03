import assert from "node:assert/strict";
import { test } from "node:test";
import { timeLabel, timeStep } from "./time-axis.ts";

test("timeStep() gives at most twelve labels at times that people find natural", () => {
  const expected = [
    [0.3, 0.1],
    [3, 0.5],
    [12, 1],
    [61, 10],
    [600, 60],
    [3600, 300],
    [11_600, 1800],
    [86_400, 7200],
    [12 * 86_400, 86_400],
    [100 * 86_400, 9 * 86_400],
  ] as const;
  for (const [seconds, step] of expected) {
    assert.equal(timeStep(seconds), step, String(seconds));
    assert.ok(seconds / step <= 12);
  }
});

test("timeLabel() has minutes, hours or days as they are needed, and tenths on a short axis", () => {
  const label = (seconds: number, step = 60): string => timeLabel(seconds, step);
  assert.deepEqual([label(0), label(59), label(61), label(3600), label(3725)], ["0:00", "0:59", "1:01", "1:00:00", "1:02:05"]);
  assert.deepEqual([label(86_400), label(90_000 + 1800)], ["1d 00:00", "1d 01:30"]);
  assert.deepEqual([label(0.5, 0.5), label(2, 0.5), label(2.9999999)], ["0.5 s", "2.0 s", "0:03"]);
});
