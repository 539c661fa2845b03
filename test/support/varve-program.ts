import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The real program. */
export const VARVE: string = fileURLToPath(new URL("../../bin/varve", import.meta.url));

const RUN_MS_MAX = 110_000;

/** What one run of the program left behind. */
export interface ProgramRun {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that has not ended yet. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramRun>;
}

/** Whose processes they are. */
export interface ProgramUser {
  readonly uid: number;
  readonly gid: number;
}

/** Runs bin/varve in processes of its own, away from whatever this user has configured. Everything it keeps lands below `home`. */
export class VarveProgram {
  readonly home: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #user: ProgramUser | undefined;

  constructor(home: string, settings: Readonly<Record<string, string>> = {}, user?: ProgramUser) {
    this.home = home;
    this.#settings = settings;
    this.#user = user;
    mkdirSync(home, { recursive: true });
  }

  /** A program with more settings. */
  with(settings: Readonly<Record<string, string>>): VarveProgram {
    return new VarveProgram(this.home, { ...this.#settings, ...settings }, this.#user);
  }

  start(...args: readonly string[]): RunningProgram {
    const env = { PATH: process.env["PATH"] ?? "", HOME: this.home, LANG: "C.UTF-8", ...this.#settings };
    const child = spawn(VARVE, args, {
      cwd: this.home,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: RUN_MS_MAX,
      killSignal: "SIGKILL",
      ...this.#user,
    });
    const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
    const ended = new Promise<ProgramRun>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) =>
        resolve({ code: code ?? undefined, signal: signal ?? undefined, stdout: stdout(), stderr: stderr() }),
      );
    });
    return { child, ended };
  }

  async run(...args: readonly string[]): Promise<ProgramRun> {
    return await this.start(...args).ended;
  }

  /** Runs it and throws with its output unless it ends with 0. */
  async succeed(...args: readonly string[]): Promise<ProgramRun> {
    const run = await this.run(...args);
    if (run.code !== 0) throw new Error(`varve ${args.join(" ")} ended with ${run.code ?? run.signal}\n${run.stdout}${run.stderr}`);
    return run;
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const pieces: Buffer[] = [];
  stream?.on("data", (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString();
}

/** An event of `--json`, as plain fields. */
export type ProgramEvent = Readonly<Record<string, unknown>>;

/** The events a run printed with `--json`. */
export function eventsOf({ stdout }: Pick<ProgramRun, "stdout">): readonly ProgramEvent[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ProgramEvent);
}

/** The event that ends an operation with its counts; throws when there is none. */
export function summaryOf(run: Pick<ProgramRun, "stdout" | "stderr">): ProgramEvent {
  const summary = eventsOf(run).findLast((event) => event["message_type"] === "summary");
  if (summary === undefined) throw new Error(`the program printed no summary: ${run.stdout}${run.stderr}`);
  return summary;
}

/** `path code` of each problem with one item that a run with `--json` told. */
export function itemErrorsOf(run: Pick<ProgramRun, "stdout">): readonly string[] {
  return eventsOf(run)
    .filter((event) => event["message_type"] === "error")
    .map((event) => `${String(event["path"])} ${String(event["code"])}`);
}

/** True when a text shows a stack of our own or of a library: users never see one unless they ask for it. */
export function showsStack(text: string): boolean {
  return /^\s+at .+(:\d+:\d+\)?|<anonymous>\)?)$/m.test(text);
}
