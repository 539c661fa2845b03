import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { EMULATOR_ACCOUNT, EMULATOR_KEY } from "../../src/shared/azure-account.ts";
import { tempFolder } from "./temp.ts";

const START_MS_MAX = 60_000;

/** A blob service of Azure's own emulator, with a folder of its own. */
export interface Azurite extends AsyncDisposable {
  /** `http://127.0.0.1:port/devstoreaccount1`: what a location starts with. */
  readonly serviceUrl: string;
  readonly port: number;
  readonly account: string;
  readonly key: string;
  /** For `AZURE_STORAGE_CONNECTION_STRING`. */
  readonly connectionString: string;
  readonly stop: () => Promise<void>;
}

export interface AzuriteOptions {
  /** Folder below which its data lies; the system's temp folder unless given. */
  readonly place?: string;
  /** Told of each request it answered; costs it some time. */
  readonly onRequest?: () => void;
}

/** Starts Azurite's blob service on a free port of the loopback address and waits until it answers. */
export async function startAzurite({ place, onRequest }: AzuriteOptions = {}): Promise<Azurite> {
  const folder = await tempFolder("azurite", place);
  const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
  // The SDK speaks a newer version of the protocol than the emulator knows; what we use is the same in both.
  const options = [
    "--blobHost",
    "127.0.0.1",
    "--blobPort",
    "0",
    "--location",
    folder.path,
    ...(onRequest === undefined ? ["--silent"] : []),
    "--skipApiVersionCheck",
    "--disableTelemetry",
  ];
  const child = spawn(process.execPath, [main, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    const port = await listeningPort(child);
    if (onRequest !== undefined) countRequests(child, onRequest);
    const serviceUrl = `http://127.0.0.1:${port}/${EMULATOR_ACCOUNT}`;
    const stop = async (): Promise<void> => {
      await end(child);
      await folder.remove();
    };
    return {
      serviceUrl,
      port,
      account: EMULATOR_ACCOUNT,
      key: EMULATOR_KEY,
      connectionString: `AccountName=${EMULATOR_ACCOUNT};AccountKey=${EMULATOR_KEY};BlobEndpoint=${serviceUrl}`,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await end(child);
    await folder.remove();
    throw error;
  }
}

/** Reads the port off the line in which the service says that it listens. */
async function listeningPort(child: ChildProcess): Promise<number> {
  let output = "";
  const answered = new Promise<number>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      output += data.toString();
      const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`azurite ended: ${output}`)));
  });
  const giveUp = new AbortController();
  const tooLong = pause(START_MS_MAX, undefined, { signal: giveUp.signal }).then(() =>
    Promise.reject(new Error(`azurite does not start: ${output}`)),
  );
  try {
    return await Promise.race([answered, tooLong]);
  } finally {
    giveUp.abort();
    tooLong.catch(() => undefined);
  }
}

/** One line a request: address, time, method and path, status. */
function countRequests(child: ChildProcess, onRequest: () => void): void {
  if (child.stdout === null) return;
  createInterface(child.stdout).on("line", (line) => {
    if (/"(?:GET|PUT|HEAD|POST|DELETE) \//.test(line)) onRequest();
  });
}

/** The folder goes with it, so there is nothing to be saved by a polite end. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}
