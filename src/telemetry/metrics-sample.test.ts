import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { plainSample, STEADY_FIGURES, steadyMoment, steadyReading } from "../../test/support/metrics-moments.ts";
import { FIGURE_NAMES, mergeSamples, sampleBetween } from "./metrics-sample.ts";

test("sampleBetween() gives rates over the time between, percentages of all cores, and levels as they are", () => {
  const sample = sampleBetween(steadyMoment(2), steadyMoment(4.5), 5000);
  assert.deepEqual(sample, { seconds: 4.5, interval_seconds: 2.5, phase: "work", ...STEADY_FIGURES, bytes_done: 315, files_done: 360 });
  assert.deepEqual(Object.keys(sample).slice(3), FIGURE_NAMES, "every figure is measured");
});

test("sampleBetween() leaves out what the system does not tell", () => {
  const before = steadyMoment(1);
  const machine = { ...steadyReading(2), cpu: undefined, memory: undefined, disk: undefined, network: undefined };
  const sample = sampleBetween(before, { ...steadyMoment(2), machine }, 5000);
  const gone = Object.keys(STEADY_FIGURES).filter((name) => /^(?:cpu_system|memory|disk|network|loopback)/.test(name));
  assert.equal(gone.length, 10);
  for (const name of gone) assert.ok(!(name in sample), name);
  assert.equal(sample.cpu_process_percent, 25);
});

test("sampleBetween() shows counters that started over as standing still, and no share of a clock that did not move", () => {
  const sample = sampleBetween(steadyMoment(9), { ...steadyMoment(1), atMs: steadyMoment(10).atMs }, 5000);
  assert.equal(sample.disk_read_bytes_per_second, 0);
  assert.equal(sample.network_sent_bytes_per_second, 0);
  assert.equal(sample.cpu_process_percent, 0);
  assert.equal(sample.cpu_system_percent, undefined);
});

test("sampleBetween() never shows more than the whole processor", () => {
  const machine = { ...steadyReading(1), process: { ...steadyReading(1).process, cpuSeconds: 100 } };
  assert.equal(sampleBetween(steadyMoment(0), { ...steadyMoment(1), machine }, 5000).cpu_process_percent, 100);
});

test("mergeSamples() takes the mean over time, the larger or the newer, whichever the figure asks for", () => {
  const first = plainSample(1, { bytes_per_second: 10, rss_bytes: 9, event_loop_delay_max_ms: 40, bytes_done: 10, phase: "one" });
  const second = plainSample(4, { interval_seconds: 3, bytes_per_second: 50, rss_bytes: 7, event_loop_delay_max_ms: 2, bytes_done: 160 });
  assert.deepEqual(mergeSamples(first, second), {
    seconds: 4,
    interval_seconds: 4,
    phase: "work",
    rss_bytes: 9,
    event_loop_delay_max_ms: 40,
    bytes_per_second: 40,
    bytes_done: 160,
  });
});

test("mergeSamples() keeps a figure that only one of them has", () => {
  assert.equal(mergeSamples(plainSample(1, { rss_bytes: 5 }), plainSample(2)).rss_bytes, 5);
  assert.equal(mergeSamples(plainSample(1), plainSample(2, { rss_bytes: 5 })).rss_bytes, 5);
});

test("mergeSamples() keeps the amount behind a rate", () => {
  const samples = fc.array(fc.record({ rate: fc.nat(1e6), interval: fc.integer({ min: 1, max: 100 }) }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(samples, (parts) => {
      const merged = parts
        .map(({ rate, interval }) => plainSample(0, { interval_seconds: interval, files_per_second: rate }))
        .reduce(mergeSamples);
      const amount = parts.reduce((sum, { rate, interval }) => sum + rate * interval, 0);
      // Each merge rounds to three digits behind the point.
      const tolerance = merged.interval_seconds * 0.001 * parts.length;
      assert.ok(Math.abs((merged.files_per_second ?? 0) * merged.interval_seconds - amount) <= tolerance);
    }),
  );
});
