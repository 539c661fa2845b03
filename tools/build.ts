// npm run build: dist/, the form in which the package is published. A checkout never runs from it.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `new URL("./x-thread.ts", import.meta.url)`: a file named in a string, which tsc leaves as it is. */
const THREAD_ENTRY = /(new URL\("[^"]+)\.ts("\s*,\s*import\.meta\.url)/g;

rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync("tsc", ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });

let threads = 0;
for (const path of globSync("dist/**/*.js", { cwd: root })) {
  const text = readFileSync(`${root}${path}`, "utf8");
  const built = text.replaceAll(THREAD_ENTRY, "$1.js$2");
  if (built === text) continue;
  threads += 1;
  writeFileSync(`${root}${path}`, built);
}
// Everything else the program needs at run time is TypeScript too, the WASM kernels included: there is nothing to copy.
process.stdout.write(`dist/ is built; ${threads} files name a thread entry\n`);
