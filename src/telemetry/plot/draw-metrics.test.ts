import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSample, STEADY_FIGURES } from "../../../test/support/metrics-moments.ts";
import type { MetricsSample } from "../metrics-sample.ts";
import { drawMetrics } from "./draw-metrics.ts";
import type { MetricsLogView } from "./metrics-log.ts";

function logOf(samples: readonly MetricsSample[], subject = "/srv to /repo"): MetricsLogView {
  return {
    program: "varve 1.2.3",
    command: "varve backup",
    subject,
    startedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    machine: { host: "box", cpu: "Fast CPU", cores: 16, memoryBytes: 68_719_476_736 },
    samples,
    ending: "done",
    totals: { throttled: 0, issues: 0 },
  };
}

const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);

/** Ends of all lines of one colour, in order: `x,y` of the first and of the last point. */
function lineEnds(svg: string, colour: string): string[] {
  return [...svg.matchAll(/<path d="M([\d.]+ [\d.]+)[^"]*?([\d.]+ [\d.]+)" fill="none"[^>]* stroke="(#\w+)"/g)]
    .filter(([, , , stroke]) => stroke === colour)
    .map(([, from, to]) => `${from} - ${to}`);
}

const second = (at: number, more: Partial<MetricsSample> = {}): MetricsSample => plainSample(at, { ...STEADY_FIGURES, ...more });

test("drawMetrics() has title, axes with units, legends, phases and the time", () => {
  const svg = drawMetrics(logOf([second(1, { phase: "planning" }), second(2), second(3)]));
  const texts = textsOf(svg);
  const expected = [
    "varve backup: /srv to /repo",
    "Throughput",
    "CPU, 100 % = 16 cores",
    "Memory",
    "Disks of the machine",
    "B/s",
    "files/s",
    "%",
    "op/s",
    "content of files",
    "whole machine",
    "operations (right)",
    "planning",
    "work",
    "time since the start",
    "0.5 s",
    "100",
  ];
  assert.deepEqual(
    expected.filter((text) => !texts.includes(text)),
    [],
  );
  assert.ok(texts.some((text) => text.includes("2026-01-02 03:04:05 UTC") && text.includes("on box")));
  assert.match(svg, /^<svg width="\d+" height="\d+" xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.ok(svg.endsWith("</svg>\n"));
  assert.ok(!svg.includes("dominant-baseline"), "labels are placed in a way that all viewers know");
});

test("drawMetrics() puts values where they belong: from the left edge to the right one, and as high as they are", () => {
  const samples = [
    second(1, { cpu_process_percent: 0 }),
    second(2, { cpu_process_percent: 50 }),
    second(4, { cpu_process_percent: 100, interval_seconds: 2 }),
  ];
  const ends = lineEnds(drawMetrics(logOf(samples)), "#0072b2");
  // The second blue line is the process's share of the CPU; its panel reaches from 372 up to 552 down.
  assert.ok(ends.includes("92 552 - 1108 372"), ends.join("\n"));
});

test("drawMetrics() breaks the line where samples are missing", () => {
  const paths = (samples: MetricsSample[]): number => lineEnds(drawMetrics(logOf(samples)), "#8a94a0").length;
  const broken = drawMetrics(logOf([second(1), second(2), second(10), second(11)]));
  const whole = drawMetrics(logOf([second(1), second(2), second(3), second(4)]));
  const moves = (svg: string): number =>
    [...svg.matchAll(/d="(M[^"]*)" fill="none"[^>]*stroke="#0072b2"/g)].reduce((sum, [, d = ""]) => sum + d.split("M").length - 1, 0);
  assert.ok(paths([second(1)]) > 0);
  assert.ok(moves(broken) > moves(whole), `${moves(broken)} ${moves(whole)}`);
});

test("drawMetrics() draws a single sample as a line over its interval", () => {
  const ends = lineEnds(drawMetrics(logOf([plainSample(0.4, { interval_seconds: 0.4, cpu_process_percent: 50 })])), "#0072b2");
  assert.ok(ends.includes("92 462 - 1108 462"), ends.join("\n"));
});

test("drawMetrics() draws samples without any figure", () => {
  const texts = textsOf(drawMetrics(logOf([plainSample(1)])));
  assert.equal(texts.filter((text) => text.endsWith(": nothing was measured")).length, 4);
});

test("drawMetrics() keeps the picture of a long run small", () => {
  const samples = Array.from({ length: 3599 }, (_, at) =>
    second(at + 1, { bytes_per_second: (at * 7919) % 1000, rss_bytes: (at * 104_729) % 5000 }),
  );
  const { length } = drawMetrics(logOf(samples));
  assert.ok(length < 500_000, String(length));
});

test("drawMetrics() lets no text of the log become markup", () => {
  const svg = drawMetrics(
    logOf([second(1, { phase: "<script>1</script>" })], `<script>alert("x")</script> & ' dominant-baseline="central"`),
  );
  assert.ok(!svg.includes("<script"));
  assert.ok(svg.includes("&lt;script&gt;alert(&quot;x&quot;)"));
});
