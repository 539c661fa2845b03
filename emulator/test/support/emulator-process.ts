import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  ShareServiceClient,
  StorageSharedKeyCredential,
} from "@azure/storage-file-share";
import { DEFAULT_ACCOUNT, DEFAULT_KEY } from "../../src/index.ts";
import type { CounterReport } from "../../src/log/counters.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/azure-files-emulator", import.meta.url));
const SAS_MS = 3_600_000;

/** The emulator as users have it: a process of its own. */
export interface EmulatorProcess extends AsyncDisposable {
  /** Of the account. */
  readonly url: string;
  readonly connectionString: string;
  /** With the account's key. */
  readonly service: ShareServiceClient;
  /** A signature for all of the account's shares, without a question mark. */
  sas(permissions?: string): string;
  counters(): Promise<CounterReport>;
  control(method: string, name: string, body?: unknown): Promise<unknown>;
  /** Ends it as a service manager would, or without a chance to say goodbye; the exit code and everything it printed. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<{ readonly code: number | null; readonly output: string }>;
}

/** Starts the program on a free port and waits for the line that says where it listens. */
export async function startEmulatorProcess(...args: readonly string[]): Promise<EmulatorProcess> {
  const child = spawn(PROGRAM, ["--port", "0", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (data: Buffer): void => {
      output += data.toString();
      const found = /^azure-files-emulator listens on (\S+)\n/m.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the emulator ended: ${output}`)));
  });
  const credential = new StorageSharedKeyCredential(DEFAULT_ACCOUNT, DEFAULT_KEY);
  const control = async (method: string, name: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(new URL(`/_emulator/${name}`, url), { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${name}: ${answer.status} ${text}`);
    return answer.headers.get("content-type") === "application/json" ? JSON.parse(text) : text;
  };
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<{ readonly code: number | null; readonly output: string }> => {
    child.kill(signal);
    await ended;
    return { code: child.exitCode, output };
  };
  return {
    url,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${DEFAULT_ACCOUNT};AccountKey=${DEFAULT_KEY};FileEndpoint=${url};`,
    service: new ShareServiceClient(url, credential),
    sas: (permissions = "rwdlc") => sasOf(credential, permissions),
    counters: async () => (await control("GET", "counters")) as CounterReport,
    control,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

function sasOf(credential: StorageSharedKeyCredential, permissions: string): string {
  const expiresOn = new Date(Date.now() + SAS_MS);
  const values = { permissions: AccountSASPermissions.parse(permissions), services: "f", resourceTypes: "sco", expiresOn };
  return generateAccountSASQueryParameters(values, credential).toString();
}
