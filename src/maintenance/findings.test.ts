import assert from "node:assert/strict";
import { test } from "node:test";
import { Findings } from "./findings.ts";

test("Findings keeps the first problem of each object, and lists them by object", () => {
  const findings = new Findings();
  findings.add("b", "missing", "gone");
  findings.add("a", "damaged", "bits");
  findings.add("b", "damaged", "later");
  assert.equal(findings.count, 2);
  assert.deepEqual(findings.list(), [
    { object: "a", problem: "damaged", message: "bits", affected: [], affectedCount: 0 },
    { object: "b", problem: "missing", message: "gone", affected: [], affectedCount: 0 },
  ]);
});

test("Findings counts all affected paths, names the first hundred, and one that comes twice running once", () => {
  const findings = new Findings();
  findings.add("a", "damaged", "bits");
  for (let at = 0; at < 250; at += 1) for (let twice = 0; twice < 2; twice += 1) findings.affect("a", `path ${at}`);
  const [finding] = findings.list();
  assert.deepEqual([finding?.affectedCount, finding?.affected.length, finding?.affected.at(-1)], [250, 100, "path 99"]);
});

test("Findings blames nothing on an object that has no finding", () => {
  const findings = new Findings();
  findings.affect("a", "path");
  assert.deepEqual([findings.list(), findings.has("a")], [[], false]);
});

test("Findings.isLost() is true of objects of which nothing can be relied on", () => {
  const problems = ["missing", "truncated", "damaged", "unreadable", "unindexed-chunk", "wrong-content"] as const;
  const findings = new Findings();
  for (const problem of problems) findings.add(problem, problem, "");
  assert.deepEqual(
    problems.filter((problem) => findings.isLost(problem)),
    ["missing", "truncated"],
  );
  assert.equal(findings.isLost("sound"), false);
});
