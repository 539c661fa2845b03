import assert from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../telemetry/events.ts";
import { displayWidth } from "./format-text.ts";
import { progressBlock, progressLine } from "./progress-text.ts";

const WORDS = { done: "read", stored: "stored" };
const RATE = { fractionDone: 0.42, msLeft: 42_000, bytesPerSecond: 1024 * 1024, elapsedMs: 10_000 };
const COUNTERS = {
  ...newCounters("backup"),
  files: 3000,
  filesDone: 1234,
  bytes: 3 * 2 ** 30,
  bytesDone: 2 ** 30,
  bytesStored: 2 ** 20,
  totalsKnown: true,
};

test("progressLine() shows part, files, bytes read and stored apart, speed and time left", () => {
  assert.equal(
    progressLine(COUNTERS, RATE, WORDS),
    "backup: 42 %, 1,234 of 3,000 files, 1.0 GiB of 3.0 GiB read, 1.0 MiB stored, 1.0 MiB/s, 0:42 left",
  );
});

test("progressLine() says about for an estimated total, and nothing of an unknown one", () => {
  assert.match(progressLine({ ...COUNTERS, totalsKnown: false }, RATE, WORDS), /^backup: about 42 %/);
  const unknown = { ...COUNTERS, files: 0, bytes: 0, totalsKnown: false };
  assert.equal(
    progressLine(unknown, { ...RATE, fractionDone: undefined, msLeft: undefined }, WORDS),
    "backup: 1,234 files, 1.0 GiB read, 1.0 MiB stored, 1.0 MiB/s",
  );
});

test("progressLine() gives no total that is smaller than what is done", () => {
  assert.match(progressLine({ ...COUNTERS, files: 0 }, RATE, WORDS), /42 %, 1,234 files, 1\.0 GiB of/);
  assert.match(progressLine({ ...COUNTERS, files: 0, filesDone: 0 }, RATE, WORDS), /42 %, 0 of 0 files, /);
});

test("progressLine() says finishing when all is read", () => {
  const read = { ...COUNTERS, bytesDone: COUNTERS.bytes };
  assert.match(progressLine(read, RATE, WORDS), /finishing: 1,766 items left$/);
  assert.match(progressLine({ ...read, filesDone: read.files }, RATE, WORDS), /stored, finishing$/);
  assert.doesNotMatch(progressLine({ ...read, totalsKnown: false }, RATE, WORDS), /finishing/);
});

test("progressLine() counts problems", () => {
  assert.match(progressLine({ ...COUNTERS, issues: 1 }, RATE, WORDS), /, 1 problem$/);
});

test("progressBlock() cuts the current item to the width", () => {
  const block = progressBlock({ ...COUNTERS, current: `/home/${"x".repeat(200)}/end.txt` }, RATE, { words: WORDS, columns: 60 });
  assert.equal(block.length, 2);
  assert.ok(displayWidth(block[1] ?? "") < 60);
  assert.match(block[1] ?? "", /end\.txt$/);
  assert.equal(progressBlock(COUNTERS, RATE, { words: WORDS, columns: 60 }).length, 1);
});
