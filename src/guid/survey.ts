import { listBlobs, type BlobStore } from "../storage/blob/blob-store.ts";
import type { Random } from "../shared/random.ts";
import { blobRecordBytes, placeBlob, readBlob } from "./blob-record.ts";
import { NO_FACTS, packFacts, packedBytes, unpackFacts } from "./entry-facts.ts";
import type { BlobFacts, EntryFacts } from "./entry-facts.ts";
import { FINGERPRINT_BYTES, HEAPS, fingerprint, heapOf, printKey } from "./fingerprint.ts";
import type { Journal } from "./journal.ts";
import { JOURNAL_RECORD_BYTES } from "./journal-record.ts";
import type { MappingEntry } from "./mapping-entry.ts";
import { badMapping } from "./mapping-errors.ts";
import type { MappingFile } from "./mapping-file.ts";
import { Partitions, SpillFile } from "./partitions.ts";

/** Entries whose facts are in memory at once. */
const WINDOW_ENTRIES = 16_384;
const WINDOW_SHIFT = 14;

const NUMBERED_BYTES = FINGERPRINT_BYTES + 4;

export interface SurveyOptions {
  readonly mapping: MappingFile;
  /** Where the blobs are; undefined when nobody asks for them. */
  readonly blobs: BlobStore | undefined;
  readonly journal: Journal | undefined;
  /** What two entries must not share, beside the GUID: the path, or the place it is restored to. */
  readonly pathKey: (path: string) => string;
  /** Keep the names of blobs that no entry stands for. */
  readonly keepExtra: boolean;
  /** Folder for what does not fit into memory. */
  readonly workFolder: string;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Called once the mapping is known to be good, before the container is asked for anything. */
  readonly prepare?: () => Promise<void>;
  /** Told what is being done, for people. */
  readonly note: (text: string) => void;
}

/** An entry with everything known about it. */
export interface SurveyedEntry extends MappingEntry {
  readonly facts: EntryFacts;
}

/** A blob that no entry of the mapping stands for. */
export interface ExtraBlob {
  readonly name: string;
  readonly size: number;
}

/**
 * A mapping, the listing of its container and the memory of earlier runs, brought together. Memory does not depend on how many
 * entries there are: all three are dealt into heaps by the fingerprint of the GUID, each heap is joined by itself, and the results are
 * dealt once more by the place of the entry in the mapping, so that entries come in the order of the file, which is that of directories.
 */
export class Survey implements AsyncDisposable {
  readonly #options: SurveyOptions;
  readonly #spill: SpillFile;
  readonly #guids: Partitions;
  readonly #blobs: Partitions;
  readonly #records: Partitions;
  readonly #windows: Partitions;
  readonly #extras: Partitions;
  #extraCount = 0;
  entries = 0;
  /** Bytes of all blobs that entries stand for. */
  contentBytes = 0;
  /** Blobs listed. */
  listed = 0;

  private constructor(options: SurveyOptions) {
    this.#options = options;
    this.#spill = new SpillFile(options.workFolder, options.random);
    this.#guids = new Partitions(this.#spill);
    this.#blobs = new Partitions(this.#spill);
    this.#records = new Partitions(this.#spill);
    this.#windows = new Partitions(this.#spill);
    this.#extras = new Partitions(this.#spill);
  }

  /** Throws E_CONFIG for a mapping that cannot be used, duplicate GUIDs and paths included, and what the store throws. */
  static async make(options: SurveyOptions): Promise<Survey> {
    const survey = new Survey(options);
    try {
      options.note(`reading ${options.mapping.path}`);
      const prefix = await survey.#readMapping();
      if (options.blobs !== undefined) options.note("listing the container");
      await options.prepare?.();
      await survey.#list(prefix);
      await survey.#recall();
      for (let heap = 0; heap < HEAPS; heap += 1) await survey.#join(heap);
      await survey.#windows.settle();
      return survey;
    } catch (error) {
      await survey[Symbol.asyncDispose]();
      throw error;
    }
  }

  get extras(): number {
    return this.#extraCount;
  }

  /** All entries with their facts, in the order of the mapping. */
  async *all(): AsyncGenerator<SurveyedEntry> {
    let window = -1;
    let facts: ReadonlyMap<number, EntryFacts> = new Map();
    for await (const batch of this.#options.mapping.batches(this.#options.signal)) {
      for (const entry of batch) {
        const wanted = entry.number >>> WINDOW_SHIFT;
        if (wanted !== window) {
          window = wanted;
          facts = unpackFacts(await this.#windows.read(window));
        }
        yield { ...entry, facts: facts.get(entry.number) ?? NO_FACTS };
      }
    }
  }

  /** Blobs that no entry stands for, when they were kept. */
  async *extraBlobs(): AsyncGenerator<ExtraBlob> {
    for (let heap = 0; heap << WINDOW_SHIFT < this.#extraCount; heap += 1) {
      const bytes = await this.#extras.read(heap);
      for (let at = 0; at < bytes.length; at += blobRecordBytes(bytes, at)) {
        const { name, size } = readBlob(bytes, at);
        yield { name, size };
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spill.close();
  }

  /** Deals out the entries and returns what all GUIDs start with, so that a shared container is listed no wider than needed. */
  async #readMapping(): Promise<string> {
    const { mapping, signal, pathKey } = this.#options;
    const paths = new Partitions(this.#spill);
    let prefix: string | undefined;
    for await (const batch of mapping.batches(signal)) {
      for (const { number, guid, path } of batch) {
        placeNumbered(this.#guids, fingerprint(guid), number);
        placeNumbered(paths, fingerprint(pathKey(path)), number);
        prefix = prefix === undefined ? guid : commonPrefix(prefix, guid);
      }
      this.entries += batch.length;
      await Promise.all([this.#guids.settle(), paths.settle()]);
    }
    for (let heap = 0; heap < HEAPS; heap += 1) {
      await this.#refuseTwins("GUID", await this.#guids.read(heap));
      await this.#refuseTwins("path", await paths.read(heap));
    }
    return prefix ?? "";
  }

  async #list(prefix: string): Promise<void> {
    const { blobs, signal, keepExtra: keepName } = this.#options;
    if (blobs === undefined) return;
    for await (const blob of listBlobs(blobs, prefix, { signal })) {
      const placeholder = blob.name.endsWith("/");
      // Where folders are marked by blobs of no bytes, as some tools do, a slash says nothing about a blob with content.
      if (placeholder && blob.size > 0 && !keepName) continue;
      const print = fingerprint(placeholder ? blob.name.slice(0, -1) : blob.name);
      placeBlob(this.#blobs, print, { ...blob, placeholder, keepName });
      this.listed += 1;
      if (this.listed % WINDOW_ENTRIES === 0) await this.#blobs.settle();
    }
  }

  async #recall(): Promise<void> {
    if (this.#options.journal === undefined) return;
    for await (const piece of this.#options.journal.pieces()) {
      for (let from = 0; from < piece.length; from += JOURNAL_RECORD_BYTES) {
        const record = piece.subarray(from, from + JOURNAL_RECORD_BYTES);
        const { bytes, at } = this.#records.place(heapOf(record), JOURNAL_RECORD_BYTES);
        bytes.set(record, at);
      }
      await this.#records.settle();
    }
  }

  async #join(heap: number): Promise<void> {
    const numbered = await this.#guids.read(heap);
    const blobs = await this.#blobs.read(heap);
    const contents = new Map<string, BlobFacts>();
    const placeholders = new Set<string>();
    for (let at = 0; at < blobs.length; at += blobRecordBytes(blobs, at)) {
      const { placeholder, size, md5 } = readBlob(blobs, at);
      if (placeholder) placeholders.add(printKey(blobs, at));
      else contents.set(printKey(blobs, at), { size, md5 });
    }
    const records = await this.#latestRecords(heap);
    for (let at = 0; at < numbered.length; at += NUMBERED_BYTES) {
      const key = printKey(numbered, at);
      const facts = { content: contents.get(key), placeholder: placeholders.has(key), record: records.get(key) };
      if (facts.content === undefined && !facts.placeholder && facts.record === undefined) continue;
      this.contentBytes += facts.content?.size ?? 0;
      const number = numbered.readUInt32LE(at + FINGERPRINT_BYTES);
      const place = this.#windows.place(number >>> WINDOW_SHIFT, packedBytes(facts));
      packFacts(place.bytes, place.at, { number, facts });
    }
    if (this.#options.keepExtra) this.#keepExtras(blobs, numbered);
    await Promise.all([this.#windows.settle(), this.#extras.settle()]);
    for (const heaps of [this.#guids, this.#blobs, this.#records]) heaps.forget(heap);
  }

  /** The journal's newest word on each GUID: later records replace earlier ones. */
  async #latestRecords(heap: number): Promise<ReadonlyMap<string, Uint8Array>> {
    const bytes = await this.#records.read(heap);
    const latest = new Map<string, Uint8Array>();
    for (let at = 0; at < bytes.length; at += JOURNAL_RECORD_BYTES)
      latest.set(printKey(bytes, at), bytes.subarray(at, at + JOURNAL_RECORD_BYTES));
    return latest;
  }

  #keepExtras(blobs: Buffer, numbered: Buffer): void {
    const wanted = new Set<string>();
    for (let at = 0; at < numbered.length; at += NUMBERED_BYTES) wanted.add(printKey(numbered, at));
    for (let at = 0; at < blobs.length;) {
      const length = blobRecordBytes(blobs, at);
      if (!wanted.has(printKey(blobs, at))) {
        const place = this.#extras.place(this.#extraCount >>> WINDOW_SHIFT, length);
        blobs.copy(place.bytes, place.at, at, at + length);
        this.#extraCount += 1;
      }
      at += length;
    }
  }

  async #refuseTwins(what: "path" | "GUID", numbered: Buffer): Promise<void> {
    const seen = new Map<string, number>();
    for (let at = 0; at < numbered.length; at += NUMBERED_BYTES) {
      const key = printKey(numbered, at);
      const number = numbered.readUInt32LE(at + FINGERPRINT_BYTES);
      const other = seen.get(key);
      if (other !== undefined) throw await this.#twins(what, [Math.min(other, number), Math.max(other, number)]);
      seen.set(key, number);
    }
  }

  async #twins(what: "path" | "GUID", [first, second]: readonly [number, number]): Promise<Error> {
    const { mapping, signal } = this.#options;
    const found: MappingEntry[] = [];
    for await (const batch of mapping.batches(signal)) {
      found.push(...batch.filter(({ number }) => number === first || number === second));
      if (found.length === 2) break;
    }
    const shown = what === "GUID" ? (found[0]?.guid ?? "") : found.map(({ path }) => path).join(" and ");
    return badMapping(mapping.path, `entries ${first + 1} and ${second + 1} have the same ${what}: ${shown}`, {
      first: first + 1,
      second: second + 1,
    });
  }
}

function placeNumbered(heaps: Partitions, print: Buffer, number: number): void {
  const { bytes, at } = heaps.place(heapOf(print), NUMBERED_BYTES);
  bytes.set(print, at);
  bytes.writeUInt32LE(number, at + FINGERPRINT_BYTES);
}

function commonPrefix(a: string, b: string): string {
  if (b.startsWith(a)) return a;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
