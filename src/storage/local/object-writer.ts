import { dirname, join } from "node:path";
import { assert } from "../../shared/assert.ts";
import type { Clock } from "../../shared/clock.ts";
import { systemCode } from "../../shared/errors.ts";
import type { Random } from "../../shared/random.ts";
import type { CallOptions, CreateOutcome } from "../object-store.ts";
import { DurableFolders } from "./durable-folders.ts";
import type { FolderFs, NewFile } from "./folder-fs.ts";
import { publishByLink, publishByRename } from "./publish.ts";
import { TEMP_FOLDER, removeLeftovers, tempName } from "./temp-files.ts";

/** What the writer needs from outside. */
export interface WriterDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FolderFs;
  /** Permissions of the root; everything below gets the same, files without the write bits. */
  readonly rootMode: number;
}

/**
 * Creates objects as files, atomically and durably. The order is the point:
 *
 * 1. write the parts to a temp file and sync it: the content lasts before anybody can see it;
 * 2. make the folders of the key, each synced into its parent;
 * 3. link the temp file to its name, which fails when the name is taken;
 * 4. sync the folder: the name lasts before the caller hears of it. Also when the name was taken: its creator may not have come
 *    this far, and the caller is going to rely on the object.
 */
export class ObjectWriter {
  readonly #root: string;
  readonly #deps: WriterDeps;
  readonly #folders: DurableFolders;
  #hardLinks = true;
  #swept = false;

  constructor(root: string, deps: WriterDeps) {
    this.#root = root;
    this.#deps = deps;
    this.#folders = new DurableFolders(deps.fs, root, (deps.rootMode & 0o777) | 0o700);
  }

  /** Creates the file of `key`. Throws errors of the file system as they are. */
  async create(key: string, parts: readonly Uint8Array[], options: CallOptions = {}): Promise<CreateOutcome> {
    try {
      return await this.#create(key, parts, options);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
      // A folder that was there is gone, perhaps emptied by hand. Once more from the start; a missing root fails again.
      this.#folders.forgetAll();
      return await this.#create(key, parts, options);
    }
  }

  async #create(key: string, parts: readonly Uint8Array[], options: CallOptions): Promise<CreateOutcome> {
    const { fs, random } = this.#deps;
    await this.#folders.ensure(TEMP_FOLDER);
    await this.#sweepOnce();
    const temp = join(this.#root, TEMP_FOLDER, tempName(random));
    const folder = dirname(key);
    try {
      await this.#writeTemp(temp, parts);
      options.signal?.throwIfAborted();
      await this.#folders.ensure(folder);
      const outcome = await this.#publish(temp, key);
      await fs.syncFolder(join(this.#root, folder));
      return outcome;
    } finally {
      // Failing to clean up does not undo what was done; left-overs are swept later.
      await fs.unlink(temp).catch(() => undefined);
    }
  }

  async #publish(temp: string, key: string): Promise<CreateOutcome> {
    const publication = { temp, final: join(this.#root, key) };
    if (this.#hardLinks) {
      const outcome = await publishByLink(this.#deps.fs, publication);
      if (outcome !== undefined) return outcome;
      this.#hardLinks = false;
    }
    // `+` is outside the key grammar, so different keys have different claims.
    const claim = join(this.#root, TEMP_FOLDER, `claim+${key.replaceAll("/", "+")}`);
    return await publishByRename(this.#deps.fs, publication, claim);
  }

  async #writeTemp(temp: string, parts: readonly Uint8Array[]): Promise<void> {
    const file = await this.#deps.fs.createFile(temp, (this.#deps.rootMode & 0o444) | 0o400);
    try {
      await writeAll(file, parts);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async #sweepOnce(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    await removeLeftovers(this.#root, this.#deps.clock);
  }
}

/** Hands the parts to the file as they are. A short write goes on where it ended. */
async function writeAll(file: NewFile, parts: readonly Uint8Array[]): Promise<void> {
  let rest = parts.filter((part) => part.length > 0);
  while (rest.length > 0) {
    const written = await file.writev(rest);
    assert(written > 0, "a write takes at least one byte or fails");
    rest = withoutFirst(rest, written);
  }
}

function withoutFirst(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (left < part.length) rest.push(left === 0 ? part : part.subarray(left));
    left = Math.max(0, left - part.length);
  }
  return rest;
}
