import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSample } from "../../test/support/metrics-moments.ts";
import { SampleList } from "./sample-list.ts";

const ends = (list: SampleList): number[] => list.all.map(({ seconds }) => seconds);

test("a full SampleList joins neighbours and doubles the interval", () => {
  const list = new SampleList(1000, 4);
  for (let second = 1; second <= 3; second += 1) list.add(plainSample(second, { files_per_second: second }));
  assert.deepEqual([ends(list), list.intervalMs], [[1, 2, 3], 1000]);
  list.add(plainSample(4, { files_per_second: 4 }));
  assert.deepEqual([ends(list), list.intervalMs], [[2, 4], 2000]);
  assert.deepEqual(
    list.all.map((sample) => sample.files_per_second),
    [1.5, 3.5],
  );
});

test("a SampleList of odd length keeps its last sample as it is", () => {
  const list = new SampleList(1000, 5);
  for (let second = 1; second <= 5; second += 1) list.add(plainSample(second));
  assert.deepEqual(ends(list), [2, 4, 5]);
});

test("a SampleList never holds more than its bound and loses no time, however long the run", () => {
  const list = new SampleList(1000, 50);
  let seconds = 0;
  for (let count = 0; count < 3000; count += 1) {
    const interval = list.intervalMs / 1000;
    seconds += interval;
    list.add(plainSample(seconds, { interval_seconds: interval }));
    assert.ok(list.all.length < 50);
  }
  assert.ok(list.all.length >= 25, "half of the bound is always used");
  assert.equal(
    list.all.reduce((sum, sample) => sum + sample.interval_seconds, 0),
    seconds,
  );
});

test("a sample of a short time is joined to the one before, unless it is the first", () => {
  const list = new SampleList(1000);
  list.add(plainSample(0.2, { interval_seconds: 0.2 }));
  list.add(plainSample(1.2));
  list.add(plainSample(1.6, { interval_seconds: 0.4 }));
  assert.deepEqual(
    list.all.map(({ seconds, interval_seconds }) => [seconds, interval_seconds]),
    [
      [0.2, 0.2],
      [1.6, 1.4],
    ],
  );
});

test("changes tells what is new, what was joined, and everything after thinning", () => {
  const list = new SampleList(1000, 4);
  list.add(plainSample(1));
  list.add(plainSample(2));
  assert.equal(list.changes.from, 0);
  list.settle();
  assert.deepEqual(list.changes, { from: 2, samples: [] });
  list.add(plainSample(2.1, { interval_seconds: 0.1 }));
  assert.deepEqual([list.changes.from, list.changes.samples.length], [1, 1], "the joined one again");
  list.settle();
  list.add(plainSample(3));
  list.settle();
  list.unsettle(2);
  assert.equal(list.changes.from, 2, "what failed is told again");
  list.add(plainSample(4));
  assert.deepEqual([list.changes.from, list.changes.samples.length], [0, 2]);
});
