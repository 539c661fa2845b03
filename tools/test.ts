import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { parseTestOptions, selectTests, TEST_HELP, type TestOptions } from "./test-selection.ts";

/** Above this, tests that start servers and threads of their own only get in each other's way. */
const JOBS_MAX = 8;

/** A test that hangs fails after this long. */
const TEST_MS_MAX = 240_000;

/** Whatever still runs after this long is stopped and counts as failed: a forgotten handle must not hold up a build for ever. */
const RUN_MS_MAX = 1_200_000;

const SLOWEST_SHOWN = 10;

const root = fileURLToPath(new URL("..", import.meta.url));

function main(): void {
  const options = parseTestOptions(process.argv.slice(2), Math.min(availableParallelism(), JOBS_MAX));
  if (options.help) {
    process.stdout.write(TEST_HELP);
    return;
  }
  const paths = globSync("{src,test,tools,emulator/src,emulator/test}/**/*.test.ts", { cwd: root }).toSorted();
  const files = selectTests(paths, options);
  if (options.list) process.stdout.write(files.map((file) => `${file}\n`).join(""));
  else if (files.length > 0) runFiles(files, options);
  else fail("no test file fits; see npm test -- --help");
}

function runFiles(files: readonly string[], options: TestOptions): void {
  const durations: { readonly file: string; readonly ms: number }[] = [];
  const stream = run({
    cwd: root,
    files: files.map((file) => `${root}${file}`),
    concurrency: options.jobs,
    execArgv: [`--test-timeout=${TEST_MS_MAX}`],
    signal: AbortSignal.timeout(RUN_MS_MAX),
    ...(options.name === undefined ? {} : { testNamePatterns: new RegExp(options.name) }),
  });
  stream.on("test:fail", ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  });
  stream.on("test:summary", (summary) => {
    if (summary.file !== undefined) durations.push({ file: summary.file, ms: summary.duration_ms });
    else if (!summary.success) process.exitCode = 1;
  });
  stream.on("end", () => {
    if (options.timings) process.on("exit", () => printSlowest(durations));
  });
  stream.compose(spec).pipe(process.stdout);
}

function printSlowest(durations: readonly { readonly file: string; readonly ms: number }[]): void {
  const slowest = durations.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST_SHOWN);
  const rows = slowest.map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${file.slice(root.length)}\n`);
  process.stdout.write(`\nslowest files\n${rows.join("")}`);
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

try {
  main();
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  fail(error.message);
}
