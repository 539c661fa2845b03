import type { ContentKind } from "./content.ts";
import { Rng } from "./rng.ts";
import { VOCABULARY } from "./words.ts";

export interface TreeShape {
  /** Regular files. 80,000 make about 1.7 GB. */
  readonly files: number;
  readonly seed: number;
  /** Half of the files are smaller, bytes. */
  readonly medianBytes?: number;
  /** Share of files that are copies of another. */
  readonly duplicates?: number;
  /** Entries of the one directory without subdirectories but with very many files. */
  readonly flatEntries?: number;
  /** Of the whole tree, its root and the deep chain included; a tenth of the files unless given. */
  readonly directories?: number;
}

export interface PlannedFile {
  readonly directory: string;
  readonly name: string;
  readonly content: PlannedContent;
  /** Seconds since 1970, with a fraction. */
  readonly modifiedSeconds: number;
}

/** Two files with the same content share it. */
export interface PlannedContent {
  readonly kind: ContentKind;
  readonly bytes: number;
  readonly stream: number;
}

export interface TreePlan {
  /** Parents before children; the root is the empty path. */
  readonly directories: readonly string[];
  readonly files: readonly PlannedFile[];
  /** Relative path and target. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

const CHAIN_DEPTH = 40;
const DEPTH_MAX = 9;
const FILES_PER_DIRECTORY = 10;
/** Spread of the lognormal sizes: with the default median the mean is 19 KB and the largest of 80,000 about 7 MB. */
const SIZE_SIGMA = 1.68;
/** Sizes of the few really large files, in bytes per file of the tree. */
const LARGE = [800, 400, 200];

const OLDEST_SECONDS = Date.UTC(2019, 0, 1) / 1000;
const NEWEST_SECONDS = Date.UTC(2025, 5, 1) / 1000;

const EXTENSIONS: Readonly<Record<ContentKind, readonly string[]>> = {
  prose: [".txt", ".md", ".html", ".tex", ""],
  source: [".ts", ".js", ".c", ".py", ".json", ".go"],
  records: [".db", ".bin", ".dat", ".o"],
  random: [".jpg", ".gz", ".png", ".zip"],
};

/** Decides everything about a tree but the bytes. The same shape gives the same plan. */
export function planTree(shape: TreeShape): TreePlan {
  const rng = new Rng(shape.seed, 0);
  const directories = planDirectories(rng, randomDirectories(shape));
  const chain = Array.from({ length: CHAIN_DEPTH }, (_, depth) => `deep${"/level".repeat(depth)}`);
  const flat = "flat";
  const flatEntries = Math.min(shape.flatEntries ?? 5000, Math.floor(shape.files / 8));
  const special = [...LARGE.map(() => ""), ...Array.from({ length: flatEntries }, () => flat), ...chain];
  const contents: PlannedContent[] = [];
  const files: PlannedFile[] = [];
  for (let index = 0; index < shape.files; index++) {
    const copied = rng.fraction() < (shape.duplicates ?? 0.15) ? contents[LARGE.length + rng.below(contents.length)] : undefined;
    const large = LARGE[index];
    const bytes = large === undefined ? lognormal(rng, shape.medianBytes ?? 4608) : large * shape.files;
    const content = copied ?? { kind: planKind(rng.fraction(), bytes), bytes, stream: index + 1 };
    if (copied === undefined) contents.push(content);
    const directory = special[index] ?? rng.pick(directories);
    files.push({
      directory,
      name: fileName(rng, index, content.kind),
      content,
      modifiedSeconds: OLDEST_SECONDS + rng.fraction() * (NEWEST_SECONDS - OLDEST_SECONDS),
    });
  }
  const links = files
    .filter((_, index) => index % 200 === 199)
    .map((file, index) => ({ path: under(file.directory, `link-${index}`), target: file.name }));
  return { directories: [...directories, flat, ...chain], files, links };
}

/** The chain and the flat directory come on top. */
function randomDirectories({ files, directories }: TreeShape): number {
  return directories === undefined ? Math.ceil(files / FILES_PER_DIRECTORY) : Math.max(1, directories - CHAIN_DEPTH - 1);
}

/** Joins two relative paths; the root is the empty path. */
export function under(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

/** A random tree: half of the directories hang below any other, half below an old one. */
function planDirectories(rng: Rng, count: number): string[] {
  const made = [{ path: "", depth: 0 }];
  while (made.length < count) {
    const parent = made[rng.below(2) === 0 ? rng.skewed(made.length) : rng.below(made.length)];
    if (parent === undefined || parent.depth >= DEPTH_MAX) continue;
    made.push({ path: under(parent.path, `${rng.pick(VOCABULARY)}-${made.length}`), depth: parent.depth + 1 });
  }
  return made.map(({ path }) => path);
}

function lognormal(rng: Rng, medianBytes: number): number {
  return Math.round(medianBytes * Math.exp(SIZE_SIGMA * rng.normal()));
}

/** Small files are mostly text, large ones mostly not. */
function planKind(chance: number, bytes: number): ContentKind {
  const [source, prose, records] = bytes < 256 * 1024 ? [0.55, 0.78, 0.95] : [0.3, 0.55, 0.87];
  return chance < source ? "source" : chance < prose ? "prose" : chance < records ? "records" : "random";
}

/** Unique in the whole tree; some names have spaces or are not ASCII. */
function fileName(rng: Rng, index: number, kind: ContentKind): string {
  const separator = index % 50 === 0 ? " " : index % 77 === 0 ? "ü" : "_";
  return `${rng.pick(VOCABULARY)}${separator}${index}${rng.pick(EXTENSIONS[kind])}`;
}
