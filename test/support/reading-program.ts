import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { systemClock } from "../../src/shared/clock.ts";
import { ReadingConnections } from "../../src/storage/azure-blob/reading-connections.ts";
import { patternBytes } from "./object-store-suite.ts";

/** What the program says. */
export interface ReadingReport {
  readonly sizes: string;
  readonly intact: boolean;
}

/** Runs this file as a program: it fetches `/N` from a server on this machine for each of some sizes, and ends when nothing holds it. */
export async function runProgram(
  argv: readonly [scheme: string, port: string, sizes: string],
  env: Record<string, string>,
): Promise<ReadingReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), ...argv], {
    env: { ...process.env, ...env },
    timeout: 30_000,
  });
  return JSON.parse(stdout) as ReadingReport;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [scheme = "", port = "", sizes = ""] = process.argv.slice(2);
  const connections = new ReadingConnections(systemClock);
  let intact = true;
  for (const size of sizes.split(",").map(Number)) {
    const into = new Uint8Array(new SharedArrayBuffer(size));
    const request = { url: `${scheme}://127.0.0.1:${port}/${size}`, headers: [["x-test", "yes"]] as const };
    const { bytes } = await connections.get(request, { into, moved: () => undefined }, new AbortController().signal);
    intact &&= bytes?.buffer === into.buffer && Buffer.from(bytes).equals(patternBytes(size, size % 251));
  }
  process.stdout.write(JSON.stringify({ sizes, intact } satisfies ReadingReport));
}
