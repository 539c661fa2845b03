// Measures `varve guid` beside AzCopy and the SDK used for one file after the other. `npm run bench:guid -- --help` lists the options.
import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { interruptSignal } from "../bench/interrupt.ts";
import { describeMachine } from "../bench/machine.ts";
import { findExecutable } from "../bench/programs.ts";
import { contentMaker } from "../tree/content.ts";
import { generateTree } from "../tree/generate.ts";
import type { GuidContestant } from "./contestant.ts";
import { azcopyIn } from "./contestants/azcopy.ts";
import { sequential } from "./contestants/sequential.ts";
import { varve } from "./contestants/varve.ts";
import { mediansOf } from "./medians.ts";
import { measureMemory } from "./mapping-memory.ts";
import { measureContestant } from "./measure-contestant.ts";
import type { ContestantResult } from "./measure-contestant.ts";
import { renderGuidBench } from "./report.ts";
import type { SetResult } from "./report.ts";

const HELP = `npm run bench:guid -- [options]
  --files N         small files (default 50000, about 1 GB)
  --large N         large files (default 20)
  --large-mib N     size of each, MiB (default 256)
  --rounds N        default 3; each begins with another contestant, medians are printed
  --entries A,B     lengths of mappings for the memory figures (default 50000,500000,5000000)
  --only A,B        these contestants alone, by name
  --work DIR        where everything is put (default: the temporary directory); three times the files
  --out FILE        also write the result
`;

const MIB = 2 ** 20;
const REQUEST_FILES = 500;

interface Settings {
  readonly files: number;
  readonly large: number;
  readonly largeMib: number;
  readonly rounds: number;
  readonly entries: readonly number[];
  /** Names of contestants; empty for all. */
  readonly only: readonly string[];
  readonly workParent: string;
  readonly out: string | undefined;
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      files: { type: "string", default: "50000" },
      large: { type: "string", default: "20" },
      "large-mib": { type: "string", default: "256" },
      rounds: { type: "string", default: "3" },
      entries: { type: "string", default: "50000,500000,5000000" },
      only: { type: "string", default: "" },
      work: { type: "string", default: tmpdir() },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    files: Number(values.files),
    large: Number(values.large),
    largeMib: Number(values["large-mib"]),
    rounds: Number(values.rounds),
    entries: listOf(values.entries).map(Number),
    only: listOf(values.only),
    workParent: values.work,
    out: values.out,
  };
}

function listOf(text: string): string[] {
  return text.split(",").filter((item) => item !== "");
}

/** A few files of bytes that nothing makes smaller. */
function makeLarge(dir: string, count: number, mib: number): void {
  mkdirSync(dir);
  const piece = Buffer.alloc(MIB);
  for (let index = 0; index < count; index += 1) {
    const fd = openSync(join(dir, `large-${index}`), "wx");
    const maker = contentMaker("random", 1, index);
    for (let written = 0; written < mib; written += 1) {
      maker.fill(piece, MIB);
      writeSync(fd, piece);
    }
    closeSync(fd);
  }
}

interface Scene {
  readonly workDir: string;
  readonly contestants: readonly GuidContestant[];
  readonly rounds: number;
  readonly timeExecutable: string | undefined;
  readonly signal: AbortSignal;
}

/** Medians of all rounds. Whoever goes first pays for memory that the machine has not touched yet, so each round begins with another. */
async function measureAll({ contestants, ...scene }: Scene, source: string, countRequests: boolean): Promise<ContestantResult[]> {
  const { workDir, timeExecutable, signal } = scene;
  const found = new Map<GuidContestant, ContestantResult[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < scene.rounds; round += 1) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      console.error(`round ${round + 1}: ${contestant.name}: ${source}`);
      const result = await measureContestant(contestant, { source, workDir, timeExecutable, countRequests, signal });
      found.get(contestant)?.push(result);
    }
  }
  return [...found.values()].map(mediansOf);
}

async function measureSmall(scene: Scene, count: number): Promise<SetResult> {
  const source = join(scene.workDir, "small");
  const { files, bytes } = generateTree({ dir: source, files: count, seed: 1 });
  const title = `${files.toLocaleString("en")} files, ${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
  const results = await measureAll(scene, source, false);
  rmSync(source, { recursive: true });
  return { title, files, bytes, results };
}

async function measureLarge(scene: Scene, files: number, mib: number): Promise<SetResult> {
  const source = join(scene.workDir, "large");
  makeLarge(source, files, mib);
  const results = await measureAll(scene, source, false);
  rmSync(source, { recursive: true });
  return { title: `${files} files of ${mib} MiB`, files, bytes: files * mib * MIB, results };
}

async function measureRequests(scene: Scene): Promise<{ files: number; results: ContestantResult[] }> {
  const source = join(scene.workDir, "few");
  const { files } = generateTree({ dir: source, files: REQUEST_FILES, seed: 2 });
  return { files, results: await measureAll({ ...scene, rounds: 1 }, source, true) };
}

async function bench(settings: Settings, signal: AbortSignal): Promise<string> {
  const workDir = realpathSync(mkdtempSync(join(settings.workParent, "varve-guid-bench-")));
  try {
    const all = [varve, ...azcopyIn(workDir), sequential];
    const unknown = settings.only.filter((name) => !all.some((contestant) => contestant.name === name));
    if (unknown.length > 0) throw new Error(`no contestant is called ${unknown.join(", ")}`);
    const contestants = settings.only.length === 0 ? all : all.filter(({ name }) => settings.only.includes(name));
    const timeExecutable = findExecutable("time", process.env["PATH"] ?? "");
    const scene: Scene = { workDir, contestants, rounds: settings.rounds, timeExecutable, signal };
    return renderGuidBench({
      machine: describeMachine(workDir),
      settings: contestants.map(({ name, settings }) => ({ name, settings })),
      sets: [await measureSmall(scene, settings.files), await measureLarge(scene, settings.large, settings.largeMib)],
      requests: await measureRequests(scene),
      memory: await measureMemory(settings.entries, scene),
    });
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings === undefined) {
    console.log(HELP);
    return;
  }
  const text = await bench(settings, interruptSignal());
  console.log(text);
  if (settings.out !== undefined) writeFileSync(settings.out, text);
}

await main();
