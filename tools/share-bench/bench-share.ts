import type { FileCreateOptions, ShareClient } from "@azure/storage-file-share";
import { forEachParallel } from "../../src/shared/pool.ts";
import { directoryIn, fileIn, putFile } from "../../test/support/share-tree.ts";
import { contentMaker } from "../tree/content.ts";
import { type PlannedFile, planTree, type TreePlan, under } from "../tree/plan.ts";
import { Rng } from "../tree/rng.ts";
import { type ChurnShape, planChurn } from "./plan-churn.ts";

/** Requests of the generator at once. */
const AT_ONCE = 32;
/** As many security descriptors as a department's share has. */
const OWNERS = 12;
/** What one request may write; larger files are edited in place. */
const RANGE_BYTES = 4 * 1024 * 1024;
const IN_PLACE_BYTES = 4096;
/** With it 100,000 files have about 1 GB. */
const MEDIAN_BYTES = 2048;

/** The share of the measurement: filled and changed through the official client, the same on every machine. */
export class BenchShare {
  readonly #share: ShareClient;
  readonly #plan: TreePlan;
  readonly #seed: number;
  #descriptors: readonly string[] = [];

  constructor(share: ShareClient, shape: { readonly files: number; readonly directories: number; readonly seed: number }) {
    this.#share = share;
    this.#seed = shape.seed;
    this.#plan = planTree({ ...shape, medianBytes: MEDIAN_BYTES });
  }

  /** Its root included. */
  get directories(): number {
    return this.#plan.directories.length;
  }

  /** Sizes of all files before any change, bytes. */
  get sizes(): readonly number[] {
    return this.#plan.files.map(({ content }) => content.bytes);
  }

  async fill(): Promise<void> {
    await this.#share.create();
    this.#descriptors = await Promise.all(
      Array.from({ length: OWNERS }, async (_, owner) => {
        const sid = `S-1-5-21-397955417-626881126-188441444-${1100 + owner}`;
        const { filePermissionKey } = await this.#share.createPermission(`O:${sid}G:DUD:(A;;FA;;;${sid})(A;;FR;;;DU)`);
        return filePermissionKey ?? "";
      }),
    );
    for (const level of byDepth(this.#plan.directories))
      await forEachParallel(level, AT_ONCE, async (path) => void (await directoryIn(this.#share, path).create()));
    await forEachParallel(this.#plan.files, AT_ONCE, (file) => this.#put(file));
  }

  /** Changes a part of the files; returns what was done in words. */
  async churn(shape: ChurnShape): Promise<string> {
    const { edited, renamed, deleted, added } = planChurn(this.#plan.files, shape);
    await forEachParallel(edited, AT_ONCE, (file) => this.#edit(file));
    await forEachParallel(renamed, AT_ONCE, async ({ file, directory, name }) => {
      await fileIn(this.#share, pathOf(file)).rename(under(directory, name));
    });
    await forEachParallel(deleted, AT_ONCE, async (file) => void (await fileIn(this.#share, pathOf(file)).delete()));
    await forEachParallel(added, AT_ONCE, (file) => this.#put(file));
    return `${edited.length} files edited, ${renamed.length} renamed, ${deleted.length} deleted, ${added.length} added`;
  }

  async #put(file: PlannedFile): Promise<void> {
    await putFile(this.#share, pathOf(file), { ...this.#properties(file), content: this.#content(file) });
  }

  /** As an editor does that keeps the file: another length, everything written again, the service sets the times. */
  async #edit(file: PlannedFile): Promise<void> {
    const client = fileIn(this.#share, pathOf(file));
    const rng = new Rng(this.#seed + 1, file.content.stream);
    const before = this.#content(file);
    if (before.length > RANGE_BYTES / 2) {
      const piece = Buffer.alloc(IN_PLACE_BYTES);
      contentMaker("random", this.#seed + 1, file.content.stream).fill(piece, piece.length);
      await client.uploadRange(piece, rng.below(before.length - piece.length), piece.length);
      return;
    }
    const place = rng.below(before.length + 1);
    const after = Buffer.concat([before.subarray(0, place), Buffer.from(`edited ${rng.next()}\n`), before.subarray(place)]);
    await client.resize(after.length);
    await client.uploadRange(after, 0, after.length);
  }

  #content({ content: { kind, bytes, stream } }: PlannedFile): Buffer {
    const content = Buffer.alloc(bytes);
    contentMaker(kind, this.#seed, stream).fill(content, bytes);
    return content;
  }

  #properties({ content, modifiedSeconds }: PlannedFile): Pick<FileCreateOptions, "filePermissionKey" | "creationTime" | "lastWriteTime"> {
    const stream = Math.abs(content.stream);
    return {
      filePermissionKey: this.#descriptors[stream % OWNERS] ?? "",
      creationTime: new Date((modifiedSeconds - 86_400) * 1000),
      lastWriteTime: new Date(modifiedSeconds * 1000),
    };
  }
}

function pathOf({ directory, name }: PlannedFile): string {
  return under(directory, name);
}

/** Directories below the root, level by level, so that each level can be made at once. */
function byDepth(paths: readonly string[]): readonly (readonly string[])[] {
  const levels: string[][] = [];
  for (const path of paths) if (path !== "") (levels[path.split("/").length] ??= []).push(path);
  return levels.filter((level) => level !== undefined);
}
