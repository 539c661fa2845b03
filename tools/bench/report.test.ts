import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { median, medianOf, renderMarkdown } from "./report.ts";
import type { BenchResult, Contestant, Run } from "./result.ts";

function run(program: string, seconds: number, round = 0): Run {
  return { program, round, step: "first", seconds, cpuSeconds: seconds * 2, peakBytes: 2 ** 20 };
}

function contestant(name: string, role: Contestant["role"]): Contestant {
  return { name, role, settings: "s", version: "1" };
}

const RESULT: BenchResult = {
  machine: "machine",
  tree: "tree",
  rounds: 3,
  programs: [
    contestant("varve", "ours"),
    contestant("restic", "peer"),
    contestant("quick", "peer"),
    contestant("light", "variant"),
    contestant("a | b", "floor"),
  ],
  missing: ["borg"],
  runs: [run("varve", 2, 0), run("varve", 9, 1), run("varve", 1, 2), run("restic", 7), run("quick", 5), run("light", 3), run("a | b", 0.5)],
  stored: [
    { program: "varve", round: 0, bytes: 1e6 },
    { program: "restic", round: 0, bytes: 2e6 },
  ],
  problems: [{ program: "quick", round: 1, step: "restore", message: "exit 1\nmore" }],
};

describe("bench report", () => {
  it("median() is the middle, or half way between the middle two", () => {
    assert.equal(median([9, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 100]), 3);
    assert.equal(median([]), undefined);
  });

  it("medianOf() takes one program's step, and nothing where the figure is missing", () => {
    assert.equal(medianOf(RESULT, { program: "varve", step: "first" }, "seconds"), 2);
    assert.equal(medianOf(RESULT, { program: "varve", step: "check" }, "seconds"), undefined);
  });

  it("renderMarkdown() compares with the fastest peer and with restic, not with variants and floors", () => {
    const text = renderMarkdown(RESULT);
    assert.match(text, /\| first backup \| quick \| 2\.50x \| 3\.50x \|/);
    assert.match(text, /\| stored \| restic \| 2\.00x \| 2\.00x \|/);
  });

  it("renderMarkdown() shows everything that ran, what failed and what was missing", () => {
    const text = renderMarkdown(RESULT);
    for (const line of ["| light | 3.00 |", "| floor: `a \\| b` | 0.50 |", "- quick, round 2, restore: exit 1", "not found on PATH: borg"])
      assert.ok(text.includes(line), line);
    assert.ok(!text.includes("no change"), "steps that nobody did have no column");
  });

  it("renderMarkdown() leaves ratios out when nobody is there to compare with", () => {
    assert.ok(!renderMarkdown({ ...RESULT, programs: RESULT.programs.filter(({ role }) => role !== "peer") }).includes("best peer"));
  });
});
