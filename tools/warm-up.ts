// npm ci runs this last: the program is used once, so that its compiled code lies ready for the first real run. Without it that run
// compiles 250 modules in each of its threads, more than a second of processor time (measured). Whatever goes wrong is no harm.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `bin/varve` takes compiled code from here when this user may write here. */
const CACHE = join(root, "node_modules/.cache/varve/compiled");

const COMMAND_MS_MAX = 60_000;

function warmUp(folder: string): void {
  const [repository, source, target] = ["repository", "source", "target"].map((name) => join(folder, name));
  if (repository === undefined || source === undefined || target === undefined) return;
  mkdirSync(source);
  writeFileSync(join(source, "file"), "content");
  // Nothing of this user's settings, and no cache but this one.
  const env = { PATH: process.env["PATH"], HOME: folder, VARVE_REPOSITORY: repository };
  const varve = (...args: readonly string[]): void => {
    spawnSync(join(root, "bin/varve"), args, { cwd: folder, env, stdio: "ignore", timeout: COMMAND_MS_MAX });
  };
  varve("init", repository, "--no-password");
  varve("backup", source);
  writeFileSync(join(source, "another"), "more content");
  varve("backup", source);
  varve("restore", "latest", "--to", target);
  varve("check", "--read-data");
  varve("snapshots");
}

try {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "varve-warm-up-"));
  try {
    warmUp(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} catch {
  // The first run compiles then.
}
