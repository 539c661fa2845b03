import { type DirectoryFacts, ENTRY_KIND, type EntryKind } from "../format/entry.ts";
import type { TreeReader } from "../repository/face.ts";
import { type ByteString, joinPath } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import type { PathFilter } from "../source/path-filter.ts";
import type { RestoreTarget } from "./restore-target.ts";

/** A directory of the snapshot that the target may have had before. */
export interface PlacedDirectory {
  readonly directory: ByteString;
  /** Empty for the target itself. */
  readonly name: ByteString;
  readonly facts: DirectoryFacts;
}

export interface DeleteOptions {
  readonly repository: Pick<TreeReader, "entries">;
  readonly target: Pick<RestoreTarget, "look" | "list" | "remove">;
  /** What it leaves out is not extra: it stays, and so does what holds it. */
  readonly filter: PathFilter;
  /** Paths where trees of this restore begin, and what leads to them: never extra. */
  readonly needed: ReadonlySet<ByteString>;
  readonly issue: (path: ByteString, error: unknown) => void;
  readonly removed: (path: ByteString) => void;
}

/** Removes what a target has and a snapshot does not. */
export class ExtraItems {
  readonly #options: DeleteOptions;
  #count = 0;

  constructor(options: DeleteOptions) {
    this.#options = options;
  }

  /** Items removed so far; a directory that went in one piece is one. */
  get count(): number {
    return this.#count;
  }

  /** Removes extra items of these directories; each comes after the one that holds it. */
  async removeFrom(directories: Iterable<PlacedDirectory>): Promise<void> {
    const missing = new Set<ByteString>();
    for (const { directory, name, facts } of directories) {
      const path = joinPath(directory, name);
      try {
        if (name !== "" && (missing.has(directory) || !(await this.#isDirectory(directory, name)))) missing.add(path);
        else await this.#directory(path, facts);
      } catch (error) {
        this.#options.issue(path, error);
      }
    }
  }

  /** Removes an item with what is below it, but for what the filter leaves out. True when all of it is gone. */
  async remove(directory: ByteString, name: ByteString, kind: EntryKind): Promise<boolean> {
    const { filter, target, removed } = this.#options;
    const path = joinPath(directory, name);
    const isDirectory = kind === ENTRY_KIND.directory;
    if (filter.leavesOut(path, isDirectory)) return false;
    if (isDirectory && filter.active && !(await this.#empty(path))) return false;
    await target.remove(directory, name);
    removed(path);
    this.#count += 1;
    return true;
  }

  /** True when nothing is left in the directory, and the filter wants it gone as well: inclusions only choose files. */
  async #empty(path: ByteString): Promise<boolean> {
    const { filter, target } = this.#options;
    let gone = !filter.selective;
    for (const child of await target.list(path)) if (!(await this.remove(path, child.name, child.kind))) gone = false;
    return gone;
  }

  async #isDirectory(directory: ByteString, name: ByteString): Promise<boolean> {
    return (await this.#options.target.look(directory, name))?.kind === ENTRY_KIND.directory;
  }

  async #directory(path: ByteString, facts: DirectoryFacts): Promise<void> {
    const { target, needed, issue } = this.#options;
    const wanted = await this.#namesIn(facts);
    if (wanted === undefined) return;
    for (const { name, kind } of await target.list(path)) {
      if (wanted.has(name) || needed.has(joinPath(path, name))) continue;
      await this.remove(path, name, kind).catch((error: unknown) => issue(joinPath(path, name), error));
    }
  }

  /** Undefined when the directory cannot be read, which the restore has reported: then nothing is known to be extra. */
  async #namesIn(facts: DirectoryFacts): Promise<ReadonlySet<ByteString> | undefined> {
    const names = new Set<ByteString>();
    try {
      for await (const batch of this.#options.repository.entries(facts)) for (const { name } of batch) names.add(name);
    } catch (error) {
      if (isAppError(error, "E_CORRUPT", "E_OBJECT_NOT_FOUND")) return undefined;
      throw error;
    }
    return names;
  }
}
