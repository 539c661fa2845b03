import { readFile } from "node:fs/promises";
import { syntheticResource } from "../control/resources.ts";
import { openSyntheticBackend } from "../backend/synthetic/synthetic-backend.ts";
import { steadyClock } from "../protocol/clock.ts";
import type { RequestEntry } from "../log/request-entry.ts";
import { startEmulator, type Emulator, type EmulatorOptions } from "../server.ts";
import { makeShare } from "./make-share.ts";
import { HELP, parseCommand, type ServerOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** What the program has of the process around it. */
export interface Surroundings {
  readonly version: string;
  readonly out: (text: string) => unknown;
  readonly err: (text: string) => unknown;
  /** Resolves when the server is to end. */
  readonly untilSignal: () => Promise<void>;
}

/** Runs the program to its end. The exit code. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const command = parseCommand(args);
    if (command.kind === "help") around.out(HELP);
    else if (command.kind === "version") around.out(`${around.version}\n`);
    else await serve(command.options, around);
    return 0;
  } catch (error) {
    return report(error, around);
  }
}

async function serve(options: ServerOptions, around: Surroundings): Promise<void> {
  const ended = around.untilSignal();
  const emulator = await start(options, around);
  try {
    for (const share of options.shares) await makeShare(emulator, share);
    // For programs as well: whatever else is printed, this line's last word is the account's URL.
    around.out(`azure-files-emulator listens on ${emulator.url}\n`);
    if (!options.silent) around.out(`connection string: ${emulator.connectionString}\n`);
    await ended;
  } finally {
    await emulator.close();
  }
}

async function start(options: ServerOptions, { out, err }: Surroundings): Promise<Emulator> {
  const { host, port, account, key, bearer, tls, faults, log, silent } = options;
  return startEmulator({
    ...storeOf(options.source),
    host,
    port,
    account,
    key,
    bearer,
    faults,
    ...(tls !== undefined && { tls: { cert: await readFile(tls.cert, "utf8"), key: await readFile(tls.key, "utf8") } }),
    ...(log !== undefined && { logFile: log }),
    ...(!silent && { onRequest: (entry) => out(requestLine(entry)) }),
    onBug: (error) => err(`azure-files-emulator: a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
  });
}

/** The shares, and for synthetic ones the means to move them on. */
function storeOf(source: ServerOptions["source"]): Pick<EmulatorOptions, "store" | "control"> {
  if ("location" in source) return { store: source.location };
  const backend = openSyntheticBackend(source.synthetic, steadyClock(Date.now));
  return { store: () => backend, control: { synthetic: syntheticResource(backend) } };
}

function requestLine({ time, method, status, operation, target, durationMs, errorCode, fault }: RequestEntry): string {
  const more = [errorCode, fault === "" ? "" : `[${fault}]`].filter((word) => word !== "").map((word) => ` ${word}`);
  return `${time} ${method} ${status} ${operation} ${target} ${durationMs} ms${more.join("")}\n`;
}

const REASONS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  EADDRINUSE: ["another program listens on this port", "choose another with --port, or 0 for any free one"],
  EADDRNOTAVAIL: ["this machine does not have that address", "leave out --host for the loopback address"],
  EACCES: ["the system does not allow it", "choose another folder, file or port"],
  EBUSY: ["another emulator serves this folder", "choose another with --location, or end that one"],
  EINVAL: ["another version of the emulator made this folder", "choose another with --location"],
  ENOENT: ["the file, or a folder on the way, does not exist", "check the path"],
  ENOTDIR: ["a file stands where a folder should", "choose another path"],
  ENOTFOUND: ["no machine has this name", "leave out --host for the loopback address"],
};

function report(error: unknown, { err }: Surroundings): number {
  if (error instanceof UsageError) {
    err(`azure-files-emulator: ${error.message}\nwhy:   ${error.why}\nhint:  ${error.hint}\n`);
    return EXIT_USAGE;
  }
  const { code = "", message } = error as NodeJS.ErrnoException;
  const [why, hint] = REASONS[code] ?? ["the system or the store refused", "see the message above"];
  err(`azure-files-emulator: cannot serve: ${message}\nwhy:   ${why}\nhint:  ${hint}\n`);
  return EXIT_FAILED;
}
