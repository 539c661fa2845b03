import assert from "node:assert/strict";
import { test } from "node:test";
import { mediansOf } from "./medians.ts";

test("mediansOf() takes the middle of each figure, and nothing where it was never measured", () => {
  const round = (seconds: number, cpuSeconds: number, requests: number) => {
    const blind = { seconds, cpuSeconds: undefined, peakBytes: undefined, requests };
    return { name: "one", save: { ...blind, cpuSeconds, peakBytes: seconds * 10 }, restore: blind };
  };
  assert.deepEqual(mediansOf([round(9, 1, 4), round(1, 3, 5), round(2, 2, 6)]), {
    name: "one",
    save: { seconds: 2, cpuSeconds: 2, peakBytes: 20, requests: 5 },
    restore: { seconds: 2, cpuSeconds: undefined, peakBytes: undefined, requests: 5 },
  });
});
