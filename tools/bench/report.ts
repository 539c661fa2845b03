import type { Measurement } from "./measure.ts";
import type { Step } from "./program.ts";
import { STEPS, STEP_TITLES } from "./program.ts";
import type { BenchResult, Contestant } from "./result.ts";

/** The middle one, or the mean of the middle two; undefined when there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** A cell of the tables: one program's step. */
export interface Cell {
  readonly program: string;
  readonly step: Step;
}

/** Median of one figure of one program's step over all rounds. */
export function medianOf(result: BenchResult, { program, step }: Cell, figure: keyof Measurement): number | undefined {
  const runs = result.runs.filter((run) => run.program === program && run.step === step);
  return median(runs.map((run) => run[figure]).filter((value) => value !== undefined));
}

/** Tables of all medians, then our ratios against the fastest peer and restic. Markdown. */
export function renderMarkdown(result: BenchResult): string {
  const rounds = result.rounds === 1 ? "one round" : `medians of ${result.rounds} alternating rounds`;
  const parts = [
    `${result.machine}. ${result.tree}; ${rounds}.`,
    table("seconds", result, (cell) => format(medianOf(result, cell, "seconds"), 2)),
    table("CPU seconds, all processes", result, (cell) => format(medianOf(result, cell, "cpuSeconds"), 2)),
    table("peak RSS of the largest process, MiB", result, (cell) => format(scaled(medianOf(result, cell, "peakBytes"), 2 ** 20), 0)),
    storedTable(result),
    ratioTable(result),
    problemList(result),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function table(title: string, result: BenchResult, text: (cell: Cell) => string): string {
  const steps = STEPS.filter((step) => result.runs.some((run) => run.step === step));
  return markdownTable(
    [title, ...steps.map((step) => STEP_TITLES[step])],
    result.programs.map((program) => [label(program), ...steps.map((step) => text({ program: program.name, step }))]),
  );
}

function storedTable(result: BenchResult): string {
  const rows = result.programs.map((program) => [
    label(program),
    format(scaled(storedBy(result, program.name), 1e6), 1),
    program.settings,
    program.version,
  ]);
  return markdownTable(["after the first backup", "stored, MB", "settings", "version"], rows);
}

/** How many times faster (or smaller) we are; the fastest peer is another one in each row. */
function ratioTable(result: BenchResult): string {
  const ours = result.programs.find(({ role }) => role === "ours");
  const peers = result.programs.filter(({ role }) => role === "peer").map(({ name }) => name);
  if (ours === undefined || peers.length === 0) return "";
  const compared = { ours: ours.name, peers };
  const rows = STEPS.map((step) => ratioRow(STEP_TITLES[step], compared, (program) => medianOf(result, { program, step }, "seconds")));
  rows.push(ratioRow("stored", compared, (program) => storedBy(result, program)));
  return markdownTable(
    ["peer / varve", "best peer", "ratio", "restic"],
    rows.filter((row) => row !== undefined),
  );
}

interface Compared {
  readonly ours: string;
  readonly peers: readonly string[];
}

function ratioRow(title: string, { ours, peers }: Compared, figure: (program: string) => number | undefined): string[] | undefined {
  const own = figure(ours);
  const measured = peers
    .map((name) => ({ name, value: figure(name) }))
    .filter((peer): peer is { name: string; value: number } => peer.value !== undefined);
  const best = measured.toSorted((a, b) => a.value - b.value)[0];
  if (own === undefined || best === undefined) return undefined;
  const restic = measured.find(({ name }) => name === "restic");
  return [title, best.name, `${(best.value / own).toFixed(2)}x`, restic === undefined ? "-" : `${(restic.value / own).toFixed(2)}x`];
}

function problemList(result: BenchResult): string {
  const lines = result.problems.map(
    ({ program, round, step, message }) => `- ${program}, round ${round + 1}, ${step}: ${message.split("\n")[0]}`,
  );
  const missing = result.missing.length === 0 ? [] : [`- not found on PATH: ${result.missing.join(", ")}`];
  return [...lines, ...missing].join("\n");
}

function label({ name, role }: Contestant): string {
  return role === "floor" ? `floor: \`${name.replaceAll("|", "\\|")}\`` : name;
}

function storedBy(result: BenchResult, program: string): number | undefined {
  const bytes = median(result.stored.filter((stored) => stored.program === program).map((stored) => stored.bytes));
  return bytes === 0 ? undefined : bytes;
}

function scaled(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value / unit;
}

function format(value: number | undefined, digits: number): string {
  return value === undefined ? "-" : value.toFixed(digits);
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
