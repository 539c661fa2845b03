import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { AppError } from "../shared/errors.ts";
import { systemReason } from "../shared/system-reason.ts";
import type { SecretRef } from "./config.ts";

const SECRET_BYTES_MAX = 64 * 1024;
/** A password manager that waits for a person may take its time; a hung one must not hold a night's backup for ever. */
const SECRET_COMMAND_MS_MAX = 120_000;

export interface SecretWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * Fetches the secret that `ref` names, without the line break at its end. Throws E_CONFIG, naming `purpose` and the place
 * but never the value, when it cannot be had or is empty.
 */
export async function readSecret(ref: SecretRef, purpose: string, world: SecretWorld): Promise<string> {
  const text =
    "file" in ref
      ? await fromFile(ref.file, purpose)
      : "env" in ref
        ? (world.env[ref.env] ?? "")
        : await fromCommand(ref.command, purpose, world);
  const secret = text.replace(/\r?\n$/, "");
  if (secret !== "") return secret;
  throw new AppError({
    code: "E_CONFIG",
    what: `the ${purpose} is empty`,
    why: `${describeSecret(ref)} gives nothing`,
    hint: "put the secret there, or name another place",
  });
}

/** Where a secret comes from, for people; arguments of a command are left out, as they may tell something. */
export function describeSecret(ref: SecretRef): string {
  if ("file" in ref) return `file ${ref.file}`;
  if ("env" in ref) return `environment variable ${ref.env}`;
  return `command ${ref.command[0] ?? ""}`;
}

async function fromFile(path: string, purpose: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new AppError({
      code: "E_CONFIG",
      what: `cannot read the ${purpose} from ${path}`,
      why: systemReason(error, "it cannot be opened"),
      hint: "check the path and its permissions",
      cause: error,
    });
  }
}

async function fromCommand(command: readonly string[], purpose: string, world: SecretWorld): Promise<string> {
  const [program = "", ...rest] = command;
  const ended = await run(program, rest, world);
  if (ended.failure === "") return ended.output;
  // Only the program's name goes on: its arguments and output may hold the secret.
  throw new AppError({
    code: "E_CONFIG",
    what: `the command '${program}' did not give the ${purpose}`,
    why: ended.failure,
    hint: "run the command by hand to see what it says",
  });
}

/** Runs a program whose messages and questions go straight to the person's terminal; its output is the secret. */
function run(program: string, rest: readonly string[], world: SecretWorld): Promise<{ readonly output: string; readonly failure: string }> {
  return new Promise((settle) => {
    const child = spawn(program, rest, {
      cwd: world.cwd,
      env: { ...world.env },
      stdio: ["inherit", "pipe", "inherit"],
      signal: AbortSignal.timeout(SECRET_COMMAND_MS_MAX),
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      output += part;
      if (output.length > SECRET_BYTES_MAX) child.kill();
    });
    child.on("error", (error) =>
      settle({
        output: "",
        failure: error.name === "AbortError" ? "it took too long" : `it cannot be started: ${systemReason(error, "unknown reason")}`,
      }),
    );
    child.on("close", (status, signal) => {
      const failure =
        status === 0
          ? ""
          : signal === null
            ? `it ended with exit code ${status}`
            : output.length > SECRET_BYTES_MAX
              ? "it printed too much"
              : `it was ended by ${signal}`;
      settle({ output, failure });
    });
  });
}
