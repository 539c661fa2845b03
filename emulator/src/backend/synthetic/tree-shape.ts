import { fraction, normal } from "../../random/hash.ts";
import type { SyntheticSpec } from "./spec.ts";

/** Directories that share out their files among themselves. */
const GROUP = 64;

/** Groups whose counts are kept; a listing asks for one directory several times. */
const GROUPS_KEPT_MAX = 1024;

/** A quarter of the directories of real file systems holds no file. */
const EMPTY_SHARE = 0.25;

/** Spread of the files a directory holds: most have a few, some have ten times the mean. */
const COUNT_SIGMA = 1.2;

const SALT = { empty: 11, weight: 12 } as const;

/** Directory with the flat heap of files. */
const FLAT_DIR = 1;

/** Which directory lies in which, and how many files each has in generation 0: all by arithmetic on directory numbers, the root being 0. */
export class TreeShape {
  readonly #spec: SyntheticSpec;
  readonly #groups = new Map<number, readonly number[]>();

  constructor(spec: SyntheticSpec) {
    this.#spec = spec;
  }

  /** True for numbers of directories that exist. */
  has(dir: number): boolean {
    return Number.isInteger(dir) && dir >= 0 && dir <= this.#spec.dirs;
  }

  /** The directory a directory other than the root lies in. */
  parentOf(dir: number): number {
    return Math.floor((dir - 1) / this.#spec.fanout);
  }

  /** The how-manieth directory of its parent it is. */
  ordinalOf(dir: number): number {
    return (dir - 1) % this.#spec.fanout;
  }

  /** The number of a directory's first subdirectory; the others follow it. */
  firstChild(dir: number): number {
    return dir * this.#spec.fanout + 1;
  }

  childCount(dir: number): number {
    return Math.max(0, Math.min(this.#spec.fanout, this.#spec.dirs + 1 - this.firstChild(dir)));
  }

  /** Directories from below the root down to this one. */
  trail(dir: number): readonly number[] {
    const trail: number[] = [];
    for (let at = dir; at > 0; at = this.parentOf(at)) trail.unshift(at);
    return trail;
  }

  /** Files in a directory in generation 0. Over all directories they add up to what the spec says. */
  fileCount(dir: number): number {
    const group = Math.floor(dir / GROUP);
    let counts = this.#groups.get(group);
    if (counts === undefined) {
      counts = this.#share(group * GROUP);
      if (this.#groups.size >= GROUPS_KEPT_MAX) this.#groups.clear();
      this.#groups.set(group, counts);
    }
    return (counts[dir % GROUP] ?? 0) + (dir === FLAT_DIR ? this.#spec.flat : 0);
  }

  /** Shares out a group's files by weights, so that rounding loses none. */
  #share(first: number): readonly number[] {
    const end = Math.min(first + GROUP, this.#spec.dirs + 1);
    const total = this.#filesBefore(end) - this.#filesBefore(first);
    const weights: number[] = Array.from({ length: end - first }, (_, index) => this.#weight(first + index));
    // Equal parts where chance left every directory of the group empty.
    if (!weights.some((weight) => weight > 0)) weights.fill(1);
    const sum = weights.reduce((all, weight) => all + weight, 0);
    let passed = 0;
    let given = 0;
    return weights.map((weight, index) => {
      passed += weight;
      const due = index === weights.length - 1 ? total : Math.floor((total * passed) / sum);
      const count = due - given;
      given = due;
      return count;
    });
  }

  #filesBefore(dir: number): number {
    const { files, flat, dirs } = this.#spec;
    return dir > dirs ? files - flat : Math.floor((files - flat) * (dir / (dirs + 1)));
  }

  #weight(dir: number): number {
    const { seed } = this.#spec;
    return fraction(seed, SALT.empty, dir) < EMPTY_SHARE ? 0 : Math.exp(COUNT_SIGMA * normal(seed, SALT.weight, dir));
  }
}
