import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventsIn } from "./event-check.ts";

// The real bin/varve in real processes.

const VARVE = fileURLToPath(new URL("../../bin/varve", import.meta.url));
const VERSION = (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
const folder = mkdtempSync(join(tmpdir(), "varve-launcher-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const ENV = { PATH: process.env["PATH"], HOME: folder };

function run(program: string, args: readonly string[], env: Record<string, string | undefined> = ENV) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env, cwd: folder, input: "" });
  return { status, stdout, stderr };
}

/** A program that answers as that version of Node.js and otherwise prints its arguments. */
function fakeNode(place: string, version: string): void {
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "${version} runs $*"; fi\n`);
  chmodSync(place, 0o755);
}

/** The launcher as another checkout or an installed package would hold it. */
function packageAt(root: string, files: readonly string[]): string {
  for (const file of ["bin/varve", ...files]) mkdirSync(dirname(join(root, file)), { recursive: true });
  for (const file of files) writeFileSync(join(root, file), "");
  copyFileSync(VARVE, join(root, "bin/varve"));
  return join(root, "bin/varve");
}

test("varve answers version, however it is asked", () => {
  for (const argv of [["version"], ["--version"], ["-V"], ["version", "--no-progress"]])
    assert.deepEqual(run(VARVE, argv), { status: 0, stdout: `varve ${VERSION}\n`, stderr: "" });
  const json = run(VARVE, ["version"], { ...ENV, VARVE_JSON: "1" });
  assert.equal(eventsIn(json.stdout)[0]?.message_type, "result");
});

test("varve prints help to stdout, and completion scripts that the shell takes", () => {
  const help = run(VARVE, ["backup", "--help"]);
  assert.deepEqual([help.status, help.stderr], [0, ""]);
  assert.match(help.stdout, /^Usage: varve backup \[options\] <PATH\.\.\.>/);
  const script = run(VARVE, ["completion", "bash"]);
  assert.equal(spawnSync("bash", ["-n"], { input: script.stdout }).status, 0);
});

test("varve ends with 2 and three lines when it is not used right", () => {
  const { status, stdout, stderr } = run(VARVE, ["snapshots", "--lastest", "3"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^error: unknown option '--lastest' \[E_USAGE\]\nwhy: .*\nhint: .*did you mean --latest.*\n$/);
});

test("varve works through a chain of symlinks and from any folder", () => {
  mkdirSync(join(folder, "deep er/bin"), { recursive: true });
  symlinkSync(VARVE, join(folder, "deep er/bin/second"));
  symlinkSync("deep er/bin/second", join(folder, "first"));
  assert.equal(run("sh", ["-c", `cd / && "${folder}/first" version`]).stdout, `varve ${VERSION}\n`);
  assert.equal(run("first", ["version"], { ...ENV, PATH: `${folder}:${ENV.PATH ?? ""}` }).stdout, `varve ${VERSION}\n`);
  assert.equal(run("sh", ["first", "version"]).stdout, `varve ${VERSION}\n`);
});

test("varve works where the home folder cannot be written", () => {
  for (const HOME of ["/proc", "/proc/nowhere", undefined])
    assert.equal(run(VARVE, ["completion", "fish"], { PATH: ENV.PATH, HOME }).status, 0);
  assert.equal(run(VARVE, ["completion", "fish"], { PATH: ENV.PATH, XDG_CACHE_HOME: "/dev/null" }).status, 0);
});

test("varve ends quietly when the reader of its output leaves", () => {
  const { status, stdout, stderr } = run("bash", ["-c", `"${VARVE}" completion bash | head -n 1; echo "$\{PIPESTATUS[0]}"`]);
  assert.deepEqual([status, stdout, stderr], [0, "# bash completion for varve\n0\n", ""]);
});

test("varve ends with 1 and says why once when its output cannot be written", () => {
  const { status, stderr } = run("bash", ["-c", `"${VARVE}" completion bash > /dev/full`]);
  assert.equal(status, 1);
  assert.match(stderr, /^error: cannot write the output \[E_TARGET_ROOT\]\nwhy: {3}no space is left \(ENOSPC\)\nhint: .*\n$/);
});

test("varve ends with 130 or 143 when a signal arrives while it waits", async () => {
  writeFileSync(join(folder, "waits"), "#!/bin/sh\necho ready >&2\nexec sleep 2\n", { mode: 0o755 });
  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const child = spawn(VARVE, ["stats", "--repo", "r", "--password-command", join(folder, "waits")], {
      env: ENV,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.once("data", () => child.kill(signal));
    const [code] = (await once(child, "exit")) as [number | null];
    assert.equal(code, expected);
  }
});

test("launcher explains itself in three lines when Node.js is too old or missing", () => {
  const launcher = packageAt(join(folder, "old"), ["src/cli/main.ts"]);
  const tools = "/usr/bin:/bin";
  fakeNode(join(folder, "old-node/node"), "v24.6.9");
  const old = run("/bin/sh", [launcher, "version"], { PATH: `${join(folder, "old-node")}:${tools}` });
  assert.equal(old.status, 1);
  assert.match(old.stderr, /^varve: .*24\.7 or later; found: v24\.6\.9 at .*\nwhy: .*\nhint: .*npm ci.*\n$/);
  fakeNode(join(folder, "odd-node/node"), "unknown");
  assert.match(run("/bin/sh", [launcher, "version"], { PATH: `${join(folder, "odd-node")}:${tools}` }).stderr, /found: unknown at/);
});

test("launcher takes the checkout's own Node.js first, then a new enough one on PATH", () => {
  const root = join(folder, "checkout");
  const launcher = packageAt(root, ["src/cli/main.ts", "dist/cli/main.js"]);
  const PATH = `${join(folder, "new-node")}:/usr/bin:/bin`;
  for (const version of ["v24.7.0", "v25.0.1", "v100.2.3"]) {
    fakeNode(join(folder, "new-node/node"), version);
    assert.equal(
      run(launcher, ["a b"], { PATH }).stdout,
      `${version} runs --disable-warning=ExperimentalWarning --max-semi-space-size=1 --initial-old-space-size=128 ${root}/src/cli/main.ts a b\n`,
    );
    assert.match(run(launcher, ["guid", "save"], { PATH }).stdout, / --max-semi-space-size=16 .*main\.ts guid save\n$/);
  }
  fakeNode(join(root, "node_modules/.bin/node"), "v24.21.0");
  assert.match(run(launcher, [], { PATH }).stdout, /^v24\.21\.0 runs .*\/src\/cli\/main\.ts\n$/);
});

test("launcher takes the compiled code that lies ready in the checkout, unless there is none or another place is named", () => {
  const root = join(folder, "warm");
  const launcher = packageAt(root, ["src/cli/main.ts"]);
  const node = join(root, "node_modules/.bin/node");
  fakeNode(node, "v24.21.0");
  writeFileSync(node, '#!/bin/sh\necho "$NODE_COMPILE_CACHE"\n');
  const env = { PATH: "/usr/bin:/bin", HOME: join(folder, "warm-home") };
  assert.equal(run(launcher, [], env).stdout, `${env.HOME}/.cache/varve/compiled\n`);
  const ready = join(root, "node_modules/.cache/varve/compiled");
  mkdirSync(ready, { recursive: true });
  assert.equal(run(launcher, [], env).stdout, `${ready}\n`);
  assert.equal(run(launcher, [], { ...env, NODE_COMPILE_CACHE: "/named" }).stdout, "/named\n");
  rmSync(ready, { recursive: true });
  writeFileSync(ready, "");
  assert.equal(run(launcher, [], env).stdout, `${env.HOME}/.cache/varve/compiled\n`);
});

test("launcher of an installed package runs what was built, with the installer's Node.js when that is new enough", () => {
  const site = join(folder, "site");
  const launcher = packageAt(join(site, "node_modules/varve"), ["src/cli/main.ts", "dist/cli/main.js"]);
  fakeNode(join(folder, "path-node/node"), "v26.0.0");
  const PATH = `${join(folder, "path-node")}:/usr/bin:/bin`;
  fakeNode(join(site, "node_modules/.bin/node"), "v24.8.0");
  assert.match(run(launcher, [], { PATH }).stdout, /^v24\.8\.0 runs .*\/node_modules\/varve\/dist\/cli\/main\.js\n$/);
  fakeNode(join(site, "node_modules/.bin/node"), "v20.0.0");
  assert.match(run(launcher, [], { PATH }).stdout, /^v26\.0\.0 runs/);
});
