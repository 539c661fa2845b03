import { ENTRY_KIND } from "../format/entry.ts";
import { equalBytes } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import { Md5 } from "../shared/md5.ts";
import type { BesideTarget } from "../source/beside-target.ts";
import type { Target, TargetFile } from "../source/target.ts";
import type { BlobFetcher, FetchedBlob } from "./blob-fetcher.ts";
import type { BlobFacts } from "./entry-facts.ts";
import type { GuidOverwrite } from "./face.ts";
import { fromMetadata } from "./file-metadata.ts";
import { fileEntry } from "./target-entries.ts";
import type { TargetFolders } from "./target-folders.ts";
import type { TargetPlace } from "./target-place.ts";

export interface FileRestorerDeps {
  readonly fetcher: BlobFetcher;
  readonly target: Target & BesideTarget;
  readonly folders: TargetFolders;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly overwrite: GuidOverwrite;
  /** Told of content as it is written. */
  readonly onWritten: (bytes: number) => void;
}

/** What became of one file. */
export interface RestoredFile {
  readonly outcome: "restored" | "unchanged" | "skipped";
  readonly size: number;
  /** False when the blob has no MD5 to be held against. */
  readonly checked: boolean;
  /** What could not be set, such as times. */
  readonly problems: readonly AppError[];
}

/** Brings single blobs back as files: under its name a file is whole and checked, or not there. */
export class FileRestorer {
  readonly #deps: FileRestorerDeps;

  constructor(deps: FileRestorerDeps) {
    this.#deps = deps;
  }

  /** Throws an `AppError` for a file that could not be restored; what was there before is untouched then. */
  async restore(guid: string, place: TargetPlace, content: BlobFacts): Promise<RestoredFile> {
    const { target, folders, overwrite } = this.#deps;
    await folders.make(place.directory);
    const there = await target.look(place.directory, place.name);
    const done = { size: content.size, checked: true, problems: [] };
    if (there !== undefined) {
      if (overwrite === "skip") return { outcome: "skipped", ...done };
      if (overwrite === "fail" || there.kind === ENTRY_KIND.directory) throw inTheWay(there.kind === ENTRY_KIND.directory);
      const mayBeEqual = overwrite === "if-changed" && there.kind === ENTRY_KIND.file && there.size === content.size;
      if (mayBeEqual && (await this.#isEqual(place, content))) return { outcome: "unchanged", ...done };
    }
    return await this.#write(guid, place, { size: content.size, replace: there !== undefined });
  }

  async #write(guid: string, place: TargetPlace, how: { readonly size: number; readonly replace: boolean }): Promise<RestoredFile> {
    const { target, fetcher, clock, signal, onWritten } = this.#deps;
    // Made when there is something to write: a blob that cannot be had leaves no trace.
    let file: TargetFile | undefined;
    let fetched: FetchedBlob;
    try {
      fetched = await fetcher.fetch(guid, how.size, async (bytes, position) => {
        signal.throwIfAborted();
        file ??= await target.createBeside(place.directory, place.name, how.replace);
        if (bytes.length > 0) await file.write(bytes, position);
        onWritten(bytes.length);
      });
    } catch (error) {
      await file?.abandon();
      throw error;
    }
    const { size, checked, metadata } = fetched;
    const problems = await file?.finish(fileEntry(place.name, { ...fromMetadata(metadata), size, nowNs: clock.nowNs() }));
    return { outcome: "restored", size, checked, problems: problems ?? [] };
  }

  /** True when the file that is there has the content of the blob. */
  async #isEqual(place: TargetPlace, content: BlobFacts): Promise<boolean> {
    if (content.md5 === undefined) return false;
    const { target, fetcher, signal } = this.#deps;
    const { buffer, giveBack } = await fetcher.borrow(Math.max(1, content.size));
    try {
      const file = await target.openExisting(place.directory, place.name);
      if (file === undefined) return false;
      try {
        const md5 = new Md5();
        for (let at = 0; at < content.size;) {
          signal.throwIfAborted();
          const got = await file.read(buffer, at);
          if (got === 0) return false;
          md5.update(buffer.subarray(0, got));
          at += got;
        }
        return equalBytes(md5.digest(), content.md5);
      } finally {
        await file.abandon();
      }
    } finally {
      giveBack();
    }
  }
}

function inTheWay(isDirectory: boolean): AppError {
  return new AppError({
    code: "E_TARGET_EXISTS",
    what: "not restored",
    why: isDirectory ? "a directory is in its place" : "it exists and --overwrite fail was asked for",
    hint: "restore into an empty directory, or move it away",
  });
}
