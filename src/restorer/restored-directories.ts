import type { Entry } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { type MaybePromise, pooledMap } from "../shared/pool.ts";
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
  readonly target: Pick<RestoreTarget, "makeDirectory" | "finishDirectory" | "remote">;
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
  /** Directories of a target over a network that are being made: what is below a new one need not wait to know that it is new. */
  readonly #making = new Map<ByteString, Promise<void>>();
  #count = 0;
  #treesDone = false;

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
    if (path === "") return { fresh: !this.#treesDone && this.#options.target.remote?.isEmpty === true };
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
    const parent = await this.ready(directory);
    if (parent === undefined) return undefined;
    if (this.#options.target.remote !== undefined && parent.fresh) {
      while (this.#making.size >= MAKING_MAX) await Promise.race(this.#making.values());
      const made: Made = { fresh: true, existed: false };
      const making = this.#makeAside(path, { directory, name }).finally(() => this.#making.delete(path));
      this.#making.set(path, making);
      return made;
    }
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

  async #makeAside(path: ByteString, { directory, name }: { directory: ByteString; name: ByteString }): Promise<void> {
    try {
      await this.#making.get(directory);
      if (directory !== "" && this.#made.get(directory) === undefined) return;
      await this.#options.target.makeDirectory(directory, name, this.#options.replace);
      this.#count += 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#made.set(path, undefined);
      this.#options.issue(path, error);
    }
  }

  /** Resolves when every directory that is to hold files is there. */
  async settled(): Promise<void> {
    await Promise.all(this.#making.values());
  }

  /** A tree is complete: another one may lie over it, and finds it there. */
  treeDone(): void {
    this.#treesDone = true;
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
    await this.settled();
    const atOnce = this.#options.target.remote === undefined ? 1 : FINISHED_AT_ONCE;
    const finishing = pooledMap([...this.#made].reverse(), atOnce, async ([path, made]) => {
      const { directory, name, entry } = must(this.#announced.get(path), "a directory is announced before it is made");
      if (made !== undefined && entry !== undefined) await this.#apply(path, { directory, name, entry });
    });
    for await (const _ of finishing);
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

/** Directories being made, and being given their metadata, at once over a network. */
const MAKING_MAX = 256;
const FINISHED_AT_ONCE = 32;

const EMPTY = "" as ByteString;
