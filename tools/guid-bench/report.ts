import type { Measurement } from "../bench/measure.ts";
import type { ContestantResult } from "./measure-contestant.ts";
import type { MemoryResult } from "./mapping-memory.ts";

const MIB = 2 ** 20;

/** One set of files and what everybody needed for it. */
export interface SetResult {
  /** `50,000 files, 1,021 MB`. */
  readonly title: string;
  readonly files: number;
  readonly bytes: number;
  readonly results: readonly ContestantResult[];
}

export interface GuidBenchResult {
  readonly machine: string;
  readonly settings: readonly { readonly name: string; readonly settings: string }[];
  readonly sets: readonly SetResult[];
  /** From a run of its own over fewer files. */
  readonly requests: { readonly files: number; readonly results: readonly ContestantResult[] };
  readonly memory: readonly MemoryResult[];
}

/** The figures as the tables of `docs/benchmarks.md`. */
export function renderGuidBench(result: GuidBenchResult): string {
  const parts = [
    result.machine,
    result.settings.map(({ name, settings }) => `- ${name}: ${settings}`).join("\n"),
    ...result.sets.map(renderSet),
    `Requests a file, counted by the emulator over ${result.requests.files} small files, listings included:`,
    table(
      ["", "save", "restore"],
      result.requests.results.map(({ name, save, restore }) => [
        name,
        (save.requests / result.requests.files).toFixed(2),
        (restore.requests / result.requests.files).toFixed(2),
      ]),
    ),
    "`varve guid save` over mappings whose files are all left out:",
    table(
      ["entries", "seconds", "CPU seconds", "peak RSS, MiB"],
      result.memory.map((one) => [one.entries.toLocaleString("en"), one.seconds.toFixed(1), cpu(one), rss(one)]),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}

function renderSet({ title, files, bytes, results }: SetResult): string {
  const rows = results.flatMap(({ name, save, restore }) =>
    ([`save`, `restore`] as const).map((step) => {
      const one = step === "save" ? save : restore;
      return [
        name,
        step,
        one.seconds.toFixed(1),
        Math.round(files / one.seconds).toLocaleString("en"),
        Math.round(bytes / 1e6 / one.seconds).toLocaleString("en"),
        cpu(one),
        rss(one),
      ];
    }),
  );
  return [title, table(["", "", "seconds", "files/s", "MB/s", "CPU seconds", "peak RSS, MiB"], rows)].join("\n\n");
}

function cpu({ cpuSeconds }: Measurement): string {
  return cpuSeconds === undefined ? "-" : cpuSeconds.toFixed(1);
}

function rss({ peakBytes }: Measurement): string {
  return peakBytes === undefined ? "-" : String(Math.round(peakBytes / MIB));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
