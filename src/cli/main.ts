import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";

/** Version of the program, from its package. */
function programVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return manifest.version;
}

/** Compiled code is kept between runs; where nothing can be written, Node goes on without and says so only in its result. */
function cacheCompiledCode(): void {
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  if (cache) enableCompileCache(`${cache}/varve/compiled`);
  else if (home) enableCompileCache(`${home}/.cache/varve/compiled`);
}

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  // The commonest probe of all answers without loading the program.
  if (rest.length === 0 && (first === "version" || first === "--version" || first === "-V") && !process.env["VARVE_JSON"]) {
    process.stdout.write(`varve ${programVersion()}\n`);
    return;
  }
  cacheCompiledCode();
  const [{ nodeContext }, { runCli }] = await Promise.all([import("./node-context.ts"), import("./run-cli.ts")]);
  // Ends the process even when a library keeps a connection open: a cron job must never hang after its work is done.
  process.exit(await runCli(nodeContext(programVersion())));
}

await main();
