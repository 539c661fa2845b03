import type { Random } from "../shared/random.ts";
import { FINGERPRINT_BYTES, HEAPS, fingerprint, heapOf, printKey } from "./fingerprint.ts";
import { MappingFile } from "./mapping-file.ts";
import { Partitions, SpillFile } from "./partitions.ts";
import { Survey } from "./survey.ts";

/** Paths whose GUIDs are looked up together. */
const WINDOW_SHIFT = 14;

const NUMBERED_BYTES = FINGERPRINT_BYTES + 4;

export interface KeptGuidsOptions {
  readonly workFolder: string;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** A path of the new mapping, and the GUID it has in the old one. */
export interface KeptPath {
  readonly path: string;
  readonly guid: string | undefined;
}

/**
 * Finds the GUIDs that paths have in an older mapping. Memory does not depend on how many there are: the paths of both are dealt into
 * heaps by their fingerprints, each heap is joined by itself, and the GUIDs come back in the order in which paths were added.
 */
export class KeptGuids implements AsyncDisposable {
  readonly #options: KeptGuidsOptions;
  readonly #spill: SpillFile;
  readonly #paths: Partitions;
  readonly #prints: Partitions;
  #count = 0;

  constructor(options: KeptGuidsOptions) {
    this.#options = options;
    this.#spill = new SpillFile(options.workFolder, options.random);
    this.#paths = new Partitions(this.#spill);
    this.#prints = new Partitions(this.#spill);
  }

  /** Adds a path of the new mapping. Await it. */
  async add(path: string): Promise<void> {
    const text = Buffer.from(path);
    const kept = this.#paths.place(this.#count >>> WINDOW_SHIFT, 4 + text.length);
    kept.bytes.writeUInt32LE(text.length, kept.at);
    text.copy(kept.bytes, kept.at + 4);
    const print = fingerprint(path);
    const place = this.#prints.place(heapOf(print), NUMBERED_BYTES);
    place.bytes.set(print, place.at);
    place.bytes.writeUInt32LE(this.#count, place.at + FINGERPRINT_BYTES);
    this.#count += 1;
    if (this.#count % 4096 === 0) await Promise.all([this.#paths.settle(), this.#prints.settle()]);
  }

  /** All paths in the order they were added, with what `old` knows about them. Throws E_CONFIG when `old` is no mapping. */
  async *join(old: string): AsyncGenerator<KeptPath> {
    const guids = await this.#deal(old);
    const windows = new Partitions(this.#spill);
    for (let heap = 0; heap < HEAPS; heap += 1) {
      const known = guidsByPath(await guids.read(heap));
      const prints = await this.#prints.read(heap);
      for (let at = 0; at < prints.length; at += NUMBERED_BYTES) {
        const guid = known.get(printKey(prints, at));
        if (guid === undefined) continue;
        const number = prints.readUInt32LE(at + FINGERPRINT_BYTES);
        const place = windows.place(number >>> WINDOW_SHIFT, 6 + guid.length);
        place.bytes.writeUInt32LE(number, place.at);
        place.bytes.writeUInt16LE(guid.length, place.at + 4);
        place.bytes.write(guid, place.at + 6, "latin1");
      }
      await windows.settle();
      guids.forget(heap);
      this.#prints.forget(heap);
    }
    for (let window = 0; window << WINDOW_SHIFT < this.#count; window += 1) {
      const found = guidsByNumber(await windows.read(window));
      const paths = await this.#paths.read(window);
      let number = window << WINDOW_SHIFT;
      for (let at = 0; at < paths.length; number += 1) {
        const length = paths.readUInt32LE(at);
        yield { path: paths.toString("utf8", at + 4, at + 4 + length), guid: found.get(number) };
        at += 4 + length;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spill.close();
  }

  async #deal(old: string): Promise<Partitions> {
    const { workFolder, random, signal } = this.#options;
    const guids = new Partitions(this.#spill);
    const mapping = await MappingFile.open(old);
    try {
      // The survey refuses what would make a bad new mapping: two paths with one GUID.
      await using survey = await Survey.make({
        mapping,
        blobs: undefined,
        journal: undefined,
        pathKey: (path) => path,
        keepExtra: false,
        workFolder,
        random,
        signal,
        note: () => undefined,
      });
      for await (const { guid, path, number } of survey.all()) {
        const print = fingerprint(path);
        const place = guids.place(heapOf(print), FINGERPRINT_BYTES + 2 + guid.length);
        place.bytes.set(print, place.at);
        place.bytes.writeUInt16LE(guid.length, place.at + FINGERPRINT_BYTES);
        place.bytes.write(guid, place.at + FINGERPRINT_BYTES + 2, "latin1");
        if (number % 4096 === 0) await guids.settle();
      }
    } finally {
      await mapping.close();
    }
    return guids;
  }
}

function guidsByPath(bytes: Buffer): ReadonlyMap<string, string> {
  const guids = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const from = at + FINGERPRINT_BYTES + 2;
    const end = from + bytes.readUInt16LE(from - 2);
    guids.set(printKey(bytes, at), bytes.toString("latin1", from, end));
    at = end;
  }
  return guids;
}

function guidsByNumber(bytes: Buffer): ReadonlyMap<number, string> {
  const guids = new Map<number, string>();
  for (let at = 0; at < bytes.length;) {
    const end = at + 6 + bytes.readUInt16LE(at + 4);
    guids.set(bytes.readUInt32LE(at), bytes.toString("latin1", at + 6, end));
    at = end;
  }
  return guids;
}
