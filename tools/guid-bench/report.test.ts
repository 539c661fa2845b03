import assert from "node:assert/strict";
import { test } from "node:test";
import { renderGuidBench } from "./report.ts";

test("renderGuidBench() shows rates, CPU, memory and requests a file of everybody, and what was not measured as a dash", () => {
  const step = (seconds: number, requests: number) => ({ seconds, cpuSeconds: seconds / 2, peakBytes: 100 * 2 ** 20, requests });
  const blind = { seconds: 4, cpuSeconds: undefined, peakBytes: undefined, requests: 20 };
  const text = renderGuidBench({
    machine: "a machine",
    settings: [{ name: "one", settings: "as it comes" }],
    sets: [{ title: "10 files", files: 10, bytes: 20e6, results: [{ name: "one", save: step(2, 0), restore: blind }] }],
    requests: { files: 10, results: [{ name: "one", save: step(1, 11), restore: blind }] },
    memory: [{ entries: 50_000, ...step(1, 0) }],
  });
  assert.match(text, /^a machine\n\n- one: as it comes\n\n10 files\n/);
  assert.ok(text.includes("| one | save | 2.0 | 5 | 10 | 1.0 | 100 |\n| one | restore | 4.0 | 3 | 5 | - | - |"));
  assert.ok(text.includes("| one | 1.10 | 2.00 |"));
  assert.ok(text.includes("| 50,000 | 1.0 | 0.5 | 100 |"));
});
