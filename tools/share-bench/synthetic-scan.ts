import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startEmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import { location, varve } from "./contestants.ts";
import { type RunnerOptions, type StepResult, stepRunner } from "./run-step.ts";

const SHARE = "synthetic";
/** As in the share of the other measurements. */
const ENTRIES_PER_DIRECTORY = 12.5;
/** Of the files, how many change before the second scan. */
const CHURN = 0.01;

/** Scans of a share that nobody stores. */
export interface SyntheticResult {
  readonly files: number;
  readonly directories: number;
  readonly first: StepResult;
  /** After 1 % has changed. */
  readonly again: StepResult;
}

/** Counts a share of so many files and directories in an emulator of its own, changes 1 % and counts again. */
export async function scanSynthetic(entries: number, options: Omit<RunnerOptions, "emulator">): Promise<SyntheticResult> {
  const directories = Math.round(entries / ENTRIES_PER_DIRECTORY);
  const files = entries - directories;
  const home = join(options.home, `synthetic-${entries}`);
  mkdirSync(home);
  await using emulator = await startEmulatorProcess(
    "--synthetic",
    `share=${SHARE},files=${files},dirs=${directories},seed=1,churn=${CHURN}`,
    "--silent",
  );
  const environment = { ...options.environment, HOME: home, VARVE_SOURCE_CONNECTION_STRING: emulator.connectionString };
  const runner = stepRunner({ ...options, emulator, home, environment });
  try {
    const first = await runner.run(varve(`scan of ${entries} entries`, "scan", location(SHARE)));
    await emulator.control("PUT", "synthetic", { generation: 1 });
    const again = await runner.run(varve("scan again, 1 % changed", "scan", location(SHARE)));
    return { files, directories, first, again };
  } finally {
    rmSync(home, { recursive: true });
  }
}
