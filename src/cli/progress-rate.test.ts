import assert from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../telemetry/events.ts";
import { ProgressRate } from "./progress-rate.ts";

const MIB = 1024 * 1024;

/** Runs `seconds` of steady work from the start and returns the rate with its counters. */
function work(options: {
  seconds: number;
  bytesPerSecond: number;
  filesPerSecond: number;
  bytes: number;
  files: number;
  totalsKnown: boolean;
}): ProgressRate {
  const counters = { ...newCounters("backup"), bytes: options.bytes, files: options.files, totalsKnown: options.totalsKnown };
  const rate = new ProgressRate(1000, counters);
  for (let second = 1; second <= options.seconds; second += 1) {
    counters.bytesDone = second * options.bytesPerSecond;
    counters.filesDone = second * options.filesPerSecond;
    rate.sample(1000 + second * 1000, counters);
  }
  return rate;
}

const STEADY = { seconds: 10, bytesPerSecond: MIB, filesPerSecond: 10, bytes: 100 * MIB, files: 1000, totalsKnown: true };

test("ProgressRate measures a steady speed exactly from the first sample", () => {
  assert.ok(Math.abs(work({ ...STEADY, seconds: 1 }).bytesPerSecond - MIB) < 1);
  assert.ok(Math.abs(work(STEADY).bytesPerSecond - MIB) < 1);
});

test("ProgressRate gives no time left in the first seconds", () => {
  assert.equal(work({ ...STEADY, seconds: 4 }).msLeft, undefined);
  assert.notEqual(work({ ...STEADY, seconds: 5 }).msLeft, undefined);
});

test("ProgressRate takes the slower of bytes and items", () => {
  const even = work(STEADY).msLeft ?? 0;
  const slowFiles = work({ ...STEADY, filesPerSecond: 1 }).msLeft ?? 0;
  const slowBytes = work({ ...STEADY, bytesPerSecond: MIB / 10 }).msLeft ?? 0;
  assert.ok(Math.abs(even - 90_000) < 100);
  assert.ok(Math.abs(slowFiles - 990_000) < 1000);
  assert.ok(Math.abs(slowBytes - 990_000) < 1000);
});

test("ProgressRate gives no time left when nothing moves", () => {
  assert.equal(work({ ...STEADY, bytesPerSecond: 0, filesPerSecond: 0 }).msLeft, undefined);
});

test("ProgressRate follows a change of speed without jumping", () => {
  const counters = { ...newCounters("backup"), bytes: 1000 * MIB, totalsKnown: true };
  const rate = new ProgressRate(0, counters);
  const step = (atMs: number, bytes: number): void => {
    counters.bytesDone += bytes;
    rate.sample(atMs, counters);
  };
  for (let second = 1; second <= 30; second += 1) step(second * 1000, 10 * MIB);
  step(31_000, 0);
  assert.ok(rate.bytesPerSecond > 8 * MIB);
  for (let second = 32; second <= 60; second += 1) step(second * 1000, 0);
  assert.ok(rate.bytesPerSecond < MIB);
});

test("ProgressRate says nothing of a total that still grows, and never calls an estimate finished", () => {
  const counters = { ...newCounters("backup"), bytes: MIB, bytesDone: MIB };
  const rate = new ProgressRate(0, counters);
  for (let second = 1; second <= 20; second += 1) {
    counters.bytes += MIB;
    counters.bytesDone += MIB;
    rate.sample(second * 1000, counters);
  }
  assert.equal(rate.fractionDone, undefined);
  assert.equal(work({ ...STEADY, seconds: 200, totalsKnown: false }).fractionDone, 0.99);
  assert.equal(work({ ...STEADY, seconds: 200 }).fractionDone, 1);
});

test("ProgressRate counts items when there is no content", () => {
  assert.equal(work({ ...STEADY, bytes: 0, bytesPerSecond: 0 }).fractionDone, 0.1);
});
