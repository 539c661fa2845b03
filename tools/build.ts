// npm run build: dist/ of each package, the form in which it is published. A checkout never runs from it.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `new URL("./x-thread.ts", import.meta.url)`: a file named in a string, which tsc leaves as it is. */
const THREAD_ENTRY = /(new URL\("[^"]+)\.ts("\s*,\s*import\.meta\.url)/g;

/** Names thread entries by what tsc made of them; returns how many files hold one. */
function renameThreadEntries(): number {
  let renamed = 0;
  for (const path of globSync("dist/**/*.js", { cwd: root })) {
    const text = readFileSync(`${root}${path}`, "utf8");
    const built = text.replaceAll(THREAD_ENTRY, "$1.js$2");
    if (built === text) continue;
    renamed += 1;
    writeFileSync(`${root}${path}`, built);
  }
  return renamed;
}

/** Compiles one package; true when that went well. */
function compile(folder: string): boolean {
  rmSync(`${root}${folder}dist`, { recursive: true, force: true });
  const { status } = spawnSync("tsc", ["-p", `${folder}tsconfig.build.json`], { cwd: root, stdio: "inherit" });
  return status === 0;
}

// Nothing to copy: all that the programs need at run time is TypeScript, the WebAssembly kernel included.
if (compile("") && compile("emulator/")) process.stdout.write(`dist/ is built; ${renameThreadEntries()} files name a thread entry\n`);
else process.exitCode = 1;
