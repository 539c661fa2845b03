import { judgeGoals } from "./goals.ts";
import type { StepResult } from "./run-step.ts";
import { requestsOf, type ShareBenchResult, STEP, stepOf } from "./share-result.ts";
import type { SyntheticResult } from "./synthetic-scan.ts";

const MIB = 2 ** 20;

/** Work of the same kind: what Varve does and what AzCopy does. */
const PAIRS = [
  [STEP.backup, STEP.copyOut],
  [STEP.noChange, STEP.syncNoChange],
  [STEP.changed, STEP.syncChanged],
  [STEP.restore, STEP.copyIn],
] as const;

/** The figures as the tables of `docs/benchmarks.md`. */
export function renderShareBench(result: ShareBenchResult): string {
  const { machine, share, steps, large } = result;
  const parts = [
    machine,
    `${count(share.files)} files in ${count(share.directories)} directories, ${count(share.bytes / 1e6)} MB, ${share.largeFiles} files larger than 4 MiB. Changed: ${share.churn}.`,
    table(
      ["", "requests", "a file", "lists a directory", "MB from the share", "MB to the share", "seconds", "CPU seconds", "peak RSS, MiB"],
      steps.map((step) => stepRow(step, share)),
    ),
    "Requests by kind:",
    ...(["Varve", "AzCopy"] as const).map((contestant) =>
      kindTable(
        contestant,
        steps.filter((step) => step.contestant === contestant),
      ),
    ),
    "AzCopy / Varve:",
    table(
      ["", "requests", "bytes both ways", "CPU seconds", "seconds", "peak RSS"],
      PAIRS.map(([ours, theirs]) => ratioRow(stepOf(result, ours), stepOf(result, theirs))),
    ),
    `One file of ${large.gib} GiB, of which ${count(large.dataMib)} MiB hold data; ${large.changedMib} MiB changed in as many places:`,
    table(
      ["", "requests", "MB from the share", "seconds", "CPU seconds", "peak RSS, MiB"],
      large.steps.map((step) => [
        step.name,
        count(requestsOf(step)),
        (step.counters.total.bytesOut / 1e6).toFixed(1),
        ...timesOf(step),
        rss(step),
      ]),
    ),
    kindTable("Varve", large.steps),
    "Scans of synthetic shares, first and again after 1 % of the files have changed:",
    table(
      ["files + directories", "", "list calls", "other requests", "seconds", "entries/s", "CPU seconds", "peak RSS, MiB"],
      result.synthetic.flatMap(syntheticRows),
    ),
    table(
      ["goal", "measured", "reached"],
      judgeGoals(result).map(({ goal, measured, holds }) => [goal, measured, holds ? "yes" : "**no**"]),
    ),
    ...result.problems.map((problem) => `PROBLEM: ${problem}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

function stepRow(step: StepResult, { files, directories }: ShareBenchResult["share"]): readonly string[] {
  const { bytesOut, bytesIn } = step.counters.total;
  return [
    titleOf(step),
    count(requestsOf(step)),
    (requestsOf(step) / files).toFixed(2),
    (requestsOf(step, "ListDirectoriesAndFiles") / directories).toFixed(2),
    (bytesOut / 1e6).toFixed(1),
    (bytesIn / 1e6).toFixed(1),
    ...timesOf(step),
    rss(step),
  ];
}

function kindTable(contestant: StepResult["contestant"], steps: readonly StepResult[]): string {
  const kinds = [...new Set(steps.flatMap(({ counters }) => Object.keys(counters.operations)))].sort();
  return table(
    [contestant, ...steps.map(({ name }) => name)],
    kinds.map((kind) => [kind, ...steps.map((step) => count(requestsOf(step, kind)))]),
  );
}

function ratioRow(ours: StepResult, theirs: StepResult): readonly string[] {
  const both = ({ counters: { total } }: StepResult): number => total.bytesIn + total.bytesOut;
  return [
    `${theirs.name} / ${ours.name}`,
    ratio(requestsOf(theirs), requestsOf(ours)),
    ratio(both(theirs), both(ours)),
    ratio(theirs.cpuSeconds, ours.cpuSeconds),
    ratio(theirs.seconds, ours.seconds),
    ratio(theirs.peakBytes, ours.peakBytes),
  ];
}

function syntheticRows({ files, directories, first, again }: SyntheticResult): readonly (readonly string[])[] {
  return [first, again].map((step, index) => [
    `${count(files)} + ${count(directories)}`,
    index === 0 ? "first" : "again",
    count(requestsOf(step, "ListDirectoriesAndFiles")),
    count(requestsOf(step) - requestsOf(step, "ListDirectoriesAndFiles")),
    step.seconds.toFixed(1),
    count((files + directories) / step.seconds),
    step.cpuSeconds === undefined ? "-" : step.cpuSeconds.toFixed(1),
    rss(step),
  ]);
}

function titleOf({ contestant, name }: StepResult): string {
  return `${contestant}: ${name}`;
}

function timesOf({ seconds, cpuSeconds }: StepResult): readonly string[] {
  return [seconds.toFixed(1), cpuSeconds === undefined ? "-" : cpuSeconds.toFixed(1)];
}

function rss({ peakBytes }: StepResult): string {
  return peakBytes === undefined ? "-" : String(Math.round(peakBytes / MIB));
}

function ratio(theirs: number | undefined, ours: number | undefined): string {
  return theirs === undefined || ours === undefined || ours === 0 ? "-" : `${(theirs / ours).toFixed(2)}x`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`.replace(/^\| {2}\|/, "| |");
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
