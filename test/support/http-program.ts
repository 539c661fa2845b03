import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { systemClock } from "../../src/shared/clock.ts";
import { HttpConnections } from "../../src/storage/azure-blob/http-connections.ts";
import { patternBytes } from "./object-store-suite.ts";

/** What the program says. */
export interface HttpReport {
  readonly sizes: string;
  readonly intact: boolean;
}

/**
 * Runs this file as a program: it fetches `/N` from a server on this machine for each of some sizes, sends the same there, and ends when
 * nothing holds it.
 */
export async function runProgram(
  argv: readonly [scheme: string, port: string, sizes: string],
  env: Record<string, string>,
): Promise<HttpReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), ...argv], {
    env: { ...process.env, ...env },
    timeout: 30_000,
  });
  return JSON.parse(stdout) as HttpReport;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [scheme = "", port = "", sizes = ""] = process.argv.slice(2);
  const connections = new HttpConnections(systemClock);
  let intact = true;
  for (const size of sizes.split(",").map(Number)) {
    const into = new Uint8Array(new SharedArrayBuffer(size));
    const origin = new URL(`${scheme}://127.0.0.1:${port}`);
    const request = { method: "GET", origin, target: `/${size}`, headers: [["x-test", "yes"]] } as const;
    const { bytes } = await connections.send(request, { into, moved: () => undefined, signal: new AbortController().signal });
    const put = { ...request, method: "PUT", body: patternBytes(size, size % 251) } as const;
    const taken = await connections.send(put, { moved: () => undefined, signal: new AbortController().signal });
    intact &&= taken.head.status === 201 && bytes?.buffer === into.buffer && Buffer.from(bytes).equals(patternBytes(size, size % 251));
  }
  process.stdout.write(JSON.stringify({ sizes, intact } satisfies HttpReport));
}
