import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSample } from "../../../test/support/metrics-moments.ts";
import { phasesOf } from "./phases.ts";

test("phasesOf() joins samples of the same phase and leaves no gap between phases", () => {
  const phases = ["plan", "plan", "work", "plan"].map((phase, at) => plainSample(at + 1, { phase }));
  assert.deepEqual(phasesOf(phases), [
    { name: "plan", from: 0, to: 2 },
    { name: "work", from: 2, to: 3 },
    { name: "plan", from: 3, to: 4 },
  ]);
});

test("phasesOf() begins where the first sample that is left begins", () => {
  assert.deepEqual(phasesOf([plainSample(10, { interval_seconds: 2 })]), [{ name: "work", from: 8, to: 10 }]);
  assert.deepEqual(phasesOf([]), []);
});
