import { rowsInFileOrder } from "./content-plan.ts";
import type { PlannedFiles } from "./planned-files.ts";
import { type CompareTask, LIKENESS, type RestoreTaskResult } from "./restore-protocol.ts";

/** Files and chunks compared by one task. */
const FILES_MAX = 512;
const CHUNKS_MAX = 512;

/** What a comparison found about one file. */
export interface ComparedFile {
  readonly file: number;
  /** `LIKENESS`. */
  readonly likeness: number;
  /** Positions in the window of the chunks whose bytes differ. */
  readonly differing: ReadonlySet<number>;
}

/** Files cut into groups that one task each compares. */
export function compareGroups(files: PlannedFiles, numbers: readonly number[]): readonly Uint32Array[] {
  const groups: number[][] = [];
  let chunks = 0;
  for (const file of numbers) {
    const last = groups.at(-1);
    if (last === undefined || last.length >= FILES_MAX || chunks >= CHUNKS_MAX) {
      groups.push([file]);
      chunks = 0;
    } else last.push(file);
    chunks += files.firstChunk(file + 1) - files.firstChunk(file);
  }
  return groups.map((group) => Uint32Array.from(group));
}

/** The task that holds a group of files against what they should contain. */
export function compareTask(files: PlannedFiles, group: Uint32Array): CompareTask {
  const { rows, counts } = rowsInFileOrder(files, group);
  return { type: "compare", files: files.columns(group, counts), rows };
}

/** Takes the result of `compareTask` apart. */
export function* comparedFiles(files: PlannedFiles, group: Uint32Array, result: RestoreTaskResult): Generator<ComparedFile> {
  let row = 0;
  for (const [number, file] of group.entries()) {
    const differing = new Set<number>();
    for (let chunk = files.firstChunk(file); chunk < files.firstChunk(file + 1); chunk += 1) {
      if (result.differs[row] === 1) differing.add(chunk);
      row += 1;
    }
    yield { file, likeness: result.likeness[number] ?? LIKENESS.notMendable, differing };
  }
}
