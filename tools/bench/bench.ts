// Measures Varve beside every other backup program found on PATH. `npm run bench -- --help` lists the options.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateTree } from "../tree/generate.ts";
import { interruptSignal } from "./interrupt.ts";
import { describeMachine, isMemory } from "./machine.ts";
import type { BenchProgram, Step } from "./program.ts";
import { STEPS } from "./program.ts";
import { choosePrograms, findExecutable } from "./programs.ts";
import { renderMarkdown } from "./report.ts";
import type { BenchResult, Contestant, RoundResult } from "./result.ts";
import { runRound, sizeOf } from "./round.ts";

const HELP = `npm run bench -- [options]
  --tree DIR        save a copy of this tree (else one is generated)
  --files N         files of the generated tree (default 80000, 1.7 GB)
  --rounds N        default 3
  --only A,B        programs, by name (default: all that are on PATH)
  --steps A,B       of ${STEPS.join(",")}; the first is always done
  --work DIR        where everything is put (default /dev/shm when it is in memory, else the temporary directory)
  --out FILE        also write the result: tables, or JSON when FILE ends in .json
`;

const MEMORY_DIR = "/dev/shm";

interface Settings {
  readonly tree: string | undefined;
  readonly files: number;
  readonly rounds: number;
  readonly steps: readonly Step[];
  readonly only: readonly string[];
  readonly workParent: string;
  readonly out: string | undefined;
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      tree: { type: "string" },
      files: { type: "string", default: "80000" },
      rounds: { type: "string", default: "3" },
      only: { type: "string", default: "" },
      steps: { type: "string", default: STEPS.join(",") },
      work: { type: "string", default: isMemory(MEMORY_DIR) ? MEMORY_DIR : tmpdir() },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const wanted = new Set(["first", ...list(values.steps)]);
  const steps = STEPS.filter((step) => wanted.delete(step));
  if (wanted.size > 0) throw new Error(`unknown step ${[...wanted].join(", ")}; known are ${STEPS.join(", ")}`);
  const { tree, out } = values;
  return { tree, files: Number(values.files), rounds: Number(values.rounds), steps, only: list(values.only), workParent: values.work, out };
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

async function bench(settings: Settings, signal: AbortSignal): Promise<BenchResult> {
  const searchPath = process.env["PATH"] ?? "";
  const { found, missing } = choosePrograms(settings.only, searchPath);
  // The name must be the real one: some programs resolve links in paths they save.
  const workDir = realpathSync(mkdtempSync(join(settings.workParent, "varve-bench-")));
  try {
    const treeDir = join(workDir, "tree");
    const tree = await makeTree(settings, treeDir);
    const results: RoundResult[] = [];
    for (let round = 0; round < settings.rounds; round++) {
      results.push(
        await runRound({
          round,
          programs: rotated(found, round),
          steps: settings.steps,
          tree: treeDir,
          workDir,
          searchPath,
          timeExecutable: findExecutable("time", searchPath),
          compare: round === 0,
          signal,
          report: (line) => console.error(line),
        }),
      );
    }
    return {
      machine: describeMachine(workDir),
      tree,
      rounds: settings.rounds,
      programs: found.map((program) => contestant(program, { PATH: searchPath, HOME: workDir, XDG_CACHE_HOME: workDir })),
      missing: missing.map(({ name }) => name),
      runs: results.flatMap(({ runs }) => runs),
      stored: results.flatMap(({ stored }) => stored),
      problems: results.flatMap(({ problems }) => problems),
    };
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Makes the tree and says what it is. A given tree is copied, because it is changed while measuring. */
async function makeTree(settings: Settings, dir: string): Promise<string> {
  if (settings.tree === undefined) {
    const { files, directories, bytes } = generateTree({ dir, files: settings.files, seed: 1 });
    return `Generated tree: ${files} files in ${directories} directories, ${(bytes / 1e6).toFixed(0)} MB`;
  }
  if (!existsSync(settings.tree)) throw new Error(`there is no tree at ${settings.tree}`);
  cpSync(settings.tree, dir, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return `Given tree: ${readdirSync(dir, { recursive: true }).length} entries, ${((await sizeOf(dir)) / 1e6).toFixed(0)} MB`;
}

/** Every round begins with another program. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function contestant({ name, role, settings, version }: BenchProgram, env: Readonly<Record<string, string>>): Contestant {
  const [file = "", ...rest] = version;
  const { stdout } = spawnSync(file, rest, { encoding: "utf8", env });
  return { name, role, settings, version: stdout?.split("\n")[0]?.trim() ?? "" };
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings === undefined) {
    console.log(HELP);
    return;
  }
  const result = await bench(settings, interruptSignal());
  const text = renderMarkdown(result);
  console.log(text);
  if (settings.out !== undefined)
    writeFileSync(settings.out, settings.out.endsWith(".json") ? `${JSON.stringify(result, undefined, 2)}\n` : text);
  if (result.problems.length > 0) process.exitCode = 1;
}

await main();
