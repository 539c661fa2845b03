import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

  it("measure() rejects when it is interrupted, and ends the children of the command", { skip: process.platform !== "linux" }, async () => {
    const controller = new AbortController();
    const pidFile = join(root, "pid");
    const command = shell('sleep 60 & echo $! > "$1.new"; mv "$1.new" "$1"; wait', pidFile);
    const environment = { PATH: searchPath };
    const running = measure(command, { environment, home: root, signal: controller.signal, timeExecutable: undefined });
    while (!existsSync(pidFile)) await setTimeout(5);
    const child = Number(readFileSync(pidFile, "utf8"));
    assert.ok(isRunning(child));
    controller.abort();
    await assert.rejects(running, { name: "AbortError" });
    for (let tries = 0; tries < 200 && isRunning(child); tries++) await setTimeout(20);
    assert.ok(!isRunning(child));
    for (const name of ["bench.log", "pid"]) rmSync(join(root, name));
  });
});

/** False for a process that is gone or only waits to be collected. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

describe("choosePrograms", () => {
  it("choosePrograms() finds what is on the path, names what is not, and refuses names nobody has", () => {
    const { found, missing } = choosePrograms(["restic", "cp -a"], "/nowhere");
    assert.deepEqual([found.length, missing.map(({ name }) => name)], [0, ["restic", "cp -a"]]);
    assert.ok(choosePrograms(["cp"], searchPath).found.includes(copy));
    assert.deepEqual(choosePrograms(["vykar"], "/nowhere").missing.length, 1);
    assert.throws(() => choosePrograms(["ristic"], searchPath), /unknown program ristic/);
  });

  it("findExecutable() takes no directory of that name for a program", () => {
    assert.equal(findExecutable("tree", root), undefined);
    assert.ok(existsSync(findExecutable("sh", searchPath) ?? ""));
  });
});
