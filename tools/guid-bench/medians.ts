import { must } from "../../src/shared/assert.ts";
import type { Measurement } from "../bench/measure.ts";
import { median } from "../bench/report.ts";
import type { ContestantResult } from "./measure-contestant.ts";

/** One contestant's rounds as one: the median of each figure by itself. */
export function mediansOf(rounds: readonly ContestantResult[]): ContestantResult {
  const { name } = must(rounds[0], "there is at least one round");
  return { name, save: mediansOfStep(rounds.map(({ save }) => save)), restore: mediansOfStep(rounds.map(({ restore }) => restore)) };
}

type Step = ContestantResult["save"];

function mediansOfStep(steps: readonly Step[]): Step {
  const of = (figure: keyof Measurement | "requests"): number | undefined =>
    median(steps.map((step) => step[figure]).filter((value) => value !== undefined));
  return { seconds: of("seconds") ?? 0, cpuSeconds: of("cpuSeconds"), peakBytes: of("peakBytes"), requests: of("requests") ?? 0 };
}
