import type { MetricsLogView } from "./metrics-log.ts";
import { byteScale, groupDigits } from "./scale.ts";
import { timeLabel } from "./time-axis.ts";

/** Longest title that fits the picture, letters. */
const TITLE_LETTERS_MAX = 98;
const CPU_LETTERS_MAX = 44;

/** What was run, in one line. */
export function titleOf({ command, subject }: MetricsLogView): string {
  return cutMiddle([command || "varve", subject].filter((part) => part !== "").join(": "), TITLE_LETTERS_MAX);
}

/** When and where in one line, how it ended and what was done in another. */
export function subtitleOf(log: MetricsLogView): string {
  return [circumstances(log), achievement(log)].join("\n");
}

function circumstances({ startedMs, machine, program }: MetricsLogView): string {
  const started = startedMs === undefined ? "" : `${new Date(startedMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const host = machine.host === "" ? "" : `on ${machine.host}`;
  const parts = [started, host, machineInWords(machine), program];
  return parts.filter((part) => part !== "").join("  ·  ");
}

function machineInWords({ cores, memoryBytes, cpu }: MetricsLogView["machine"]): string {
  const parts = [
    cores === undefined ? "" : `${cores} ${cores === 1 ? "core" : "cores"}`,
    cutMiddle(cpu, CPU_LETTERS_MAX),
    memoryBytes === undefined ? "" : bytesInWords(memoryBytes),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function achievement({ samples, totals, ending }: MetricsLogView): string {
  const last = samples.at(-1);
  const seconds = last?.seconds ?? 0;
  const [files, bytes] = [last?.files_done ?? 0, last?.bytes_done ?? 0];
  const rate = (amount: number): number => (seconds > 0 ? amount / seconds : 0);
  const parts = [
    ending ?? "no end is recorded: killed, cut off or still running",
    `${grouped(files)} ${files === 1 ? "file" : "files"}, ${bytesInWords(bytes)} in ${durationInWords(seconds)}`,
    `mean ${bytesInWords(rate(bytes))}/s, ${grouped(rate(files))} files/s`,
    totals.throttled === 0 ? "" : `${grouped(totals.throttled)} requests throttled`,
    totals.issues === 0 ? "" : `${grouped(totals.issues)} problems`,
  ];
  return parts.filter((part) => part !== "").join("  ·  ");
}

function durationInWords(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : timeLabel(seconds, 1);
}

/** Three digits in the unit that fits. */
export function bytesInWords(bytes: number): string {
  const { unitSize, unit } = byteScale(bytes);
  const value = bytes / unitSize;
  return `${value < 1000 ? Number(value.toPrecision(3)) : Math.round(value)} ${unit}`;
}

function grouped(count: number): string {
  return groupDigits(String(count < 10 ? Math.round(count * 10) / 10 : Math.round(count)));
}

function cutMiddle(text: string, lettersMax: number): string {
  const letters = Array.from(new Intl.Segmenter().segment(text.replaceAll(/\p{Cc}/gu, " ")), ({ segment }) => segment);
  if (letters.length <= lettersMax) return letters.join("");
  const half = Math.floor((lettersMax - 1) / 2);
  return `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
}
