import { lstatSync, readdirSync, readFileSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contentMaker } from "./content.ts";
import { Rng } from "./rng.ts";

export interface ChurnOptions {
  readonly dir: string;
  /** Share of the files that change. */
  readonly fraction: number;
  readonly seed: number;
}

export interface ChurnSummary {
  readonly edited: number;
  readonly renamed: number;
  readonly deleted: number;
  readonly added: number;
}

/** Larger files are not edited: one of them would be most of the change. */
const EDIT_BYTES_MAX = 32 * 1024 * 1024;
const ADDED_BYTES_MAX = 32 * 1024;
const CHURN_SECONDS = Date.UTC(2025, 6, 1) / 1000;

/** Changes a tree as a day of work does: of the changed files 60 % are edited, 15 % added, 15 % renamed, 10 % deleted. */
export function churn(options: ChurnOptions): ChurnSummary {
  const rng = new Rng(options.seed, 0x0c_42_a6);
  const files = shuffled(listFiles(options.dir), rng);
  const changes = Math.round(files.length * options.fraction);
  const counts = { edited: 0, renamed: 0, deleted: 0, added: 0 };
  for (const path of files.slice(0, changes)) {
    const chance = rng.fraction();
    // Every change has a time of its own, and so has every seed.
    const seconds = CHURN_SECONDS + (options.seed % 10_000) * 3600 + rng.fraction() * 3000;
    if (chance < 0.15) {
      add(join(dirname(path), `added-${options.seed}-${counts.added++}.txt`), { seconds, stream: counts.added, seed: options.seed, rng });
    } else if (chance < 0.3) {
      renameSync(path, join(dirname(path), `renamed-${options.seed}-${counts.renamed++}`));
    } else if (chance < 0.4) {
      unlinkSync(path);
      counts.deleted += 1;
    } else if (lstatSync(path).size <= EDIT_BYTES_MAX) {
      edit(path, seconds, rng);
      counts.edited += 1;
    }
  }
  return counts;
}

/** Regular files in an order that is the same on every machine. */
function listFiles(dir: string): string[] {
  const entries = readdirSync(dir, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) =>
    entry.isDirectory() ? listFiles(join(dir, entry.name)) : entry.isFile() ? [join(dir, entry.name)] : [],
  );
}

function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const ranks = new Map(items.map((item) => [item, rng.next()]));
  return items.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
}

/** Inserts a line somewhere and overwrites a few bytes elsewhere. */
function edit(path: string, seconds: number, rng: Rng): void {
  const before = readFileSync(path);
  const place = rng.below(before.length + 1);
  const after = Buffer.concat([before.subarray(0, place), Buffer.from(`edited ${rng.next()}\n`), before.subarray(place)]);
  after.write("changed", rng.below(after.length), "latin1");
  writeFileSync(path, after);
  utimesSync(path, seconds, seconds);
}

function add(path: string, how: { readonly seconds: number; readonly stream: number; readonly seed: number; readonly rng: Rng }): void {
  const content = Buffer.alloc(1 + how.rng.below(ADDED_BYTES_MAX));
  contentMaker("source", how.seed, -how.stream).fill(content, content.length);
  writeFileSync(path, content);
  utimesSync(path, how.seconds, how.seconds);
}
