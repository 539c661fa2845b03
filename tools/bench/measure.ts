import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "./program.ts";

/** What one run of a command took. */
export interface Measurement {
  readonly seconds: number;
  /** User and system time of all its processes. */
  readonly cpuSeconds: number | undefined;
  /** Peak resident memory of its largest single process. */
  readonly peakBytes: number | undefined;
}

export interface RunOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory; also takes the log. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** GNU time, which asks the kernel for the sums over all child processes; undefined measures the clock alone. */
  readonly timeExecutable: string | undefined;
}

const LOG_TAIL_BYTES = 2000;

/** Runs a command to its end. Throws with the end of its output when it fails. */
export async function measure(command: Command, options: RunOptions): Promise<Measurement> {
  const { environment, home, signal, timeExecutable } = options;
  const logPath = join(home, "bench.log");
  const usagePath = join(home, "bench.usage");
  const argv = timeExecutable === undefined ? command.argv : [timeExecutable, "-q", "-f", "%U %S %M", "-o", usagePath, ...command.argv];
  signal.throwIfAborted();
  const log = openSync(logPath, "w");
  const start = performance.now();
  const exit = await runToEnd(argv, { cwd: command.cwd ?? home, environment, signal, log });
  const seconds = (performance.now() - start) / 1000;
  closeSync(log);
  signal.throwIfAborted();
  if (exit !== 0) throw new Error(`${command.argv.join(" ")}: exit ${exit}\n${(await readFile(logPath, "utf8")).slice(-LOG_TAIL_BYTES)}`);
  const usage = timeExecutable === undefined ? undefined : await readUsage(usagePath);
  return { seconds, cpuSeconds: usage?.cpuSeconds, peakBytes: usage?.peakBytes };
}

interface Spawned {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly log: number;
}

/** The command gets a process group of its own: an interrupt must end what it started, too. */
function runToEnd(argv: readonly string[], { cwd, environment, signal, log }: Spawned): Promise<number | string> {
  const [file = "", ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, { cwd, env: environment, stdio: ["ignore", log, log], detached: true });
    const interrupt = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    };
    signal.addEventListener("abort", interrupt, { once: true });
    child.on("error", reject);
    child.on("exit", (code, killed) => {
      signal.removeEventListener("abort", interrupt);
      resolve(code ?? killed ?? "unknown");
    });
  });
}

async function readUsage(path: string): Promise<{ cpuSeconds: number; peakBytes: number }> {
  const [user = 0, system = 0, peakKib = 0] = (await readFile(path, "utf8")).trim().split(" ").map(Number);
  await rm(path);
  return { cpuSeconds: user + system, peakBytes: peakKib * 1024 };
}
