import { existsSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";
import { PROGRAM_VERSION } from "../shared/program.ts";

/**
 * Keeps compiled code between runs, as `bin/varve` arranges already when it starts this file. The variable is for worker
 * threads: 0.17 s instead of 0.5 s until one has loaded the archiver.
 */
function cacheCompiledCode(): void {
  const { XDG_CACHE_HOME: named, HOME: home, NODE_COMPILE_CACHE: arranged } = process.env;
  const cache = named || (home ? `${home}/.cache` : "");
  if (arranged || cache === "" || !makeFolder(cache) || !makeFolder(`${cache}/varve`)) return;
  enableCompileCache(`${cache}/varve/compiled`);
  process.env["NODE_COMPILE_CACHE"] = `${cache}/varve/compiled`;
}

/**
 * Makes one folder, not those above it: where making one fails with ENOENT although its parent exists, as under /proc, Node's
 * recursive mkdir, which `enableCompileCache` uses too, never returns.
 */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    return existsSync(path);
  }
  return true;
}

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  // Threads fill all cores: helpers of a collection would only wait for one, a twentieth of the time of a backup (measured). Set here
  // and not in bin/varve, since Node refuses to start with an option that its V8 does not know.
  setFlagsFromString("--no-parallel-scavenge");
  cacheCompiledCode();
  // The commonest probe of all answers without loading the program.
  if (rest.length === 0 && (first === "version" || first === "--version" || first === "-V") && !process.env["VARVE_JSON"]) {
    process.stdout.write(`varve ${PROGRAM_VERSION}\n`);
    return;
  }
  const [{ nodeContext }, { runCli }] = await Promise.all([import("./node-context.ts"), import("./run-cli.ts")]);
  // Ends the process even when a library keeps a connection open: a cron job must never hang after its work is done.
  process.exit(await runCli(nodeContext(PROGRAM_VERSION)));
}

await main();
