import type { CounterReport } from "../../emulator/src/log/counters.ts";
import type { EmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import { measure, type Measurement } from "../bench/measure.ts";

/** What somebody does with a share. */
export interface Step {
  readonly contestant: "Varve" | "AzCopy";
  readonly name: string;
  readonly argv: readonly string[];
}

/** What it took, and what it asked of the share. */
export interface StepResult extends Measurement {
  readonly contestant: Step["contestant"];
  readonly name: string;
  readonly counters: CounterReport;
}

export interface StepRunner {
  run(step: Step): Promise<StepResult>;
}

export interface RunnerOptions {
  readonly emulator: EmulatorProcess;
  /** HOME and working directory. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeExecutable: string | undefined;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

/** Runs commands as anybody would, with the emulator's counters at zero before each. */
export function stepRunner({ emulator, report, ...options }: RunnerOptions): StepRunner {
  return {
    async run({ contestant, name, argv }) {
      report(`${contestant}: ${name}`);
      await emulator.control("DELETE", "counters");
      const measured = await measure({ argv }, options);
      return { contestant, name, ...measured, counters: await emulator.counters() };
    },
  };
}
