import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeResult, fakeStep } from "./fake-result.ts";
import { renderShareBench } from "./report.ts";
import { STEP } from "./share-result.ts";

test("renderShareBench() shows requests a file, list calls a directory, kinds, ratios and goals", () => {
  const text = renderShareBench(fakeResult());
  assert.match(text, /^a machine\n\n1,004 files in 100 directories, 5 MB, 4 files larger than 4 MiB\. Changed: 1 file edited\./);
  assert.ok(text.includes("| Varve: first backup | 1,200 | 1.20 | 1.10 | 0.0 | 0.0 | 2.0 | 1.0 | 100 |"));
  assert.ok(
    text.includes("| AzCopy | copy to a folder | sync, no change | sync, 1 % changed | copy into a new share |\n|---|---|---|---|---|"),
  );
  assert.ok(text.includes("| GetFile | 1,004 | 0 | 9 | 0 |"));
  assert.ok(text.includes("| sync, no change / backup, no change | 10.00x | - | 1.00x | 1.00x | 1.00x |"));
  assert.ok(text.includes("| 9,000 + 1,000 | first | 110 | 0 | 2.0 | 5,000 | 1.0 | 300 |"));
  assert.ok(text.includes("| change of the large file | 10 | 52.4 | 2.0 | 1.0 | 100 |"));
  assert.ok(text.includes("| no change: at most 1.1 list calls a directory | 1.100 | yes |"));
});

test("renderShareBench() says which goal is not reached, and shows a dash for what was not measured", () => {
  const result = fakeResult({ [STEP.noChange]: { operations: { ListDirectoriesAndFiles: 120 } } });
  const steps = result.steps.map((step) => (step.name === STEP.copyOut ? { ...step, cpuSeconds: undefined, peakBytes: undefined } : step));
  const text = renderShareBench({ ...result, steps });
  assert.ok(text.includes("| no change: at most 1.1 list calls a directory | 1.200 | **no** |"));
  assert.ok(text.includes("| AzCopy: copy to a folder | 2,400 | 2.39 | 0.00 | 0.0 | 0.0 | 3.0 | - | - |"));
  assert.ok(text.includes("| copy to a folder / first backup | 2.00x | - | - | 1.50x | - |"));
});

test("renderShareBench() says what was not done right", () => {
  assert.doesNotMatch(renderShareBench(fakeResult()), /PROBLEM/);
  assert.match(renderShareBench({ ...fakeResult(), problems: ["folder has 4 files, share data 3"] }), /\nPROBLEM: folder has 4 files/);
});

test("renderShareBench() refuses a result in which a step is missing", () => {
  const steps = [fakeStep("Varve", STEP.backup, { operations: {} })];
  assert.throws(() => renderShareBench({ ...fakeResult(), steps }), /no step copy to a folder was measured/);
});
