import { readFile, stat } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import { systemReason } from "../../shared/system-reason.ts";
import { isMetricsLog } from "../metrics-file.ts";
import { FIGURE_NAMES, type Figure, type MetricsSample } from "../metrics-sample.ts";

/** Longest file that is read, bytes: thirty times what a log can become. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
/** Longest text of a header that is kept. */
const TEXT_LETTERS_MAX = 4096;
/** Version of the file that is understood. Within it fields are only added. */
const VERSION = 1;

/** A log as it is drawn: whatever was damaged is left out. */
export interface MetricsLogView {
  readonly program: string;
  readonly command: string;
  readonly subject: string;
  /** Milliseconds since 1970; undefined when the log does not say. */
  readonly startedMs: number | undefined;
  readonly machine: {
    readonly host: string;
    readonly cpu: string;
    readonly cores: number | undefined;
    readonly memoryBytes: number | undefined;
  };
  /** In order of time; never empty. */
  readonly samples: readonly MetricsSample[];
  /** Undefined when the run did not come to its end, or the file was cut off. */
  readonly ending: string | undefined;
  readonly totals: { readonly throttled: number; readonly issues: number };
}

/**
 * Reads a log for drawing: a finished one, one of a run that goes on or was killed, and one whose end is missing.
 * @throws AppError E_USAGE when the file cannot be read, is no metrics log, or holds no sample
 */
export async function readMetricsLog(path: string): Promise<MetricsLogView> {
  return parseMetricsLog(await readText(path), path);
}

async function readText(path: string): Promise<string> {
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw refused(path, facts.isDirectory() ? "it is a directory" : "it is not a plain file");
    if (facts.size > LOG_BYTES_MAX) throw refused(path, `it has more than ${LOG_BYTES_MAX / 1024 / 1024} MiB, which no metrics log has`);
    return await readFile(path, "utf8");
  } catch (error) {
    throw error instanceof AppError ? error : refused(path, systemReason(error, "it cannot be opened"), { cause: error });
  }
}

/** The log in a text; `path` is for messages. */
export function parseMetricsLog(text: string, path: string): MetricsLogView {
  if (!isMetricsLog(text)) throw refused(path, text === "" ? "it is empty" : "it is no metrics log of Varve");
  const log = record(parseJson(text.replace(/^\uFEFF/, "")) ?? salvage(text));
  const version = numberOf(log["version"]);
  if (version === undefined) throw refused(path, "its first line is damaged");
  if (version !== VERSION)
    throw refused(path, `it has format ${version}, and this Varve reads format ${VERSION}`, { hint: "use the Varve that wrote it" });
  const samples = list(log["samples"]).flatMap((sample) => sampleOf(sample) ?? []);
  samples.sort((a, b) => a.seconds - b.seconds);
  if (samples.length === 0)
    throw refused(path, "it holds no sample", { hint: "a run writes its first sample after a second or when it ends: try again later" });
  const [header, summary] = [record(log["header"]), record(log["summary"])];
  const machine = record(header["machine"]);
  const startedMs = Date.parse(textOf(header["started"]));
  return {
    program: textOf(header["program"]),
    command: textOf(header["command"]),
    subject: textOf(header["subject"]),
    startedMs: Number.isNaN(startedMs) ? undefined : startedMs,
    machine: {
      host: textOf(machine["host"]),
      cpu: textOf(machine["cpu"]),
      cores: numberOf(machine["cores"]),
      memoryBytes: numberOf(machine["memory_bytes"]),
    },
    samples,
    ending: textOf(summary["ending"]) || undefined,
    totals: { throttled: numberOf(summary["throttled"]) ?? 0, issues: numberOf(summary["issues"]) ?? 0 },
  };
}

/** What can be read of a document that is cut off or damaged: its head, and every sample whose line is whole. */
function salvage(text: string): unknown {
  const [head = "", ...lines] = text.split("\n");
  const log = record(parseJson(`${head}]}`));
  return { ...log, samples: lines.flatMap((line) => parseJson(line.replace(/,$/, "")) ?? []) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function sampleOf(value: unknown): MetricsSample | undefined {
  const fields = record(value);
  const seconds = numberOf(fields["seconds"]);
  const interval = numberOf(fields["interval_seconds"]);
  if (seconds === undefined || interval === undefined) return undefined;
  const figures: Partial<Record<Figure, number>> = {};
  for (const name of FIGURE_NAMES) {
    const figure = numberOf(fields[name]);
    if (figure !== undefined) figures[name] = figure;
  }
  return { seconds, interval_seconds: interval, phase: textOf(fields["phase"]), ...figures };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Every figure counts something or is a share of time: less than nothing is damage. */
function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, TEXT_LETTERS_MAX) : "";
}

function refused(path: string, why: string, more: { readonly hint?: string; readonly cause?: unknown } = {}): AppError {
  return new AppError({ code: "E_USAGE", what: `cannot draw ${path}`, why, hint: "name a file that --metrics-log wrote", ...more });
}
