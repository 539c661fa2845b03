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
  /** `http://127.0.0.1:port/devstoreaccount1`: what a location starts with. With a certificate it is https. */
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
  /** Speaks HTTPS with this certificate (paths of PEM files), and believes tokens of Microsoft Entra that were made for storage. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Serves this account with the emulators' public key, instead of the one that all emulators have. */
  readonly account?: string;
}

/** Starts Azurite's blob service on a free port of the loopback address and waits until it answers. */
export async function startAzurite(given: AzuriteOptions = {}): Promise<Azurite> {
  const { place, onRequest, certificate, account = EMULATOR_ACCOUNT } = given;
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
    ...(certificate === undefined ? [] : ["--oauth", "basic", "--cert", certificate.cert, "--key", certificate.key]),
  ];
  const env = { ...process.env, AZURITE_ACCOUNTS: `${account}:${EMULATOR_KEY}` };
  const child = spawn(process.execPath, [main, ...options], { env, stdio: ["ignore", "pipe", "pipe"] });
  try {
    const { scheme, port } = await listening(child);
    if (onRequest !== undefined) countRequests(child, onRequest);
    const serviceUrl = `${scheme}://127.0.0.1:${port}/${account}`;
    const stop = async (): Promise<void> => {
      await end(child);
      await folder.remove();
    };
    return {
      serviceUrl,
      port,
      account,
      key: EMULATOR_KEY,
      connectionString: `AccountName=${account};AccountKey=${EMULATOR_KEY};BlobEndpoint=${serviceUrl}`,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await end(child);
    await folder.remove();
    throw error;
  }
}

interface Listening {
  readonly scheme: string;
  readonly port: number;
}

/** Reads scheme and port off the line in which the service says that it listens. */
async function listening(child: ChildProcess): Promise<Listening> {
  let output = "";
  const answered = new Promise<Listening>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      output += data.toString();
      const [, scheme, port] = /listens on (https?):\/\/127\.0\.0\.1:(\d+)/.exec(output) ?? [];
      if (scheme !== undefined) resolve({ scheme, port: Number(port) });
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
