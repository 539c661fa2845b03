import assert from "node:assert/strict";
import { test } from "node:test";
import { type FakeStep, fakeResult } from "./fake-result.ts";
import { judgeGoals } from "./goals.ts";
import { STEP } from "./share-result.ts";

const MIB = 2 ** 20;

test("judgeGoals() calls reached what is just reached", () => {
  const goals = judgeGoals(fakeResult());
  assert.equal(goals.length, 7);
  for (const { goal, measured, holds } of goals) assert.ok(holds, `${goal}: ${measured}`);
});

const CASES: readonly (readonly [string, Readonly<Record<string, FakeStep>>, RegExp])[] = [
  ["one list call too many", { [STEP.noChange]: { operations: { ListDirectoriesAndFiles: 111 } } }, /^no change: at most 1\.1 list calls/],
  [
    "a request for each directory",
    { [STEP.noChange]: { operations: { ListDirectoriesAndFiles: 100, GetDirectoryProperties: 100 } }, [STEP.syncNoChange]: many(9999) },
    /^no change: nothing per file/,
  ],
  ["one request too many for the small files", { [STEP.backup]: many(1201) }, /^first backup: at most 1\.2/],
  ["an AzCopy that asks less", { [STEP.syncNoChange]: many(1199) }, /^no change: at least 10 times/],
  [
    "one byte too many",
    { "change of the large file": { operations: {}, bytesOut: 50 * MIB } },
    /^10 GiB file with 10 MiB changed: less than 50 MiB/,
  ],
  [
    "400 MiB in the second scan",
    { "large scan again": { operations: {}, peakMib: 400 }, "small scan": { operations: {}, peakMib: 300 } },
    /^scan: below 400 MiB/,
  ],
  ["memory that grows", { "large scan": { operations: {}, peakMib: 301 } }, /^scan: flat/],
];

function many(requests: number): FakeStep {
  return { operations: { GetFileProperties: requests } };
}

for (const [what, changes, missed] of CASES) {
  test(`judgeGoals() sees ${what}`, () => {
    const open = judgeGoals(fakeResult(changes)).filter(({ holds }) => !holds);
    assert.equal(open.length, 1, JSON.stringify(open));
    assert.match(open[0]?.goal ?? "", missed);
  });
}

test("judgeGoals() says nothing of flat memory when there is one scan only", () => {
  const result = fakeResult();
  const goals = judgeGoals({ ...result, synthetic: result.synthetic.slice(0, 1) });
  assert.deepEqual(
    goals.filter(({ goal }) => goal.startsWith("scan")).map(({ measured }) => measured),
    ["200 MiB"],
  );
});
