import type { MetricsLogView } from "./metrics-log.ts";
import { byteScale, scaleLabel } from "./scale.ts";
import { timeLabel } from "./time-axis.ts";

/** Longest title that fits the picture, letters. */
const TITLE_LETTERS_MAX = 92;
const MACHINE_LETTERS_MAX = 60;

/** What was run, in one line. */
export function titleOf({ command, subject }: MetricsLogView): string {
  return cutMiddle([command || "varve", subject].filter((part) => part !== "").join(": "), TITLE_LETTERS_MAX);
}

/** When, where and how it ended in one line, and what was done in another. */
export function subtitleOf(log: MetricsLogView): string {
  return [circumstances(log), achievement(log)].join("\n");
}

function circumstances({ startedMs, machine, program, ending }: MetricsLogView): string {
  const started = startedMs === undefined ? "" : `${new Date(startedMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const host = machine.host === "" ? "" : `on ${machine.host}`;
  const parts = [started, host, machineInWords(machine), program, ending ?? "without an end: still running, killed, or cut off"];
  return parts.filter((part) => part !== "").join("  ·  ");
}

function machineInWords({ cores, memoryBytes, cpu }: MetricsLogView["machine"]): string {
  const parts = [
    cores === undefined ? "" : `${cores} ${cores === 1 ? "core" : "cores"}`,
    cutMiddle(cpu, MACHINE_LETTERS_MAX),
    memoryBytes === undefined ? "" : bytesInWords(memoryBytes),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function achievement({ samples, totals }: MetricsLogView): string {
  const last = samples.at(-1);
  const seconds = last?.seconds ?? 0;
  const [files, bytes] = [last?.files_done ?? 0, last?.bytes_done ?? 0];
  const rate = (amount: number): number => (seconds > 0 ? amount / seconds : 0);
  const parts = [
    `${grouped(files)} ${files === 1 ? "file" : "files"}, ${bytesInWords(bytes)} in ${durationInWords(seconds)}`,
    `mean ${bytesInWords(rate(bytes))}/s, ${grouped(rate(files))} files/s`,
    totals.throttled === undefined || totals.throttled === 0 ? "" : `${grouped(totals.throttled)} requests throttled`,
    totals.issues === undefined || totals.issues === 0 ? "" : `${grouped(totals.issues)} problems`,
  ];
  return parts.filter((part) => part !== "").join("  ·  ");
}

function durationInWords(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : timeLabel(seconds, 1);
}

/** Three digits in the unit that fits. */
function bytesInWords(bytes: number): string {
  const scale = byteScale(bytes);
  return `${scaleLabel(Number(bytes.toPrecision(3)), scale)} ${scale.unit}`;
}

function grouped(count: number): string {
  return scaleLabel(count < 10 ? Math.round(count * 10) / 10 : Math.round(count), { max: 0, step: 0, unitSize: 1, unit: "" });
}

function cutMiddle(text: string, lettersMax: number): string {
  const letters = [...text.replaceAll(/\p{Cc}/gu, " ")];
  if (letters.length <= lettersMax) return letters.join("");
  const half = Math.floor((lettersMax - 1) / 2);
  return `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`;
}
