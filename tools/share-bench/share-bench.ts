// Measures Varve beside AzCopy on a share of the project's emulator. `npm run bench:share -- --help` lists the options.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ShareClient } from "@azure/storage-file-share";
import { type EmulatorProcess, startEmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import { startAzurite } from "../../test/support/azurite.ts";
import { interruptSignal } from "../bench/interrupt.ts";
import { describeMachine } from "../bench/machine.ts";
import { findExecutable } from "../bench/programs.ts";
import { BenchShare } from "./bench-share.ts";
import { azcopyIn, environmentOf, location, REPOSITORY, varve } from "./contestants.ts";
import { measureLarge } from "./large-file.ts";
import { renderShareBench } from "./report.ts";
import { type RunnerOptions, type StepResult, stepRunner } from "./run-step.ts";
import { differenceOf, type FileTree, treeOfFolder, treeOfShare } from "./same-content.ts";
import { type ShareBenchResult, STEP } from "./share-result.ts";
import { scanSynthetic, type SyntheticResult } from "./synthetic-scan.ts";

const HELP = `npm run bench:share -- [options]
  --files N            files of the share (default 100000, about 1 GB)
  --directories N      its directories (default 8000)
  --compare-every N    look into every Nth file when comparing; names and lengths of all (default 20)
  --large-gib N        length of the large file (default 10)
  --large-data-mib N   of it, how much holds data (default 1024)
  --large-changed N    MiB of it that change (default 10)
  --synthetic A,B      entries of the synthetic shares (default 100000,1000000)
  --work DIR           where everything is put (default: the temporary directory); five times the share, twice the large file's data
  --out FILE           also write the result: tables, or JSON when FILE ends in .json
`;

const SHARE = "data";
const RESTORED = "restored";
const COPIED = "copied";
const SEED = 1;
const CHURN = { fraction: 0.01, seed: 1 };
const ONE_REQUEST_BYTES = 4 * 2 ** 20;

interface Settings {
  readonly files: number;
  readonly directories: number;
  readonly compareEvery: number;
  readonly large: { readonly gib: number; readonly dataMib: number; readonly changedMib: number };
  readonly synthetic: readonly number[];
  readonly workParent: string;
  readonly out: string | undefined;
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      files: { type: "string", default: "100000" },
      directories: { type: "string", default: "8000" },
      "compare-every": { type: "string", default: "20" },
      "large-gib": { type: "string", default: "10" },
      "large-data-mib": { type: "string", default: "1024" },
      "large-changed": { type: "string", default: "10" },
      synthetic: { type: "string", default: "100000,1000000" },
      work: { type: "string", default: tmpdir() },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    files: Number(values.files),
    directories: Number(values.directories),
    compareEvery: Number(values["compare-every"]),
    large: { gib: Number(values["large-gib"]), dataMib: Number(values["large-data-mib"]), changedMib: Number(values["large-changed"]) },
    synthetic: values.synthetic.split(",").map(Number),
    workParent: values.work,
    out: values.out,
  };
}

interface Scene {
  readonly settings: Settings;
  readonly emulator: EmulatorProcess;
  readonly options: RunnerOptions;
  readonly workDir: string;
}

/** All steps on the one share: each state of it is worked on by both before it changes. */
async function measureShare({
  settings,
  emulator,
  options,
  workDir,
}: Scene): Promise<Pick<ShareBenchResult, "share" | "steps" | "problems">> {
  const client = (name: string): ShareClient => emulator.service.getShareClient(name);
  const made = new BenchShare(client(SHARE), { files: settings.files, directories: settings.directories, seed: SEED });
  options.report(`filling a share: ${settings.files} files in ${made.directories} directories`);
  await made.fill();
  const { run } = stepRunner(options);
  const azcopy = azcopyIn(workDir, emulator);
  const folder = join(workDir, "folder");
  mkdirSync(folder);
  const place = location(SHARE);
  const first = [
    await run(varve(STEP.scan, "scan", place, "--full")),
    await run(varve(STEP.scanAgain, "scan", place)),
    await run(varve(STEP.backup, "backup", place)),
    await run(varve(STEP.noChange, "backup", place)),
    await run(azcopy.copyOut(STEP.copyOut, SHARE, folder)),
    await run(azcopy.syncOut(STEP.syncNoChange, SHARE, folder)),
  ];
  const churn = await made.churn(CHURN);
  const changed = await run(varve(STEP.changed, "backup", place));
  const synced = await run(azcopy.syncOut(STEP.syncChanged, SHARE, folder));
  const source = await treeOfShare(client(SHARE));
  const compare = (tree: FileTree): Promise<string | undefined> => differenceOf(source, tree, settings.compareEvery);
  const differences = [await compare(treeOfFolder(folder))];
  const restored = await run(varve(STEP.restore, "restore", "latest", "--to", location(RESTORED)));
  differences.push(await compare(await treeOfShare(client(RESTORED))));
  await client(COPIED).create();
  const copied = await run(azcopy.copyIn(STEP.copyIn, folder, COPIED));
  differences.push(await compare(await treeOfShare(client(COPIED))));
  rmSync(folder, { recursive: true });
  const { sizes, directories } = made;
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const largeFiles = sizes.filter((size) => size > ONE_REQUEST_BYTES).length;
  return {
    share: { files: sizes.length, largeFiles, directories, bytes, churn },
    steps: inOrder([...first, changed, synced, restored, copied]),
    problems: differences.filter((difference) => difference !== undefined),
  };
}

/** Those of Varve, then those of AzCopy. */
function inOrder(steps: readonly StepResult[]): readonly StepResult[] {
  return [...steps.filter(({ contestant }) => contestant === "Varve"), ...steps.filter(({ contestant }) => contestant === "AzCopy")];
}

async function bench(settings: Settings, signal: AbortSignal): Promise<ShareBenchResult> {
  const workDir = realpathSync(mkdtempSync(join(settings.workParent, "varve-share-bench-")));
  try {
    await using emulator = await startEmulatorProcess("--location", join(workDir, "shares"), "--silent");
    await using azurite = await startAzurite({ place: workDir });
    const home = join(workDir, "home");
    mkdirSync(home);
    const options: RunnerOptions = {
      emulator,
      home,
      environment: environmentOf(home, azurite, emulator),
      timeExecutable: findExecutable("time", process.env["PATH"] ?? ""),
      signal,
      report: (line) => console.error(line),
    };
    const runner = stepRunner(options);
    await runner.run(varve("init", "init", REPOSITORY));
    const measured = await measureShare({ settings, emulator, options, workDir });
    const large = await measureLarge(settings.large, { share: (name) => emulator.service.getShareClient(name), runner, workDir });
    const synthetic: SyntheticResult[] = [];
    for (const entries of settings.synthetic) synthetic.push(await scanSynthetic(entries, options));
    const problems = [...measured.problems, ...(large.difference === undefined ? [] : [large.difference])];
    return { machine: describeMachine(workDir), ...measured, large, synthetic, problems };
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
  const result = await bench(settings, interruptSignal());
  const text = renderShareBench(result);
  console.log(text);
  if (result.problems.length > 0) process.exitCode = 1;
  if (settings.out !== undefined)
    writeFileSync(settings.out, settings.out.endsWith(".json") ? `${JSON.stringify(result, undefined, 2)}\n` : text);
}

await main();
