// A file tree for benchmarks, demonstrations and tests: the same arguments give the same tree on every machine.
//   node tools/tree/generate.ts DIR [--files N] [--seed S]
//   node tools/tree/generate.ts DIR --churn FRACTION [--seed S]
import { closeSync, futimesSync, mkdirSync, openSync, symlinkSync, utimesSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { churn } from "./churn.ts";
import { contentMaker } from "./content.ts";
import type { PlannedContent, TreeShape } from "./plan.ts";
import { planTree, under } from "./plan.ts";

export interface GenerateOptions extends TreeShape {
  /** Must not exist, or be empty. */
  readonly dir: string;
}

export interface TreeSummary {
  readonly files: number;
  readonly directories: number;
  readonly links: number;
  readonly bytes: number;
}

const PIECE_BYTES = 1024 * 1024;
const DIRECTORY_SECONDS = Date.UTC(2025, 5, 2) / 1000;

/** Writes the tree that `options` describe. About 100,000 files or 1 GB in 10 seconds. */
export function generateTree(options: GenerateOptions): TreeSummary {
  const plan = planTree(options);
  const piece = Buffer.alloc(PIECE_BYTES);
  let bytes = 0;
  for (const directory of plan.directories) mkdirSync(join(options.dir, directory), { recursive: true });
  for (const file of plan.files) {
    const fd = openSync(join(options.dir, under(file.directory, file.name)), "wx");
    writeContent(fd, file.content, { seed: options.seed, piece });
    futimesSync(fd, file.modifiedSeconds, file.modifiedSeconds);
    closeSync(fd);
    bytes += file.content.bytes;
  }
  for (const { path, target } of plan.links) symlinkSync(target, join(options.dir, path));
  for (const directory of plan.directories.toReversed()) utimesSync(join(options.dir, directory), DIRECTORY_SECONDS, DIRECTORY_SECONDS);
  return { files: plan.files.length, directories: plan.directories.length, links: plan.links.length, bytes };
}

function writeContent(fd: number, content: PlannedContent, how: { readonly seed: number; readonly piece: Buffer }): void {
  const maker = contentMaker(content.kind, how.seed, content.stream);
  for (let left = content.bytes; left > 0;) {
    const length = Math.min(left, how.piece.length);
    maker.fill(how.piece, length);
    writeSync(fd, how.piece, 0, length);
    left -= length;
  }
}

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { files: { type: "string", default: "80000" }, seed: { type: "string", default: "1" }, churn: { type: "string" } },
  });
  const [dir] = positionals;
  if (dir === undefined) throw new Error("usage: node tools/tree/generate.ts DIR [--files N] [--seed S] [--churn FRACTION]");
  const seed = Number(values.seed);
  const summary =
    values.churn === undefined
      ? generateTree({ dir, files: Number(values.files), seed })
      : churn({ dir, fraction: Number(values.churn), seed });
  console.log(JSON.stringify(summary));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
