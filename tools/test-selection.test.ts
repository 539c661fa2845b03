import assert from "node:assert/strict";
import { test } from "node:test";
import { needOf, parseTestOptions, selectTests } from "./test-selection.ts";

const PATHS = [
  "src/format/page.test.ts",
  "src/storage/blob.azurite.test.ts",
  "test/e2e/round-trip.slow.test.ts",
  "test/house/shape.test.ts",
];

function select(...args: string[]): readonly string[] {
  return selectTests(PATHS, parseTestOptions(args, 2));
}

test("needOf() reads the suffix before .test.ts", () => {
  assert.deepEqual(PATHS.map(needOf), ["plain", "azurite", "slow", "plain"]);
});

test("selectTests() takes every file, the slow ones first, when nothing is asked", () => {
  assert.deepEqual(select(), [PATHS[2], PATHS[1], PATHS[0], PATHS[3]]);
});

test("selectTests() takes files that contain one of the parts", () => {
  assert.deepEqual(select("src/format", "./test/house"), [PATHS[0], PATHS[3]]);
  assert.deepEqual(select("nowhere"), []);
});

test("selectTests() follows --fast, --only and --skip together", () => {
  assert.deepEqual(select("--fast"), [PATHS[1], PATHS[0], PATHS[3]]);
  assert.deepEqual(select("--only", "azurite", "--only", "slow"), [PATHS[2], PATHS[1]]);
  assert.deepEqual(select("--skip", "plain", "--fast"), [PATHS[1]]);
});

test("parseTestOptions() refuses unknown options, needs and counts", () => {
  assert.throws(() => parseTestOptions(["--quick"], 2), TypeError);
  assert.throws(() => parseTestOptions(["--only", "postgres"], 2), /no need named postgres: slow, azurite, plain/);
  assert.throws(() => parseTestOptions(["--jobs", "0"], 2), /--jobs takes a number/);
});

test("parseTestOptions() uses the machine's number of jobs unless told", () => {
  assert.equal(parseTestOptions([], 5).jobs, 5);
  assert.equal(parseTestOptions(["--jobs", "3"], 5).jobs, 3);
});
