import assert from "node:assert/strict";
import { test } from "node:test";
import { isTest } from "./import-rules.ts";
import { projectFacts } from "./project.ts";
import { readSample, type FunctionFact, type SourceFacts } from "./syntax.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 3;
const METHODS_MAX = 7;

/** Wider by decision: a target speaks each verb of a file system, and splitting it would only spread one object over several names. */
const METHODS_MAX_OF: Readonly<Record<string, number>> = { Target: 10 };

/** Where `file.need.test.ts` runs: nothing named, Azurite started by the test, or more than a few seconds. */
const TEST_NEEDS = ["", "azurite", "slow"];

/** Files, functions and interfaces over their limit, as `file:line what`. */
function oversized(files: readonly SourceFacts[]): readonly string[] {
  const found: string[] = [];
  for (const { path, lines, functions, interfaces } of files) {
    if (lines > FILE_LINES_MAX) found.push(`${path}:1 ${lines} lines`);
    for (const one of functions) found.push(...functionProblems(one).map((problem) => `${path}:${one.line} ${one.name}: ${problem}`));
    for (const { name, line, methods } of interfaces) {
      if (methods > (METHODS_MAX_OF[name] ?? METHODS_MAX)) found.push(`${path}:${line} ${name}: ${methods} methods`);
    }
  }
  return found;
}

function functionProblems({ lines, parameters, argumentOf }: FunctionFact): readonly string[] {
  const problems: string[] = [];
  // A describe block is a list of tests and not a function anybody follows from top to bottom.
  if (lines > FUNCTION_LINES_MAX && argumentOf !== "describe") problems.push(`${lines} lines`);
  if (parameters > PARAMETERS_MAX) problems.push(`${parameters} parameters`);
  return problems;
}

/** Files whose name is not kebab-case, or that ask a test runner for a need it does not know. */
function misnamed(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => {
    const [name = "", ...suffixes] = (path.split("/").at(-1) ?? "").split(".");
    const need = suffixes.length > 2 ? (suffixes[0] ?? "") : "";
    const known = path.endsWith(".test.ts") ? suffixes.length <= 3 && TEST_NEEDS.includes(need) : suffixes.length === 1;
    return !known || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);
  });
}

test("files, functions, parameter lists and interfaces stay within their limits", () => {
  assert.deepEqual(oversized(projectFacts()), []);
});

test("files are named in kebab-case, and a test's suffix says what it needs", () => {
  assert.deepEqual(misnamed(projectFacts().map(({ path }) => path)), []);
});

test("no default exports, so that a thing has one name everywhere", () => {
  const defaults = projectFacts().filter(({ path, exports }) => !isTest(path) && exports.some(({ name }) => name === "default"));
  assert.deepEqual(
    defaults.map(({ path }) => path),
    [],
  );
});

test("oversized() names each limit that is passed, and none that is only reached", () => {
  const body = (lines: number): string => `{\n${"  one();\n".repeat(lines - 2)}}`;
  const files = readSample({
    "src/a/long.ts": "export {};\n".repeat(FILE_LINES_MAX + 1),
    "src/a/reached.ts": `export function fits() ${body(FUNCTION_LINES_MAX)}\n${"\n".repeat(FILE_LINES_MAX - FUNCTION_LINES_MAX)}`,
    "src/a/shapes.ts": `function longer() ${body(FUNCTION_LINES_MAX + 1)}\nconst four = (a, b, c, d) => a;\ninterface Wide { ${"m(): void;".repeat(8)} }`,
    "src/a/shapes.test.ts": `describe("longer()", () => ${body(FUNCTION_LINES_MAX + 1)});`,
  });
  assert.deepEqual(oversized(files), [
    "src/a/long.ts:1 401 lines",
    "src/a/shapes.ts:1 longer: 71 lines",
    "src/a/shapes.ts:72 four: 4 parameters",
    "src/a/shapes.ts:73 Wide: 8 methods",
  ]);
});

test("misnamed() refuses capitals, underscores and unknown needs", () => {
  const good = ["src/a/chunk-index.ts", "src/a/chunk-index.test.ts", "test/store.azurite.test.ts", "test/big.slow.test.ts"];
  const bad = ["src/a/ChunkIndex.ts", "src/a/chunk_index.ts", "src/a/store.fast.test.ts", "src/a/a.b.ts"];
  assert.deepEqual(misnamed([...good, ...bad]), bad);
});
