import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSample, steadyMoment, steadyReading } from "../../test/support/metrics-moments.ts";
import { FigureRanges, summaryOf } from "./metrics-summary.ts";

test("FigureRanges gives the mean over time, and min, max and p95 of the samples", () => {
  const ranges = new FigureRanges();
  const samples = Array.from({ length: 100 }, (_, at) => plainSample(at, { files_per_second: at + 1 }));
  samples.push(plainSample(200, { interval_seconds: 100, files_per_second: 0 }));
  for (const sample of samples) ranges.add(sample);
  assert.deepEqual(ranges.summarize(samples), { files_per_second: { min: 0, mean: 25.25, max: 100, p95: 95 } });
});

test("FigureRanges keeps extremes of samples that are no longer kept", () => {
  const ranges = new FigureRanges();
  for (const rss of [5, 1, 900, 4]) ranges.add(plainSample(1, { rss_bytes: rss }));
  assert.deepEqual(ranges.summarize([plainSample(2, { rss_bytes: 5 })]).rss_bytes, { min: 1, mean: 227.5, max: 900, p95: 5 });
});

test("FigureRanges takes no extremes from less than half a second, unless there is nothing else", () => {
  const ranges = new FigureRanges();
  const short = plainSample(0.2, { interval_seconds: 0.2, files_per_second: 400 });
  ranges.add(short);
  assert.deepEqual(ranges.summarize([short]).files_per_second, { min: 400, mean: 400, max: 400, p95: 400 });
  ranges.add(plainSample(1, { interval_seconds: 0.8, files_per_second: 100 }));
  assert.deepEqual(ranges.summarize([]).files_per_second, { min: 100, mean: 160, max: 100, p95: 160 });
});

test("FigureRanges says nothing about totals and about what was never measured", () => {
  const ranges = new FigureRanges();
  ranges.add(plainSample(1, { bytes_done: 5, files_done: 3 }));
  assert.deepEqual(ranges.summarize([]), {});
});

test("summaryOf() gives what was done and used between two moments", () => {
  const run = { first: steadyMoment(0), last: steadyMoment(10), counters: { issues: 2 } };
  assert.deepEqual(summaryOf("incomplete", run, {}), {
    ending: "incomplete",
    duration_seconds: 10,
    files_done: 800,
    bytes_done: 700,
    stored_bytes: 900,
    issues: 2,
    requests: 600,
    throttled: 30,
    requests_failed: 40,
    cpu_seconds: 10,
    rss_bytes_peak: 350,
    disk_read_bytes: 100,
    disk_written_bytes: 200,
    network_received_bytes: 300,
    network_sent_bytes: 400,
    loopback_bytes: 500,
    figures: {},
  });
});

test("summaryOf() leaves out what the system does not tell", () => {
  const last = { ...steadyMoment(10), machine: { ...steadyReading(10), disk: undefined } };
  const text = JSON.stringify(summaryOf("done", { first: steadyMoment(0), last, counters: { issues: 0 } }, {}));
  assert.ok(!text.includes("disk_") && text.includes("network_"));
});
