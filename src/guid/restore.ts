import { byteStringOf } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import { forEachParallel } from "../shared/pool.ts";
import type { BesideTarget } from "../source/beside-target.ts";
import { openFolder } from "../source/open.ts";
import type { Target } from "../source/target.ts";
import type { BlobStore } from "../storage/blob/blob-store.ts";
import { newBlobMeter } from "../storage/meter/meter-blob-store.ts";
import { BlobFetcher } from "./blob-fetcher.ts";
import type { GuidRestoreRequest, GuidRestoreSummary, GuidRestoredItem, GuidWorld } from "./face.ts";
import { reportItem, shownPath } from "./issues.ts";
import { MappingFile } from "./mapping-file.ts";
import { explainContainer, openContainer } from "./open-container.ts";
import { FileRestorer } from "./restore-file.ts";
import type { RestoredFile } from "./restore-file.ts";
import { SkipRules } from "./skip-rules.ts";
import { Survey } from "./survey.ts";
import type { SurveyedEntry } from "./survey.ts";
import { TargetFolders } from "./target-folders.ts";
import { placeKey, targetPlace } from "./target-place.ts";
import type { TargetPlace } from "./target-place.ts";

/** Told of each file that is done; awaited, so that a slow reader slows the restore. */
export type RestoreListener = (item: GuidRestoredItem) => Promise<void>;

/**
 * Brings the blobs of a container back as files, each under the path that the mapping has for its GUID, below a root that nothing leaves.
 * A file is under its name when it is whole and its MD5 was checked, never before; so a killed run is continued by running it again.
 */
export async function runGuidRestore(
  request: GuidRestoreRequest,
  world: GuidWorld,
  listener: RestoreListener,
): Promise<GuidRestoreSummary> {
  const startMs = world.clock.monotonicMs();
  const meter = newBlobMeter();
  const mapping = await MappingFile.open(request.mapping);
  let store: BlobStore | undefined;
  try {
    store = await openContainer(request, world, meter);
    const run = new RestoreRun(request, { world, store, listener });
    await run.go(mapping);
    return { ...run.totals, bytesFetched: meter.bytesReceived, requests: meter.requests, durationMs: world.clock.monotonicMs() - startMs };
  } catch (error) {
    throw explainContainer(error);
  } finally {
    await store?.close();
    await mapping.close();
  }
}

type Counted = Omit<GuidRestoreSummary, "requests" | "durationMs" | "bytesFetched">;

class RestoreRun {
  readonly totals: { -readonly [K in keyof Counted]: Counted[K] } = {
    entries: 0,
    filesRestored: 0,
    filesUnchanged: 0,
    filesSkipped: 0,
    placeholders: 0,
    blobsMissing: 0,
    unchecked: 0,
    bytesWritten: 0,
    issues: 0,
  };
  readonly #request: GuidRestoreRequest;
  readonly #world: GuidWorld;
  readonly #store: BlobStore;
  readonly #listener: RestoreListener;
  readonly #rules: SkipRules;

  constructor(
    request: GuidRestoreRequest,
    to: { readonly world: GuidWorld; readonly store: BlobStore; readonly listener: RestoreListener },
  ) {
    this.#request = request;
    this.#world = to.world;
    this.#store = to.store;
    this.#listener = to.listener;
    this.#rules = new SkipRules(request.skipFiles, []);
  }

  async go(mapping: MappingFile): Promise<void> {
    const { reporter, signal, workFolder, random } = this.#world;
    await using survey = await Survey.make({
      mapping,
      blobs: this.#store,
      journal: undefined,
      pathKey: placeKey,
      keepExtra: false,
      workFolder,
      random,
      signal,
      note: (text) => reporter.note(text),
    });
    const { counters } = reporter;
    this.totals.entries = survey.entries;
    counters.files = survey.entries;
    counters.bytes = survey.contentBytes;
    counters.totalsKnown = true;
    const spec = { kind: "local", path: byteStringOf(this.#request.root), owner: "none", privileged: false } as const;
    const target = await openFolder(spec, { random });
    try {
      await using fetcher = this.#fetcher();
      const restorer = this.#restorer(target, fetcher);
      await forEachParallel(survey.all(), this.#request.workers, (entry) => this.#restore(entry, restorer));
      signal.throwIfAborted();
    } finally {
      await target.close();
    }
    if (this.totals.unchecked > 0) reporter.note(`${this.totals.unchecked} blobs have no MD5: only their sizes could be checked`);
  }

  #fetcher(): BlobFetcher {
    const { signal, reporter, clock } = this.#world;
    return new BlobFetcher({ store: this.#store, signal, clock, onFetched: (bytes) => void (reporter.counters.bytesStored += bytes) });
  }

  #restorer(target: Target & BesideTarget, fetcher: BlobFetcher): { readonly files: FileRestorer; readonly folders: TargetFolders } {
    const { clock, signal, reporter } = this.#world;
    const { overwrite } = this.#request;
    const folders = new TargetFolders(target, clock);
    const onWritten = (bytes: number): void => void (reporter.counters.bytesDone += bytes);
    return { folders, files: new FileRestorer({ fetcher, target, folders, clock, signal, overwrite, onWritten }) };
  }

  async #restore(entry: SurveyedEntry, to: { readonly files: FileRestorer; readonly folders: TargetFolders }): Promise<void> {
    const { reporter } = this.#world;
    const { content, placeholder } = entry.facts;
    const leftOut = content === undefined && this.#rules.decide(entry.path) === "skip";
    reporter.counters.current = entry.path;
    try {
      const place = placeOf(entry);
      if (leftOut) this.totals.filesSkipped += 1;
      else if (content === undefined && placeholder) {
        await to.folders.make(place.directory);
        this.totals.placeholders += 1;
      } else if (content === undefined) throw missing(entry, this.#store.capabilities.description);
      else await this.#note(entry, await to.files.restore(entry.guid, place, content));
    } catch (error) {
      const { code } = reportItem(reporter, entry.path, error);
      this.totals.issues += 1;
      if (code === "E_OBJECT_NOT_FOUND") this.totals.blobsMissing += 1;
    }
    reporter.counters.filesDone += 1;
  }

  async #note(entry: SurveyedEntry, file: RestoredFile): Promise<void> {
    const { reporter } = this.#world;
    if (file.outcome === "restored") {
      this.totals.filesRestored += 1;
      this.totals.bytesWritten += file.size;
      if (!file.checked) this.totals.unchecked += 1;
    } else {
      if (file.outcome === "unchanged") this.totals.filesUnchanged += 1;
      else this.totals.filesSkipped += 1;
      reporter.counters.bytesDone += file.size;
    }
    for (const problem of file.problems) {
      reportItem(reporter, entry.path, problem);
      this.totals.issues += 1;
    }
    const action = file.outcome === "unchanged" ? "unmodified" : file.outcome;
    await this.#listener({ action, path: entry.path, size: file.size });
  }
}

function placeOf(entry: SurveyedEntry): TargetPlace {
  const place = targetPlace(entry.path);
  if (!("problem" in place)) return place;
  throw new AppError({
    code: "E_TARGET_UNSAFE",
    what: `refused to restore ${shownPath(entry.path)}`,
    why: place.problem,
    hint: "correct the path in the mapping",
  });
}

function missing(entry: SurveyedEntry, description: string): AppError {
  return new AppError({
    code: "E_OBJECT_NOT_FOUND",
    what: `${shownPath(entry.path)} cannot be restored`,
    why: `there is no blob ${entry.guid} in ${description}`,
    hint: "check that this is the mapping the container was saved with; varve guid verify names everything that is missing",
    data: { name: entry.guid },
  });
}
