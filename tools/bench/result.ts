import type { BenchProgram, Step } from "./program.ts";
import type { Measurement } from "./measure.ts";

/** One measured step of one program in one round. */
export interface Run extends Measurement {
  readonly program: string;
  readonly round: number;
  readonly step: Step;
}

/** Bytes in the repository after the first backup. */
export interface Stored {
  readonly program: string;
  readonly round: number;
  readonly bytes: number;
}

/** A command that failed, or a restored tree that is not what was saved. */
export interface Problem {
  readonly program: string;
  readonly round: number;
  readonly step: Step | "prepare";
  readonly message: string;
}

export interface RoundResult {
  readonly runs: readonly Run[];
  readonly stored: readonly Stored[];
  readonly problems: readonly Problem[];
}

export interface Contestant extends Pick<BenchProgram, "name" | "role" | "settings"> {
  readonly version: string;
}

export interface BenchResult extends RoundResult {
  readonly machine: string;
  readonly tree: string;
  readonly rounds: number;
  readonly programs: readonly Contestant[];
  readonly missing: readonly string[];
}
