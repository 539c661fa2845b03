import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSample, STEADY_FIGURES } from "../../../test/support/metrics-moments.ts";
import type { MetricsSample } from "../metrics-sample.ts";
import type { MetricsLogView } from "./metrics-log.ts";
import { panelsOf } from "./panels.ts";

function logOf(samples: readonly MetricsSample[]): MetricsLogView {
  return {
    program: "",
    command: "",
    subject: "",
    startedMs: undefined,
    machine: { host: "", cpu: "", cores: 4, memoryBytes: 2048 },
    samples,
    ending: undefined,
    totals: { throttled: 0, issues: 0 },
  };
}

test("panelsOf() shows throughput, CPU, memory and disk, each line with what it is of", () => {
  const sample = plainSample(1, STEADY_FIGURES);
  const shown = panelsOf(logOf([sample])).map(({ title, left, right, lines }) => [
    title,
    `${left.unit}${right === undefined ? "" : ` | ${right.unit}`}`,
    lines.map(({ name, value }) => `${name} ${value(sample)}`),
  ]);
  assert.deepEqual(shown, [
    ["Throughput", "B/s | files/s", ["content of files 70", "to or from the store 90", "files (right) 80"]],
    ["CPU, 100 % = 4 cores", "%", ["whole machine 50", "this process 25"]],
    ["Memory", "B | B", ["this process 300", "heap of its main thread 100", "whole machine, of 2 KiB (right) 600"]],
    ["Disks of the machine", "B/s | op/s", ["read 10", "written 20", "operations (right) 3"]],
  ]);
});

test("panelsOf() scales each side to the largest of its own lines", () => {
  const samples = [plainSample(1, { bytes_per_second: 5, stored_bytes_per_second: 700, files_per_second: 3 }), plainSample(2)];
  const [throughput] = panelsOf(logOf(samples));
  assert.deepEqual([throughput?.left.max, throughput?.right?.max], [800, 4]);
});

test("panelsOf() leaves out lines without a figure, and says when nothing is left", () => {
  const [, cpu, memory, disk] = panelsOf(logOf([plainSample(1, { cpu_process_percent: 5, rss_bytes: 1 })]));
  assert.deepEqual([cpu?.lines.map(({ name }) => name), memory?.right], [["this process"], undefined]);
  assert.deepEqual([disk?.title, disk?.lines, disk?.right], ["Disks of the machine: nothing was measured", [], undefined]);
});
