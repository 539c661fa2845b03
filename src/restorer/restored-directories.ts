import type { Entry } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Target } from "../source/target.ts";
import { targetEntry } from "./target-entry.ts";

/** A directory of the target and the entry it is to become. */
interface Made {
  readonly directory: ByteString;
  readonly name: ByteString;
  readonly entry: Entry;
  /** Made by this restore, so that nothing can be in it yet. */
  readonly fresh: boolean;
}

export interface DirectoryOptions {
  readonly target: Target;
  readonly reader: TreeReader;
  /** Something else in the place of a directory is replaced. */
  readonly replace: boolean;
  readonly issue: (path: ByteString, error: unknown) => void;
}

/** Directories of a restore: made when first needed, given their metadata at the very end, deepest first. */
export class RestoredDirectories {
  readonly #options: DirectoryOptions;
  readonly #entries = new Map<ByteString, { directory: ByteString; name: ByteString; entry: Entry | undefined }>();
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
    this.#entries.set(joinPath(directory, name), { directory, name, entry });
  }

  /** Makes the directory and its parents. False when that failed, which has been reported then. */
  async ready(path: ByteString): Promise<{ readonly fresh: boolean } | undefined> {
    if (path === "") return { fresh: false };
    if (this.#made.has(path)) return this.#made.get(path);
    const made = await this.#make(path);
    this.#made.set(path, made);
    return made;
  }

  async #make(path: ByteString): Promise<Made | undefined> {
    const known = this.#entries.get(path);
    if (known === undefined) throw new Error(`invariant broken: directory ${path} was not announced`);
    const { directory, name, entry } = known;
    if ((await this.ready(directory)) === undefined) return undefined;
    try {
      const fresh = (await this.#options.target.makeDirectory(directory, name, this.#options.replace)) === "created";
      this.#count += 1;
      return { directory, name, entry: entry ?? PLAIN, fresh };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#options.issue(path, error);
      return undefined;
    }
  }

  /** Paths of directories that were there before, for those who look for extra items. */
  existing(): readonly ByteString[] {
    return [...this.#made].filter(([, made]) => made !== undefined && !made.fresh).map(([path]) => path);
  }

  /** Applies metadata to every directory that was made, deepest first, and to the target itself when it stands for `root`. */
  async finish(root: Entry | undefined): Promise<void> {
    for (const [path, made] of [...this.#made].reverse()) {
      if (made !== undefined && made.entry !== PLAIN) await this.#apply(path, made);
    }
    if (root !== undefined) await this.#apply(EMPTY, { directory: EMPTY, name: EMPTY, entry: root });
  }

  async #apply(path: ByteString, { directory, name, entry }: Pick<Made, "directory" | "name" | "entry">): Promise<void> {
    const { target, reader, issue } = this.#options;
    try {
      for (const remark of await target.finishDirectory(directory, name, await targetEntry(reader, entry))) issue(path, remark);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      issue(path, error);
    }
  }
}

const EMPTY = "" as ByteString;

/** Stands for directories that only lead to a tree and have no entry of their own. */
const PLAIN = {} as Entry;
