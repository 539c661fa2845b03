/** What is measured, in the order it is done. */
export const STEPS = ["first", "unchanged", "changed", "restore", "check"] as const;

export type Step = (typeof STEPS)[number];

/** What the steps are called in tables. */
export const STEP_TITLES: Readonly<Record<Step, string>> = {
  first: "first backup",
  unchanged: "no change",
  changed: "1 % changed",
  restore: "full restore",
  check: "check all data",
};

/** Places of one program in one round; nobody else uses them. All paths are absolute. */
export interface Site {
  /** The tree to save: the same for all programs. */
  readonly tree: string;
  /** Where the repository is to be; not there yet before `prepare`. */
  readonly repo: string;
  /** An empty directory to restore into, fresh for each restore. */
  readonly into: string;
  /** The backup step that was done last. */
  readonly latest: Step;
  /** HOME, with caches and configuration below. */
  readonly home: string;
}

export interface Command {
  readonly argv: readonly string[];
  /** The working directory; the site's home unless given. */
  readonly cwd?: string;
}

export interface BenchProgram {
  readonly name: string;
  /**
   * `ours` is compared with every `peer`. A `variant` is a peer with settings that are not comparable, a `floor` does
   * less than a backup does: both are shown and left out of the ratios.
   */
  readonly role: "ours" | "peer" | "variant" | "floor";
  /** What is looked up on PATH (or an absolute path); a program that is not there is left out. */
  readonly executable: string;
  /** Settings that matter to a reader of the tables. */
  readonly settings: string;
  readonly version: readonly string[];
  environment(site: Site): Readonly<Record<string, string>>;
  /** Files to write before `prepare`, by absolute path. */
  files?(site: Site): Readonly<Record<string, string>>;
  /** Makes the repository; not measured. */
  prepare(site: Site): readonly Command[];
  /** The command of a step; undefined when the program has nothing of the kind. */
  command(step: Step, site: Site): Command | undefined;
}

/** The password of every repository made here. */
export const PASSWORD = "a password for benchmarks";

/** A pipeline as a command. Words come in as arguments, so that nothing needs quoting: `$1` is the first of them. */
export function shell(script: string, ...words: readonly string[]): Command {
  return { argv: ["sh", "-ec", script, "sh", ...words] };
}
