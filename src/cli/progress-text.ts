import type { ProgressCounters } from "../telemetry/events.ts";
import { cutMiddle, formatBytes, formatCount, formatDuration, formatItems } from "./format-text.ts";
import type { ProgressRate } from "./progress-rate.ts";

/** Words for the two kinds of bytes an operation counts. */
export interface ProgressWords {
  readonly done: string;
  readonly stored: string;
}

type RateView = Pick<ProgressRate, "fractionDone" | "msLeft" | "bytesPerSecond" | "elapsedMs">;

/** One line that says how far an operation is. */
export function progressLine(counters: ProgressCounters, rate: RateView, words: ProgressWords): string {
  const parts = [
    percent(counters, rate),
    filesPart(counters),
    bytesPart(counters, words),
    `${formatBytes(counters.bytesStored)} ${words.stored}`,
  ];
  if (isFinishing(counters)) parts.push(finishingPart(counters));
  else parts.push(`${formatBytes(rate.bytesPerSecond)}/s`, rate.msLeft === undefined ? "" : `${formatDuration(rate.msLeft)} left`);
  if (counters.issues > 0) parts.push(formatItems(counters.issues, "problem"));
  return `${counters.phase}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** The live block of a terminal: the line, and what is being worked on. */
export function progressBlock(
  counters: ProgressCounters,
  rate: RateView,
  view: { readonly words: ProgressWords; readonly columns: number },
): string[] {
  const line = `${formatDuration(rate.elapsedMs)} ${progressLine(counters, rate, view.words)}`;
  return counters.current === "" ? [line] : [line, `  ${cutMiddle(counters.current, view.columns - 3)}`];
}

/** All is read, but not all is safe yet: the phase that is taken for a hang when nobody says so. */
function isFinishing(counters: ProgressCounters): boolean {
  return counters.totalsKnown && counters.bytes > 0 && counters.bytesDone >= counters.bytes;
}

function finishingPart(counters: ProgressCounters): string {
  const left = counters.files - counters.filesDone;
  return left > 0 ? `finishing: ${formatItems(left, "item")} left` : "finishing";
}

function percent(counters: ProgressCounters, rate: RateView): string {
  if (rate.fractionDone === undefined) return "";
  return `${counters.totalsKnown ? "" : "about "}${Math.floor(rate.fractionDone * 100)} %`;
}

function filesPart(counters: ProgressCounters): string {
  const { files, filesDone, totalsKnown } = counters;
  // Some phases count what they have done toward no total.
  const hasTotal = totalsKnown ? files >= filesDone : files > filesDone;
  return hasTotal ? `${formatCount(filesDone)} of ${formatItems(files, "file")}` : formatItems(filesDone, "file");
}

function bytesPart(counters: ProgressCounters, words: ProgressWords): string {
  const { bytes, bytesDone, totalsKnown } = counters;
  return totalsKnown || bytes > bytesDone
    ? `${formatBytes(bytesDone)} of ${formatBytes(bytes)} ${words.done}`
    : `${formatBytes(bytesDone)} ${words.done}`;
}
