import type { PlannedFile } from "../tree/plan.ts";
import { Rng } from "../tree/rng.ts";

/** What one day of work does to a share, decided before anything is done. */
export interface ChurnPlan {
  /** Get a line more somewhere; the largest get some bytes in place. */
  readonly edited: readonly PlannedFile[];
  /** Get another name, half of them in another directory. */
  readonly renamed: readonly { readonly file: PlannedFile; readonly directory: string; readonly name: string }[];
  readonly deleted: readonly PlannedFile[];
  /** Written beside files that are there. */
  readonly added: readonly PlannedFile[];
}

export interface ChurnShape {
  /** Part of the files that change. */
  readonly fraction: number;
  readonly seed: number;
}

const ADDED_BYTES_MAX = 32 * 1024;
const CHURN_SECONDS = Date.UTC(2025, 6, 1) / 1000;

/** Of the changed files 60 % are edited, 15 % added, 15 % renamed, 10 % deleted. The same arguments give the same plan. */
export function planChurn(files: readonly PlannedFile[], { fraction, seed }: ChurnShape): ChurnPlan {
  const rng = new Rng(seed, 0x0c_42_a6);
  const ranks = files.map(() => rng.next());
  const shuffled = files.map((_, index) => index).toSorted((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
  const chosen = shuffled.slice(0, Math.round(files.length * fraction)).map((index) => files[index] as PlannedFile);
  const [renamedFrom, deletedFrom, editedFrom] = [0.15, 0.3, 0.4].map((part) => Math.round(chosen.length * part));
  const besides = chosen.slice(0, renamedFrom);
  return {
    added: besides.map(({ directory }, index) => ({
      directory,
      name: `added-${seed}-${index}.txt`,
      content: { kind: "source", bytes: 1 + rng.below(ADDED_BYTES_MAX), stream: -1 - index },
      modifiedSeconds: CHURN_SECONDS + index,
    })),
    renamed: chosen.slice(renamedFrom, deletedFrom).map((file, index) => ({
      file,
      directory: index % 2 === 0 ? file.directory : rng.pick(files).directory,
      name: `renamed-${seed}-${index}`,
    })),
    deleted: chosen.slice(deletedFrom, editedFrom),
    edited: chosen.slice(editedFrom),
  };
}
