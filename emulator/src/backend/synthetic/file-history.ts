import { below, fraction, hash32, normal } from "../../random/hash.ts";
import type { ByteRange } from "../backend.ts";
import type { FilePlace } from "./node-id.ts";
import type { SyntheticSpec } from "./spec.ts";
import type { TreeShape } from "./tree-shape.ts";

/** Salts of what is decided about a file. */
const SALT = { file: 21, added: 22, event: 23, size: 24, zero: 25, duplicate: 26, pool: 27, window: 28, growth: 29 } as const;

/** What a change is, by upper bounds of a fraction. Removals and additions are in balance. */
const KINDS: readonly (readonly [bound: number, kind: ChangeKind])[] = [
  [0.35, "edit"],
  [0.5, "append"],
  [0.65, "replace"],
  [0.75, "touch"],
  [0.85, "rename"],
  [1, "remove"],
];
const ADDED_SHARE = 0.15;

const ZERO_LENGTH_SHARE = 0.015;

/** Different contents that all the duplicates share. */
const DUPLICATE_POOL = 5000;

/** Edits begin and end at sectors; a smaller file than this is written anew as a whole. */
const SECTOR = 512;
const WHOLE_BYTES_MAX = 64 * 1024;
const EDITED_SHARE = 0.01;

/** `touch` changes properties alone; `replace` is how editors save: a new file under the old name. */
type ChangeKind = "edit" | "append" | "replace" | "touch" | "rename" | "remove";

/** A stretch that was written in a generation. */
export interface WrittenWindow extends ByteRange {
  readonly generation: number;
}

/** A file in one generation. */
export interface FileState {
  readonly place: FilePlace;
  /** What everything else about the file is hashed from. */
  readonly base: number;
  /** Generation it appeared in under its present id: when it was made, or last replaced. */
  readonly born: number;
  readonly incarnation: number;
  /** Names the content it started with; duplicates have the same. */
  readonly contentKey: number;
  readonly size: number;
  /** Generation of its present name; 0 when it was never renamed. */
  readonly renamed: number;
  /** Generation in which content was last written. */
  readonly written: number;
  /** Generation in which anything last changed. */
  readonly changed: number;
  /** What was written since it was born, oldest first. */
  readonly windows: readonly WrittenWindow[];
}

/** What becomes of files from generation to generation. Nothing is remembered: a state is computed from the beginning each time. */
export class FileHistory {
  readonly #spec: SyntheticSpec;
  readonly #shape: TreeShape;

  constructor(spec: SyntheticSpec, shape: TreeShape) {
    this.#spec = spec;
    this.#shape = shape;
  }

  /** Slots of a directory that were ever in use by a generation; some of them are empty again. */
  slotCount(dir: number, generation: number): number {
    let count = this.#shape.fileCount(dir);
    for (let at = 1; at <= generation; at += 1) count += this.#added(dir, at);
    return count;
  }

  /** The last generation up to this one in which a directory got new files; 0 for none. */
  lastAddition(dir: number, generation: number): number {
    let at = generation;
    while (at > 0 && this.#added(dir, at) === 0) at -= 1;
    return at;
  }

  /** The file in a slot, in a generation; undefined when it is not there yet or any more. */
  stateOf(place: FilePlace, generation: number): FileState | undefined {
    const appeared = this.#appearance(place, generation);
    if (appeared === undefined) return undefined;
    const base = hash32(this.#spec.seed, SALT.file, place.dir, place.slot);
    let state = this.#fresh(place, base, { generation: appeared, incarnation: 0 });
    for (let at = appeared + 1; at <= generation; at += 1) {
      const kind = this.#eventOf(base, at);
      if (kind === "remove") return undefined;
      if (kind !== undefined) state = this.#apply(state, kind, at);
    }
    return state;
  }

  /** How many files a generation adds to a directory. */
  #added(dir: number, generation: number): number {
    const { seed, churn } = this.#spec;
    if (churn === 0) return 0;
    return Math.floor(this.#shape.fileCount(dir) * churn * ADDED_SHARE + fraction(seed, SALT.added, dir, generation));
  }

  #appearance({ dir, slot }: FilePlace, generation: number): number | undefined {
    let count = this.#shape.fileCount(dir);
    if (slot < count) return 0;
    for (let at = 1; at <= generation; at += 1) {
      count += this.#added(dir, at);
      if (slot < count) return at;
    }
    return undefined;
  }

  #eventOf(base: number, generation: number): ChangeKind | undefined {
    const { churn } = this.#spec;
    const roll = fraction(base, SALT.event, generation);
    if (roll >= churn) return undefined;
    // Within the churn the same roll is evenly spread again.
    return KINDS.find(([bound]) => roll / churn < bound)?.[1];
  }

  #apply(state: FileState, kind: Exclude<ChangeKind, "remove">, generation: number): FileState {
    switch (kind) {
      case "edit":
        return this.#written(state, this.#editedWindow(state, generation), generation);
      case "append":
        return this.#written(state, { offset: state.size, length: this.#growth(state, generation) }, generation);
      case "replace":
        return this.#fresh(state.place, state.base, { generation, incarnation: state.incarnation + 1, renamed: state.renamed });
      case "touch":
        return { ...state, changed: generation };
      case "rename":
        return { ...state, changed: generation, renamed: generation };
    }
  }

  #written(state: FileState, window: ByteRange, generation: number): FileState {
    const size = Math.max(state.size, window.offset + window.length);
    const windows = window.length === 0 ? state.windows : [...state.windows, { ...window, generation }];
    return { ...state, size, windows, written: generation, changed: generation };
  }

  #editedWindow({ base, size }: FileState, generation: number): ByteRange {
    if (size <= WHOLE_BYTES_MAX) return { offset: 0, length: size };
    const sectors = Math.ceil((size * EDITED_SHARE) / SECTOR);
    const offset = below(Math.floor(size / SECTOR) - sectors, base, SALT.window, generation) * SECTOR;
    return { offset, length: sectors * SECTOR };
  }

  #growth({ base, size }: FileState, generation: number): number {
    return 1 + below(Math.max(1024, Math.floor(size * 0.05)), base, SALT.growth, generation);
  }

  #fresh(place: FilePlace, base: number, origin: { generation: number; incarnation: number; renamed?: number }): FileState {
    const { generation, incarnation, renamed = 0 } = origin;
    const own = hash32(base, SALT.pool, incarnation);
    const isDuplicate = fraction(own, SALT.duplicate) < this.#spec.duplicates;
    const contentKey = isDuplicate ? hash32(this.#spec.seed, SALT.pool, below(DUPLICATE_POOL, own, SALT.pool)) : own;
    const size = this.#sizeOf(contentKey);
    const times = { born: generation, written: generation, changed: generation };
    return { place, base, incarnation, contentKey, size, renamed, windows: [], ...times };
  }

  /** Follows from the content alone, since duplicates have the same size. */
  #sizeOf(contentKey: number): number {
    const { medianBytes, sigma, capBytes } = this.#spec;
    if (fraction(contentKey, SALT.zero) < ZERO_LENGTH_SHARE) return 0;
    return Math.min(capBytes, Math.round(medianBytes * Math.exp(sigma * normal(contentKey, SALT.size))));
  }
}
