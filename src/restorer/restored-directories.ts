import type { Entry } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { PlacedDirectory } from "./delete-extra.ts";
import type { RestoreTarget } from "./restore-target.ts";
import { targetEntry } from "./target-entry.ts";
import type { Unlike } from "./unlike.ts";

/** A directory of the target and the entry it is to become; without one it only leads to a tree. */
interface Announced {
  readonly directory: ByteString;
  readonly name: ByteString;
  readonly entry: Entry | undefined;
}

/** What became of a directory. */
interface Made {
  /** Made by this restore and not filled yet, so that nothing can be in it. */
  fresh: boolean;
  /** Was there before. */
  readonly existed: boolean;
}

export interface DirectoryOptions {
  readonly target: Pick<RestoreTarget, "makeDirectory" | "finishDirectory">;
  readonly reader: TreeReader;
  readonly unlike: Unlike;
  /** Something else in the place of a directory is replaced. */
  readonly replace: boolean;
  readonly issue: (path: ByteString, error: unknown) => void;
}

/** Directories of a restore: made when first needed, given their metadata at the very end, deepest first. */
export class RestoredDirectories {
  readonly #options: DirectoryOptions;
  readonly #announced = new Map<ByteString, Announced>();
  /** Undefined for those that could not be made. */
  readonly #made = new Map<ByteString, Made | undefined>();
  #count = 0;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** Directories made or found, but for the target itself. */
  get count(): number {
    return this.#count;
  }

  /** Tells what a directory is to become; `entry` undefined for a parent that only leads there. */
  announce(directory: ByteString, name: ByteString, entry: Entry | undefined): void {
    this.#announced.set(joinPath(directory, name), { directory, name, entry });
  }

  /** Makes the directory and its parents. Undefined when that failed, which has been reported then. */
  ready(path: ByteString): MaybePromise<{ readonly fresh: boolean } | undefined> {
    if (path === "") return TARGET_ITSELF;
    const made = this.#made.get(path);
    return made !== undefined || this.#made.has(path) ? made : this.#makeNew(path);
  }

  async #makeNew(path: ByteString): Promise<{ readonly fresh: boolean } | undefined> {
    const made = await this.#make(path);
    this.#made.set(path, made);
    return made;
  }

  async #make(path: ByteString): Promise<Made | undefined> {
    const { directory, name } = must(this.#announced.get(path), "a directory is announced before it is made");
    if ((await this.ready(directory)) === undefined) return undefined;
    try {
      const fresh = (await this.#options.target.makeDirectory(directory, name, this.#options.replace)) === "created";
      this.#count += 1;
      return { fresh, existed: !fresh };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#options.issue(path, error);
      return undefined;
    }
  }

  /** A tree is complete: another one may lie over it, and finds it there. */
  treeDone(): void {
    for (const made of this.#made.values()) if (made !== undefined) made.fresh = false;
  }

  /** Directories of the snapshot that may have been there before, each after the one that holds it. */
  *possiblyExisting(): Generator<PlacedDirectory> {
    for (const [path, { directory, name, entry }] of this.#announced) {
      const isNew = this.#made.has(path) && this.#made.get(path)?.existed !== true;
      if (entry?.directory !== undefined && !isNew) yield { directory, name, facts: entry.directory };
    }
  }

  /** Applies metadata to every directory that was made, deepest first, and to the target itself when it stands for `root`. */
  async finish(root: Entry | undefined): Promise<void> {
    for (const [path, made] of [...this.#made].reverse()) {
      const { directory, name, entry } = must(this.#announced.get(path), "a directory is announced before it is made");
      if (made !== undefined && entry !== undefined) await this.#apply(path, { directory, name, entry });
    }
    if (root !== undefined) await this.#apply(EMPTY, { directory: EMPTY, name: EMPTY, entry: root });
  }

  async #apply(path: ByteString, { directory, name, entry }: { directory: ByteString; name: ByteString; entry: Entry }): Promise<void> {
    const { target, reader, unlike, issue } = this.#options;
    try {
      const lost = (error: AppError): void => issue(path, error);
      const wanted = await targetEntry(reader, entry, { lost, azure: await unlike.facts(entry, lost) });
      for (const remark of await target.finishDirectory(directory, name, wanted)) issue(path, remark);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      issue(path, error);
    }
  }
}

const EMPTY = "" as ByteString;

const TARGET_ITSELF = Object.freeze({ fresh: false });
