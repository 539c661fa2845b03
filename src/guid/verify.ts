import { equalBytes } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { forEachParallel } from "../shared/pool.ts";
import type { BlobStore } from "../storage/blob/blob-store.ts";
import { newBlobMeter } from "../storage/meter/meter-blob-store.ts";
import { BlobFetcher } from "./blob-fetcher.ts";
import type { BlobFacts } from "./entry-facts.ts";
import type { GuidFinding, GuidVerifyRequest, GuidVerifySummary, GuidWorld } from "./face.ts";
import { hashFile } from "./hash-file.ts";
import { shownPath } from "./issues.ts";
import { Journal } from "./journal.ts";
import { journalPath } from "./journal-path.ts";
import { MappingFile } from "./mapping-file.ts";
import { explainContainer, openContainer } from "./open-container.ts";
import { SkipRules } from "./skip-rules.ts";
import { Survey } from "./survey.ts";
import type { SurveyedEntry } from "./survey.ts";

/** Told of each finding as it is made; awaited, so that a slow reader slows the check. */
export type FindingListener = (finding: GuidFinding) => Promise<void>;

/**
 * Holds a mapping, its container and, where they are still there, its files against each other. Changes nothing.
 * Blobs that cannot be accounted for are findings like any other; only a store that does not answer ends the check.
 */
export async function runGuidVerify(request: GuidVerifyRequest, world: GuidWorld, listener: FindingListener): Promise<GuidVerifySummary> {
  const startMs = world.clock.monotonicMs();
  const meter = newBlobMeter();
  const mapping = await MappingFile.open(request.mapping);
  let store: BlobStore | undefined;
  try {
    store = await openContainer(request, world, meter);
    const run = new VerifyRun(request, { world, store, listener });
    await run.go(mapping);
    return { ...run.totals, requests: meter.requests, durationMs: world.clock.monotonicMs() - startMs };
  } catch (error) {
    throw explainContainer(error);
  } finally {
    await store?.close();
    await mapping.close();
  }
}

type Counted = Omit<GuidVerifySummary, "requests" | "durationMs">;

interface VerifyTools {
  readonly world: GuidWorld;
  readonly store: BlobStore;
  readonly listener: FindingListener;
}

const COUNTER = {
  missing: "missing",
  extra: "extra",
  "wrong-size": "wrongSize",
  "wrong-md5": "wrongMd5",
  damaged: "damaged",
  unreadable: "unreadable",
} as const;

class VerifyRun {
  readonly totals: { -readonly [K in keyof Counted]: Counted[K] } = {
    entries: 0,
    blobs: 0,
    bytes: 0,
    compared: 0,
    read: 0,
    missing: 0,
    extra: 0,
    wrongSize: 0,
    wrongMd5: 0,
    damaged: 0,
    unreadable: 0,
  };
  readonly #request: GuidVerifyRequest;
  readonly #tools: VerifyTools;
  readonly #rules: SkipRules;
  readonly #fetcher: BlobFetcher;

  constructor(request: GuidVerifyRequest, tools: VerifyTools) {
    const { store, world } = tools;
    const { signal, reporter, clock } = world;
    this.#request = request;
    this.#tools = tools;
    this.#rules = new SkipRules(request.skipFiles, request.skipPaths);
    this.#fetcher = new BlobFetcher({ store, signal, clock, onFetched: (bytes) => void (reporter.counters.bytesStored += bytes) });
  }

  async go(mapping: MappingFile): Promise<void> {
    const { world, store } = this.#tools;
    const { reporter, signal, workFolder, random } = world;
    await using _fetcher = this.#fetcher;
    await using survey = await Survey.make({
      mapping,
      blobs: store,
      journal: new Journal(journalPath(this.#request.cacheFolder, this.#request)),
      pathKey: (path) => path,
      keepExtra: true,
      workFolder,
      random,
      signal,
      note: (text) => reporter.note(text),
    });
    const { counters } = reporter;
    this.totals.entries = survey.entries;
    this.totals.blobs = survey.listed;
    this.totals.bytes = survey.contentBytes;
    Object.assign(counters, { files: survey.entries, bytes: survey.contentBytes, totalsKnown: true });
    await forEachParallel(survey.all(), this.#request.workers, (entry) => this.#verify(entry));
    for await (const { name, size } of survey.extraBlobs()) {
      await this.#find({ problem: "extra", name, path: "", message: `${size} bytes that no entry of the mapping stands for` });
    }
    signal.throwIfAborted();
  }

  async #verify(entry: SurveyedEntry): Promise<void> {
    const { counters } = this.#tools.world.reporter;
    const { content, placeholder } = entry.facts;
    const decision = this.#rules.decide(entry.path);
    counters.current = entry.path;
    if (content !== undefined) await this.#verifyContent(entry, content, decision === "save");
    else if (decision === "save" && !placeholder) await this.#missing(entry, "there is no such blob");
    else if (decision === "placeholder" && !placeholder) await this.#missing(entry, "there is neither content nor a placeholder");
    counters.filesDone += 1;
    counters.bytesDone += content?.size ?? 0;
  }

  async #verifyContent(entry: SurveyedEntry, content: BlobFacts, wanted: boolean): Promise<void> {
    if (wanted) await this.#compare(entry, content);
    if (this.#request.readData) await this.#read(entry, content);
  }

  /** With the file as it is now, or when it is gone, with what it was when it was saved. */
  async #compare(entry: SurveyedEntry, content: BlobFacts): Promise<void> {
    const { guid: name, path } = entry;
    const { known } = entry.facts;
    try {
      const file = await hashFile(path, { known, blobSize: content.size, signal: this.#tools.world.signal });
      this.totals.compared += 1;
      if (file.size !== content.size)
        return await this.#find({
          problem: "wrong-size",
          name,
          path: shownPath(path),
          message: `the blob has ${content.size} bytes, the file ${file.size}`,
        });
      if (content.md5 !== undefined && file.md5 !== undefined && !equalBytes(file.md5, content.md5))
        await this.#find({ problem: "wrong-md5", name, path: shownPath(path), message: "file and blob have other content" });
    } catch (error) {
      if (!isAppError(error, "E_SOURCE_MISSING", "E_SOURCE_READ", "E_SOURCE_CHANGED")) throw error;
      // A file that is gone is what the blobs are kept for; any other that cannot be read leaves the question open.
      if (error.code !== "E_SOURCE_MISSING")
        await this.#find({ problem: "unreadable", name, path: shownPath(path), message: `${error.what}: ${error.why}` });
    }
  }

  async #read(entry: SurveyedEntry, content: BlobFacts): Promise<void> {
    const { guid: name, path } = entry;
    try {
      await this.#fetcher.fetch(name, content.size, () => undefined);
      this.totals.read += 1;
    } catch (error) {
      if (!isAppError(error, "E_CORRUPT", "E_SOURCE_CHANGED", "E_OBJECT_NOT_FOUND")) throw error;
      await this.#find({ problem: "damaged", name, path: shownPath(path), message: error.why });
    }
  }

  #missing({ guid, path }: SurveyedEntry, message: string): Promise<void> {
    return this.#find({ problem: "missing", name: guid, path: shownPath(path), message });
  }

  async #find(finding: GuidFinding): Promise<void> {
    this.totals[COUNTER[finding.problem]] += 1;
    await this.#tools.listener(finding);
  }
}
