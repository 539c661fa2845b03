import type { CounterReport } from "../../emulator/src/log/counters.ts";
import type { StepResult } from "./run-step.ts";
import { type ShareBenchResult, STEP } from "./share-result.ts";

const MIB = 2 ** 20;

/** What a step asked, by operation, and the rest of its figures; for tests. */
export interface FakeStep {
  readonly operations: Readonly<Record<string, number>>;
  readonly bytesOut?: number;
  readonly seconds?: number;
  readonly peakMib?: number;
}

/** A step as if it had been measured. */
export function fakeStep(contestant: StepResult["contestant"], name: string, { operations, ...given }: FakeStep): StepResult {
  const { bytesOut = 0, seconds = 2, peakMib = 100 } = given;
  const count = (requests: number, bytesOut: number): CounterReport["total"] => ({
    requests,
    bytesIn: 0,
    bytesOut,
    statuses: {},
    errors: {},
  });
  const requests = Object.values(operations).reduce((sum, one) => sum + one, 0);
  return {
    contestant,
    name,
    seconds,
    cpuSeconds: seconds / 2,
    peakBytes: peakMib * MIB,
    counters: {
      total: count(requests, bytesOut),
      operations: Object.fromEntries(Object.entries(operations).map(([kind, one]) => [kind, count(one, 0)])),
    },
  };
}

/** A run in which each goal is reached exactly; for tests. */
export function fakeResult(changes: Readonly<Record<string, FakeStep>> = {}): ShareBenchResult {
  const lists = { ListDirectoriesAndFiles: 110 };
  const step = (contestant: StepResult["contestant"], name: string, usual: FakeStep): StepResult =>
    fakeStep(contestant, name, changes[name] ?? usual);
  const scan = (name: string, peakMib: number): StepResult => step("Varve", name, { operations: lists, peakMib });
  return {
    machine: "a machine",
    share: { files: 1004, largeFiles: 4, directories: 100, bytes: 5e6, churn: "1 file edited" },
    steps: [
      step("Varve", STEP.backup, { operations: { ...lists, GetFile: 1004, GetDirectoryProperties: 86 } }),
      step("Varve", STEP.noChange, { operations: { ...lists, SnapshotShare: 10 } }),
      step("Varve", STEP.changed, { operations: { ...lists, GetFile: 9 } }),
      step("Varve", STEP.restore, { operations: { CreateFile: 1000 } }),
      step("AzCopy", STEP.copyOut, { operations: { GetFile: 2400 }, seconds: 3 }),
      step("AzCopy", STEP.syncNoChange, { operations: { GetFileProperties: 1200 } }),
      step("AzCopy", STEP.syncChanged, { operations: { GetFileProperties: 1190 } }),
      step("AzCopy", STEP.copyIn, { operations: { PutRange: 2000 } }),
    ],
    large: {
      gib: 10,
      dataMib: 1024,
      changedMib: 10,
      difference: undefined,
      steps: [
        step("Varve", "first backup of the large file", { operations: { GetFile: 256 }, bytesOut: 1024 * MIB }),
        step("Varve", "change of the large file", { operations: { GetFile: 10 }, bytesOut: 50 * MIB - 1 }),
        step("Varve", "restore of the large file", { operations: {} }),
      ],
    },
    problems: [],
    synthetic: [
      { files: 900, directories: 100, first: scan("small scan", 200), again: scan("small scan again", 180) },
      { files: 9000, directories: 1000, first: scan("large scan", 300), again: scan("large scan again", 280) },
    ],
  };
}
