import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../bin/varve", import.meta.url));
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const COMMAND_MS_MAX = 120_000;

/** What one run of the program left behind. */
export interface VarveRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly seconds: number;
}

/** Runs the program as a user's shell would, away from the user's own configuration, catalog and cache. */
export class Varve {
  readonly #home: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(home: string, settings: Readonly<Record<string, string>>) {
    this.#home = home;
    // No XDG variable and no setting of the user gets in: everything the program keeps lands below `home`.
    this.#environment = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", ...settings };
  }

  /** Runs one command. Throws with its output when it ends with another exit code than `exitCodes`. */
  run(args: readonly string[], exitCodes: readonly number[] = [0]): VarveRun {
    const start = performance.now();
    const child = spawnSync(PROGRAM, args, {
      cwd: this.#home,
      env: this.#environment,
      encoding: "utf8",
      maxBuffer: OUTPUT_BYTES_MAX,
      timeout: COMMAND_MS_MAX,
    });
    const seconds = (performance.now() - start) / 1000;
    if (child.error !== undefined) throw child.error;
    const { stdout, stderr } = child;
    const exitCode = child.status ?? -1;
    if (!exitCodes.includes(exitCode)) {
      throw new Error(`varve ${args.join(" ")}: exit code ${exitCode}, expected ${exitCodes.join(" or ")}\n${stdout}${stderr}`);
    }
    return { stdout, stderr, exitCode, seconds };
  }
}

/** The `summary` event that ends the NDJSON of an operation, as plain fields. Throws when there is none. */
export function summaryOf({ stdout }: Pick<VarveRun, "stdout">): Readonly<Record<string, unknown>> {
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  const summary = events.findLast((event) => event["message_type"] === "summary");
  if (summary === undefined) throw new Error("the program printed no summary event");
  return summary;
}

/** A field of a summary that has to be a number. */
export function numberOf(summary: Readonly<Record<string, unknown>>, field: string): number {
  const value = summary[field];
  if (typeof value !== "number") throw new TypeError(`the summary has no number ${field}`);
  return value;
}
