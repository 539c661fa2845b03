import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { after, describe, it } from "node:test";
import { generateTree } from "../tree/generate.ts";
import { measure } from "./measure.ts";
import type { BenchProgram } from "./program.ts";
import { shell, STEPS } from "./program.ts";
import { choosePrograms, findExecutable } from "./programs.ts";
import { copy } from "./programs/floors.ts";
import type { RoundResult } from "./result.ts";
import { runRound } from "./round.ts";

const root = mkdtempSync(join(tmpdir(), "varve-bench-test-"));
after(() => rmSync(root, { recursive: true }));

const searchPath = process.env["PATH"] ?? "";
const tree = join(root, "tree");
generateTree({ dir: tree, files: 200, seed: 1 });

/** A backup program of two lines of shell. */
const copies: BenchProgram = {
  name: "copies",
  role: "peer",
  executable: "sh",
  settings: "",
  version: ["sh"],
  environment: () => ({ FLAG: "set" }),
  prepare: ({ repo }) => [{ argv: ["mkdir", repo] }],
  command: (step, site) => {
    if (step === "restore") return shell('cp -aT "$1/tree" "$2"', site.repo, site.into);
    if (step === "check") return shell('test "$FLAG" = set && test "$HOME" = "$1"', site.home);
    return shell('rm -rf "$1/tree" && cp -a "$2" "$1/tree"', site.repo, site.tree);
  },
};

function round(programs: readonly BenchProgram[]): Promise<RoundResult> {
  const timeExecutable = findExecutable("time", searchPath);
  return runRound({
    round: 0,
    programs,
    steps: STEPS,
    tree,
    workDir: root,
    searchPath,
    timeExecutable,
    compare: true,
    signal: new AbortController().signal,
    report: () => {},
  });
}

describe("runRound", () => {
  it("runRound() takes a program through all steps in a home of its own and removes what it made", async () => {
    const { runs, stored, problems } = await round([copies]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      runs.map(({ step }) => step),
      [...STEPS],
    );
    assert.ok((stored[0]?.bytes ?? 0) > 100_000);
    assert.deepEqual(readdirSync(root), ["tree"]);
  });

  it("runRound() notices a program that restores something else", async () => {
    const command: BenchProgram["command"] = (step, site) =>
      step === "restore" ? shell('cp -aT "$1/tree" "$2" && rm -r "$2/flat"', site.repo, site.into) : copies.command(step, site);
    const { problems } = await round([{ ...copies, command }]);
    assert.equal(problems[0]?.step, "restore");
    assert.match(problems[0]?.message ?? "", /Only in .*flat/);
  });

  it("runRound() goes on without a program that fails", async () => {
    const { runs, problems } = await round([{ ...copies, name: "fails", command: () => shell("echo reason; exit 3") }, copies]);
    assert.deepEqual(
      problems.map(({ program, step }) => ({ program, step })),
      [{ program: "fails", step: "first" }],
    );
    assert.match(problems[0]?.message ?? "", /exit 3\nreason/);
    assert.equal(runs.filter(({ program }) => program === "copies").length, STEPS.length);
  });

  it("runRound() does not blame a floor for changes it never saved", async () => {
    const { runs, problems } = await round([copy]);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      runs.map(({ step }) => step),
      ["first", "restore"],
    );
  });
});

describe("measure", () => {
  const timeExecutable = findExecutable("time", searchPath);

  it("measure() counts the time and memory of child processes", { skip: timeExecutable === undefined }, async () => {
    const command = shell(`"$1" -e 'Buffer.alloc(150e6, 1)'; true`, process.execPath);
    const { cpuSeconds, peakBytes } = await measure(command, {
      environment: {},
      home: root,
      signal: new AbortController().signal,
      timeExecutable,
    });
    assert.ok((cpuSeconds ?? 0) > 0 && (peakBytes ?? 0) > 150e6, `${cpuSeconds} s, ${peakBytes} bytes`);
    for (const name of ["bench.log", "bench.usage"]) rmSync(join(root, name), { force: true });
  });

  it("measure() rejects when it is interrupted, and ends the children of the command", async () => {
    const controller = new AbortController();
    const running = measure(shell('(sleep 60; echo > "$1") & wait', join(root, "survived")), {
      environment: { PATH: searchPath },
      home: root,
      signal: controller.signal,
      timeExecutable: undefined,
    });
    controller.abort();
    await assert.rejects(running, { name: "AbortError" });
    const left = (): string => spawnSync("pgrep", ["-f", join(root, "survived")], { encoding: "utf8" }).stdout;
    for (let tries = 0; tries < 100 && left() !== ""; tries++) await setTimeout(20);
    assert.equal(left(), "");
    rmSync(join(root, "bench.log"));
  });
});

describe("choosePrograms", () => {
  it("choosePrograms() finds what is on the path, names what is not, and refuses names nobody has", () => {
    const { found, missing } = choosePrograms(["restic", "cp -a"], "/nowhere");
    assert.deepEqual([found.length, missing.map(({ name }) => name)], [0, ["restic", "cp -a"]]);
    assert.ok(choosePrograms(["cp"], searchPath).found.includes(copy));
    assert.throws(() => choosePrograms(["ristic"], searchPath), /unknown program ristic/);
  });

  it("findExecutable() takes no directory of that name for a program", () => {
    assert.equal(findExecutable("tree", root), undefined);
    assert.ok(existsSync(findExecutable("sh", searchPath) ?? ""));
  });
});
