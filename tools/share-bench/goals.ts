import { requestsOf, type ShareBenchResult, STEP, stepOf } from "./share-result.ts";
import type { StepResult } from "./run-step.ts";

const MIB = 2 ** 20;

const LISTS_PER_DIRECTORY_MAX = 1.1;
const REQUESTS_PER_FILE_MAX = 1.2;
const TIMES_FEWER_MIN = 10;
const CHANGED_BYTES_MAX = 50 * MIB;
const SCAN_RSS_BYTES_MAX = 400 * MIB;
/** The larger scan may need this many times the memory of the smaller one and still be called flat. */
const FLAT_TIMES_MAX = 1.5;

/** What a run without a change may ask beside its listings: once a run, whatever the number of files. */
const PER_RUN_MAX = 20;

export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** What was set out to be reached, beside what was measured. */
export function judgeGoals(result: ShareBenchResult): readonly Goal[] {
  return [listings(result), nothingPerFile(result), perFile(result), against(result), changed(result), ...memory(result)];
}

function listings({ share, ...result }: ShareBenchResult): Goal {
  const perDirectory = requestsOf(stepOf(result, STEP.noChange), "ListDirectoriesAndFiles") / share.directories;
  return {
    goal: `no change: at most ${LISTS_PER_DIRECTORY_MAX} list calls a directory`,
    measured: perDirectory.toFixed(3),
    holds: perDirectory <= LISTS_PER_DIRECTORY_MAX,
  };
}

function nothingPerFile(result: ShareBenchResult): Goal {
  const step = stepOf(result, STEP.noChange);
  const others = requestsOf(step) - requestsOf(step, "ListDirectoriesAndFiles");
  return { goal: "no change: nothing per file", measured: `${others} other requests in the whole run`, holds: others <= PER_RUN_MAX };
}

/** Requests for large files cannot be told apart, so all are counted as if they were for small ones: never in our favour. */
function perFile({ share, ...result }: ShareBenchResult): Goal {
  const small = share.files - share.largeFiles;
  const perFile = requestsOf(stepOf(result, STEP.backup)) / small;
  return {
    goal: `first backup: at most ${REQUESTS_PER_FILE_MAX} requests a file below 4 MiB`,
    measured: `${perFile.toFixed(3)}, listings and the ranges of ${share.largeFiles} larger files included`,
    holds: perFile <= REQUESTS_PER_FILE_MAX,
  };
}

function against(result: ShareBenchResult): Goal {
  const times = requestsOf(stepOf(result, STEP.syncNoChange)) / requestsOf(stepOf(result, STEP.noChange));
  return {
    goal: `no change: at least ${TIMES_FEWER_MIN} times fewer requests than AzCopy`,
    measured: `${times.toFixed(1)} times fewer`,
    holds: times >= TIMES_FEWER_MIN,
  };
}

function changed({ large }: ShareBenchResult): Goal {
  const bytes = large.steps[1]?.counters.total.bytesOut ?? Number.POSITIVE_INFINITY;
  return {
    goal: `${large.gib} GiB file with ${large.changedMib} MiB changed: less than ${CHANGED_BYTES_MAX / MIB} MiB downloaded`,
    measured: `${(bytes / MIB).toFixed(1)} MiB`,
    holds: bytes < CHANGED_BYTES_MAX,
  };
}

/** Whether memory stays flat shows only beside a scan of another size. */
function memory({ synthetic }: ShareBenchResult): readonly Goal[] {
  const peaks = synthetic.map(({ first, again }) => Math.max(peakOf(first), peakOf(again)));
  const [smallest, largest] = [Math.min(...peaks), Math.max(...peaks)];
  const shown = peaks.map((bytes) => (bytes / MIB).toFixed(0)).join(", ");
  const limit = { goal: `scan: below ${SCAN_RSS_BYTES_MAX / MIB} MiB`, measured: `${shown} MiB`, holds: largest < SCAN_RSS_BYTES_MAX };
  const flat = {
    goal: `scan: flat memory (at most ${FLAT_TIMES_MAX} times the smallest)`,
    measured: `${(largest / smallest).toFixed(2)} times`,
    holds: largest <= FLAT_TIMES_MAX * smallest,
  };
  return peaks.length < 2 ? [limit] : [limit, flat];
}

function peakOf({ peakBytes }: StepResult): number {
  return peakBytes ?? Number.POSITIVE_INFINITY;
}
