import type { ListingStamper } from "../catalog/listing-stamp.ts";
import type { DirectoryRow } from "../catalog/node-store.ts";
import type { Entry } from "../format/entry.ts";
import { must } from "../shared/assert.ts";
import { type ByteString, equalBytes } from "../shared/bytes.ts";
import type { DirectoryWork } from "./directory-work.ts";
import type { EntryDetails, EntryMaker } from "./entry-maker.ts";
import type { KnownTree } from "./known-tree.ts";
import type { RowBuffer } from "./row-buffer.ts";
import { rowOf, sameTotals } from "./rows.ts";
import type { RunProgress } from "./run-progress.ts";
import type { SourceWriter } from "./source-writer.ts";

export interface FinisherDeps {
  readonly known: KnownTree | undefined;
  readonly rows: RowBuffer | undefined;
  readonly stamper: ListingStamper;
  readonly entries: EntryMaker;
  readonly progress: Pick<RunProgress, "issue">;
  readonly writer: () => Promise<SourceWriter>;
}

/** Finishes directories in which everything is settled: makes the page, its row and its entry, or keeps those of the last run. */
export class DirectoryFinisher {
  readonly #deps: FinisherDeps;
  #root: Entry | undefined;

  constructor(deps: FinisherDeps) {
    this.#deps = deps;
  }

  /** The entry of the source's root, which is finished last. */
  get root(): Entry {
    return must(this.#root, "the root is finished when everything below it is");
  }

  finish(work: DirectoryWork): void | Promise<void> {
    const directory = work.known?.directory;
    // The totals tell when a row belongs to another directory that had the same id: then nothing of it may be reused.
    if (work.changed || directory === undefined || !sameTotals(work, directory)) return this.#finishChanged(work);
    if (directory.stamp === undefined) return this.#finishUnstamped(work, directory);
    return this.#tellParent(work, directory, work.entryChanged);
  }

  /** Nothing changed, and the next run shall know it by the stamp. */
  async #finishUnstamped(work: DirectoryWork, directory: DirectoryRow): Promise<void> {
    await this.#deps.rows?.put({ ...directory, stamp: this.#stampOf(work) });
    await this.#tellParent(work, directory, work.entryChanged);
  }

  async #finishChanged(work: DirectoryWork): Promise<void> {
    const { entries } = work;
    for (const entry of await this.#keptEntries(work)) entries.push(entry);
    entries.sort(byName);
    const { tree } = await this.#deps.writer();
    const page = tree.directory(entries);
    await tree.relieve();
    const { totalFiles, totalDirectories, totalBytes } = work;
    const row: DirectoryRow = { id: work.id, page, totalFiles, totalDirectories, totalBytes };
    await this.#putRows(work, row);
    work.entries.length = 0;
    const previous = work.known?.directory;
    const same = previous !== undefined && equalBytes(previous.page.id, page.id) && sameTotals(previous, row);
    await this.#tellParent(work, row, work.entryChanged || !same);
  }

  async #keptEntries(work: DirectoryWork): Promise<readonly Entry[]> {
    if (work.kept.size === 0 && !work.isListedAsKnown) return [];
    return await must(this.#deps.known, "kept entries come from a catalog").entries(work);
  }

  async #putRows(work: DirectoryWork, row: DirectoryRow): Promise<void> {
    const { rows } = this.#deps;
    const stamp = work.known?.directory?.stamp;
    if (work.isListedAsKnown && stamp !== undefined) await rows?.put({ ...row, stamp });
    else await rows?.replace(work.id, work.rows, { ...row, stamp: this.#stampOf(work) });
  }

  #stampOf({ rows }: DirectoryWork): bigint {
    return this.#deps.stamper.ofRows(rows.sort(byName));
  }

  /** Tells the parent what became of the directory; of the root, keeps its entry. Stays synchronous where nothing changed. */
  #tellParent(work: DirectoryWork, row: DirectoryRow, entryChanged: boolean): void | Promise<void> {
    const { parent, node } = work;
    if (parent === undefined) return this.#writeEntry(work, row);
    parent.totalFiles += row.totalFiles;
    parent.totalDirectories += row.totalDirectories + 1;
    parent.totalBytes += row.totalBytes;
    if (!parent.isListedAsKnown) parent.rows.push(rowOf(parent.id, node, { xorHash: 0n, changeToken: node.changeToken }));
    if (entryChanged) return this.#writeEntry(work, row);
    if (!parent.isListedAsKnown) parent.kept.add(node.name);
  }

  async #writeEntry(work: DirectoryWork, row: DirectoryRow): Promise<void> {
    const { entries, progress } = this.#deps;
    const { page, totalFiles, totalDirectories, totalBytes } = row;
    const { parent, node } = work;
    if (parent !== undefined) parent.changed = true;
    let details: EntryDetails = {};
    try {
      details =
        parent === undefined
          ? await entries.details(NO_NAME, { kind: node.kind, name: NO_NAME })
          : await entries.details(parent.path, node);
    } catch (error) {
      progress.issue(work.path, error);
    }
    const entry = entries.entry(node, {
      ...details,
      directory: { page, entryCount: work.entryCount, totalFiles, totalDirectories, totalBytes },
    });
    if (parent === undefined) this.#root = entry;
    else parent.entries.push(entry);
  }
}

const NO_NAME = "" as ByteString;

function byName(a: { readonly name: ByteString }, b: { readonly name: ByteString }): number {
  return a.name < b.name ? -1 : 1;
}
