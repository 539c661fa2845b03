import { dirname, join } from "node:path";
import { systemCode } from "../../shared/errors.ts";
import type { FolderFs } from "./folder-fs.ts";

/** Folders remembered as durable; past it all are forgotten, which costs syncs and nothing else. */
const FOLDERS_MAX = 4096;

/**
 * Makes folders below a root so that they survive a crash. Each folder's name is synced once a process even when the folder was
 * there: another process may have made it a moment ago and not have synced it yet.
 */
export class DurableFolders {
  readonly #fs: FolderFs;
  readonly #root: string;
  readonly #mode: number;
  readonly #known = new Map<string, Promise<void>>();

  constructor(fs: FolderFs, root: string, mode: number) {
    this.#fs = fs;
    this.#root = root;
    this.#mode = mode;
  }

  /** Resolves when `folder` (relative to the root, "." for the root itself) exists and would survive a crash. */
  ensure(folder: string): Promise<void> {
    if (folder === ".") return Promise.resolve();
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    if (this.#known.size >= FOLDERS_MAX) this.#known.clear();
    const made = this.#make(folder);
    this.#known.set(folder, made);
    made.catch(() => this.#known.delete(folder));
    return made;
  }

  /** For when a folder turns out to be gone. */
  forgetAll(): void {
    this.#known.clear();
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder);
    await this.ensure(parent);
    await this.#fs.mkdir(join(this.#root, folder), this.#mode).catch((error: unknown) => {
      if (systemCode(error) !== "EEXIST") throw error;
    });
    await this.#fs.syncFolder(join(this.#root, parent));
  }
}
