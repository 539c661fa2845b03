import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { churn } from "../tree/churn.ts";
import { measure } from "./measure.ts";
import type { BenchProgram, Command, Site, Step } from "./program.ts";
import type { Problem, RoundResult, Run, Stored } from "./result.ts";

export interface RoundOptions {
  readonly round: number;
  readonly programs: readonly BenchProgram[];
  /** In the order in which they are to be done; the first backup first. */
  readonly steps: readonly Step[];
  /** Is changed by the step "changed". */
  readonly tree: string;
  /** Repositories and homes are made and removed below it. */
  readonly workDir: string;
  readonly searchPath: string;
  readonly timeExecutable: string | undefined;
  /** Compares each restored tree with the one that was saved. */
  readonly compare: boolean;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

const CHANGED_FRACTION = 0.01;

/**
 * Takes every program through all steps, step by step and not program by program, so that slow changes of the machine meet all of them.
 * A program that fails is left out of the rest of the round. Removes everything it made.
 */
export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const round = new Round(options);
  try {
    await round.run();
  } finally {
    await rm(round.dir, { recursive: true, force: true });
  }
  return round;
}

class Round implements RoundResult {
  readonly runs: Run[] = [];
  readonly stored: Stored[] = [];
  readonly problems: Problem[] = [];
  readonly dir: string;
  readonly #options: RoundOptions;
  #latest: Step = "first";

  constructor(options: RoundOptions) {
    this.#options = options;
    this.dir = join(options.workDir, `round-${options.round}`);
  }

  async run(): Promise<void> {
    const { programs, steps, tree, round } = this.#options;
    for (const program of programs) await this.#guarded(program, "prepare", () => this.#prepare(program));
    for (const step of steps) {
      if (step === "changed") churn({ dir: tree, fraction: CHANGED_FRACTION, seed: round + 1 });
      if (step !== "restore" && step !== "check") this.#latest = step;
      for (const program of programs) await this.#guarded(program, step, () => this.#step(program, step));
    }
  }

  /** Does `work` unless the program failed before; notes a failure and goes on. */
  async #guarded(program: BenchProgram, step: Step | "prepare", work: () => Promise<void>): Promise<void> {
    const { round, signal } = this.#options;
    if (this.problems.some((problem) => problem.program === program.name)) return;
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      this.#problem({ program: program.name, round, step, message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #prepare(program: BenchProgram): Promise<void> {
    const site = this.#site(program);
    for (const name of ["cache", "config", "tmp"]) await mkdir(join(site.home, name), { recursive: true });
    for (const [path, text] of Object.entries(program.files?.(site) ?? {})) await writeFile(path, text);
    for (const command of program.prepare(site)) await this.#measure(program, command, site);
  }

  async #step(program: BenchProgram, step: Step): Promise<void> {
    const { round, compare, report } = this.#options;
    const site = this.#site(program);
    const command = program.command(step, site);
    if (command === undefined) return;
    if (step === "restore") await mkdir(site.into);
    const measurement = await this.#measure(program, command, site);
    this.runs.push({ program: program.name, round, step, ...measurement });
    report(`round ${round + 1}  ${step.padEnd(9)}  ${program.name.padEnd(17)}  ${measurement.seconds.toFixed(2)} s`);
    if (step === "first") this.stored.push({ program: program.name, round, bytes: await sizeOf(site.repo) });
    if (step !== "restore") return;
    if (compare && this.#savesChanges(program, site)) await this.#compare(program, site);
    await rm(site.into, { recursive: true });
  }

  /** A floor that saves only once cannot restore what changed later. */
  #savesChanges(program: BenchProgram, site: Site): boolean {
    return program.command(this.#latest, site) !== undefined || this.#latest === "unchanged";
  }

  async #compare(program: BenchProgram, site: Site): Promise<void> {
    const { tree, round, signal, searchPath } = this.#options;
    const command = { argv: ["diff", "-rq", "--no-dereference", tree, restoredRoot(site)] };
    await measure(command, { environment: { PATH: searchPath }, home: site.home, signal, timeExecutable: undefined }).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        this.#problem({
          program: program.name,
          round,
          step: "restore",
          message: `the restored tree differs: ${error instanceof Error ? error.message : String(error)}`,
        });
      },
    );
  }

  #measure(program: BenchProgram, command: Command, site: Site): ReturnType<typeof measure> {
    const { searchPath, signal, timeExecutable } = this.#options;
    const environment = {
      PATH: searchPath,
      LANG: "C.UTF-8",
      HOME: site.home,
      XDG_CACHE_HOME: join(site.home, "cache"),
      XDG_CONFIG_HOME: join(site.home, "config"),
      XDG_DATA_HOME: join(site.home, "data"),
      XDG_STATE_HOME: join(site.home, "state"),
      TMPDIR: join(site.home, "tmp"),
      ...program.environment(site),
    };
    return measure(command, { environment, home: site.home, signal, timeExecutable });
  }

  #site(program: BenchProgram): Site {
    const base = join(this.dir, program.name.replaceAll(/[^a-z0-9]+/g, "-"));
    return { tree: this.#options.tree, latest: this.#latest, repo: join(base, "repo"), into: join(base, "into"), home: join(base, "home") };
  }

  #problem(problem: Problem): void {
    this.problems.push(problem);
    this.#options.report(
      `round ${problem.round + 1}  ${problem.step.padEnd(9)}  ${problem.program.padEnd(17)}  FAILED: ${problem.message}`,
    );
  }
}

/** Some restore the tree itself, some its whole path, some its last name. */
function restoredRoot({ tree, into }: Site): string {
  return [join(into, tree), join(into, basename(tree))].find((path) => existsSync(path)) ?? into;
}

/** Bytes in all files below `path`. */
export async function sizeOf(path: string): Promise<number> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await sizeOf(join(path, name));
  return bytes;
}
