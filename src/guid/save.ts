import { md5Of } from "../shared/md5.ts";
import { forEachParallel } from "../shared/pool.ts";
import type { BlobStore } from "../storage/blob/blob-store.ts";
import { createContainer } from "../storage/open-store.ts";
import { newBlobMeter } from "../storage/meter/meter-blob-store.ts";
import type { GuidSaveRequest, GuidSaveSummary, GuidWorld } from "./face.ts";
import { fingerprint } from "./fingerprint.ts";
import { reportItem, shownPath } from "./issues.ts";
import { Journal } from "./journal.ts";
import { journalPath } from "./journal-path.ts";
import { MappingFile } from "./mapping-file.ts";
import { explainContainer, openContainer } from "./open-container.ts";
import { FileSaver } from "./save-file.ts";
import { SkipRules } from "./skip-rules.ts";
import { Survey } from "./survey.ts";
import type { SurveyedEntry } from "./survey.ts";

const NOTHING = new Uint8Array(0);

/**
 * Brings the files of a mapping into its container, each as one blob named by its GUID. What the container has already, by size and MD5,
 * is not sent again; so a killed run is continued by running it again.
 */
export async function runGuidSave(request: GuidSaveRequest, world: GuidWorld): Promise<GuidSaveSummary> {
  const startMs = world.clock.monotonicMs();
  const meter = newBlobMeter();
  const mapping = await MappingFile.open(request.mapping);
  let store: BlobStore | undefined;
  try {
    store = await openContainer(request, world, meter);
    await using run = new SaveRun(request, { world, store });
    await run.go(mapping);
    return { ...run.totals, requests: meter.requests, durationMs: world.clock.monotonicMs() - startMs };
  } catch (error) {
    throw explainContainer(error);
  } finally {
    await store?.close();
    await mapping.close();
  }
}

type Totals = { -readonly [K in keyof Omit<GuidSaveSummary, "requests" | "durationMs">]: GuidSaveSummary[K] };

class SaveRun implements AsyncDisposable {
  readonly totals: Totals = {
    entries: 0,
    filesUploaded: 0,
    filesUnchanged: 0,
    filesSkipped: 0,
    placeholders: 0,
    placeholdersMade: 0,
    filesMissing: 0,
    bytesRead: 0,
    bytesUploaded: 0,
    issues: 0,
  };
  readonly #request: GuidSaveRequest;
  readonly #world: GuidWorld;
  readonly #store: BlobStore;
  readonly #rules: SkipRules;
  readonly #journal: Journal;
  readonly #saver: FileSaver;

  constructor(request: GuidSaveRequest, to: { readonly world: GuidWorld; readonly store: BlobStore }) {
    const { world, store } = to;
    this.#request = request;
    this.#world = world;
    this.#store = store;
    this.#rules = new SkipRules(request.skipFiles, request.skipPaths);
    this.#journal = new Journal(journalPath(request.cacheFolder, request));
    this.#saver = new FileSaver({
      store,
      clock: world.clock,
      random: world.random,
      signal: world.signal,
      force: request.force,
      onRead: (bytes) => void (this.totals.bytesRead += bytes),
      onSent: (bytes) => this.#sent(bytes),
    });
  }

  async go(mapping: MappingFile): Promise<void> {
    const { reporter, signal, workFolder, random } = this.#world;
    await using survey = await Survey.make({
      mapping,
      blobs: this.#store,
      journal: this.#journal,
      pathKey: (path) => path,
      keepExtra: false,
      workFolder,
      random,
      signal,
      prepare: () => this.#makeContainer(),
      note: (text) => reporter.note(text),
    });
    this.totals.entries = survey.entries;
    reporter.counters.files = survey.entries;
    await this.#journal.begin();
    let complete = false;
    try {
      await forEachParallel(survey.all(), this.#request.workers, (entry) => this.#save(entry));
      signal.throwIfAborted();
      complete = true;
    } finally {
      await this.#journal.end(complete);
    }
    // How much there is shows only in the end: a mapping has no sizes. Until then progress is measured by files.
    reporter.counters.bytes = reporter.counters.bytesDone;
    reporter.counters.totalsKnown = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#saver[Symbol.asyncDispose]();
  }

  async #makeContainer(): Promise<void> {
    if (this.#request.createContainer) await createContainer(this.#request.container, this.#world);
  }

  async #save(entry: SurveyedEntry): Promise<void> {
    const { reporter } = this.#world;
    try {
      const decision = this.#rules.decide(entry.path);
      if (decision === "skip") this.totals.filesSkipped += 1;
      else if (decision === "placeholder") await this.#savePlaceholder(entry);
      else await this.#saveContent(entry);
    } catch (error) {
      const { code } = reportItem(reporter, entry.path, error);
      this.totals.issues += 1;
      if (code === "E_SOURCE_MISSING") this.totals.filesMissing += 1;
    }
    reporter.counters.filesDone += 1;
  }

  /** An empty blob `<guid>/`, so that the file's folder survives without its content. */
  async #savePlaceholder({ guid, facts }: SurveyedEntry): Promise<void> {
    if (!facts.placeholder || this.#request.force) {
      await this.#store.put({ name: `${guid}/`, bytes: NOTHING, md5: md5Of(NOTHING), metadata: {} }, this.#world);
      this.totals.placeholdersMade += 1;
    }
    this.totals.placeholders += 1;
  }

  async #saveContent(entry: SurveyedEntry): Promise<void> {
    const { reporter } = this.#world;
    const shown = reporter.wantsItems ? shownPath(entry.path) : "";
    reporter.counters.current = entry.path;
    const { outcome, size, known } = await this.#saver.save(entry, entry.facts);
    if (known !== undefined) this.#journal.note(fingerprint(entry.guid), known);
    if (outcome === "unchanged") {
      this.totals.filesUnchanged += 1;
      reporter.counters.bytesDone += size;
    } else {
      this.totals.filesUploaded += 1;
      this.totals.bytesUploaded += size;
    }
    if (reporter.wantsItems) {
      const action = outcome === "unchanged" ? "unmodified" : entry.facts.content === undefined ? "new" : "changed";
      reporter.item({ action, path: shown, size });
    }
  }

  #sent(bytes: number): void {
    const { counters } = this.#world.reporter;
    counters.bytesDone += bytes;
    counters.bytesStored += bytes;
  }
}
