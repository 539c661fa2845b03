import { createHash, type Hash } from "node:crypto";
import { type Extent } from "../../format/entry.ts";
import { must } from "../../shared/assert.ts";
import { equalBytes, type ByteString } from "../../shared/bytes.ts";
import { AppError } from "../../shared/errors.ts";
import type { ChangeQuestion, NodeDetails, OpenContent, RemoteContent, SourceNode } from "../source.ts";
import { nodeOfFacts } from "./azure-node.ts";
import { azureFactsOf, type NodeFacts } from "./node-facts.ts";
import type { Downloaded, ShareClient } from "./share-client.ts";

/** Files up to this size come in one request; larger ones in ranges of it, of which some are on their way while one is read. */
const RANGE_BYTES = 4 * 1024 * 1024;
const RANGES_AHEAD_MAX = 6;
/** Stretches with less than this between them are read as one: a request costs more than the bytes. */
const GAP_BYTES_MAX = 64 * 1024;

export interface AzureFile {
  /** In the share. */
  readonly path: string;
  readonly name: ByteString;
  /** As the listing said; undefined when it was not listed. */
  readonly size: number | undefined;
  /** The token of the listing, of a file in a share snapshot: nothing changes there, so it still holds. */
  readonly changeToken: bigint | undefined;
  /** To be asked before anything is read. */
  readonly question?: ChangeQuestion;
}

/**
 * One file of a share, open for reading. A small file is one request, begun ahead of time and held in memory; a large one is read in
 * ranges. Facts come with the first answer, never from a request of their own, unless a question saves reading.
 */
export class AzureContent implements OpenContent {
  readonly #client: ShareClient;
  readonly #file: AzureFile;
  /** The first answer: of a small file its content, else its first range; absent while a question may make it unnecessary. */
  #first: Promise<Downloaded> | undefined;
  #facts: Promise<NodeFacts> | undefined;
  #known: NodeFacts | undefined;
  #changes: Promise<readonly Extent[] | undefined> | undefined;
  /** Data extents; a file without holes has one. */
  #extents: readonly Extent[] | undefined;
  #ranges: RangesAhead | undefined;
  #whole: Uint8Array | undefined;
  #md5: Md5Check | undefined;
  /** Another state of the file came in the middle: what was read must be read again. */
  #changed = false;
  onClose: () => void = () => undefined;
  readonly remote: RemoteContent = {
    changes: async () => await this.#changes,
    willRead: (extents) => {
      this.#ranges = new RangesAhead(joined(extents), (range) => this.#range(range));
    },
    remark: () => this.#remark(),
  };

  constructor(client: ShareClient, file: AzureFile) {
    this.#client = client;
    this.#file = file;
  }

  /** Memory that `begin` takes for a file of this size. */
  static bytesAhead(size: number): number {
    return Math.min(size, RANGE_BYTES);
  }

  /** Sends the first requests. */
  begin(): void {
    if (this.#facts !== undefined) return;
    const { path, question, size } = this.#file;
    if (question === undefined && size === 0) this.#facts = this.#client.fileFacts(path);
    else if (question === undefined) {
      this.#facts = this.#download().then(({ facts }) => facts);
    } else {
      this.#facts = this.#client.fileFacts(path);
      this.#changes = this.#client
        .changesSince(path, question.base)
        .then((changes) => changes && [...changes.data, ...changes.cleared].sort((a, b) => a.offset - b.offset));
      this.#changes.catch(() => undefined);
    }
    this.#facts.catch(() => undefined);
  }

  async ready(): Promise<void> {
    this.begin();
    this.#known = await this.#facts;
  }

  /** The state that the content read so far is of. */
  async stat(): Promise<SourceNode> {
    if (this.#changed) {
      this.#known = await this.#client.fileFacts(this.#file.path);
      this.#restart();
    }
    const node = nodeOfFacts(this.#file.name, this.#factsNow(), 0n);
    const { changeToken } = this.#file;
    return changeToken === undefined ? node : { ...node, changeToken };
  }

  details(): NodeDetails {
    return { attributes: [], linkTarget: "" as ByteString, azure: azureFactsOf(this.#factsNow(), 0n) };
  }

  /** Holes are looked for in large files only: in a small one they are not worth a request. */
  async extents(): Promise<readonly Extent[] | undefined> {
    const { size } = this.#factsNow();
    this.#extents = [{ offset: 0, length: size }];
    if (size <= RANGE_BYTES) return undefined;
    const data = await this.#client.ranges(this.#file.path);
    if (data.length === 1 && data[0]?.offset === 0 && data[0].length >= size) return undefined;
    this.#extents = data;
    this.#ranges = undefined;
    return data;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const { size } = this.#factsNow();
    if (position >= size || this.#changed) return 0;
    if (size > RANGE_BYTES) return await this.#readRange(into, position);
    this.#whole ??= await this.#content();
    const part = this.#whole.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  #remark(): AppError | undefined {
    const expected = this.#factsNow().contentMd5;
    const found = this.#md5?.digest();
    if (expected === undefined || found === undefined || equalBytes(expected, found)) return undefined;
    return new AppError({
      code: "E_SOURCE_READ",
      what: "does not have the MD5 that the share keeps for it",
      why: "it was written without renewing the MD5, or its content is damaged in the share",
      hint: "it is saved as it is; look at it, and set its Content-MD5 anew",
    });
  }

  close(): void {
    this.onClose();
  }

  #factsNow(): NodeFacts {
    return must(this.#known, "facts are there once a file is open");
  }

  /** Always a range: a file that has grown meanwhile must not come whole. */
  #download(): Promise<Downloaded> {
    this.#first ??= this.#client.download(this.#file.path, { offset: 0, length: RANGE_BYTES });
    this.#first.catch(() => undefined);
    return this.#first;
  }

  /** The content of a small file. */
  async #content(): Promise<Uint8Array> {
    const { bytes, facts } = await this.#download();
    this.#check(facts);
    this.#md5 = new Md5Check();
    this.#md5.update(bytes, 0);
    return bytes;
  }

  async #readRange(into: Uint8Array, position: number): Promise<number> {
    const extents = this.#extents ?? [{ offset: 0, length: this.#factsNow().size }];
    this.#ranges ??= new RangesAhead(extents, (range) => this.#range(range));
    const found = await this.#ranges.at(position);
    if (found === undefined || this.#changed) return 0;
    const from = position - found.range.offset;
    const part = found.bytes.subarray(from, from + into.length);
    into.set(part);
    if (this.#known?.contentMd5 !== undefined) {
      this.#md5 ??= new Md5Check();
      this.#md5.update(part, position);
    }
    return part.length;
  }

  async #range(range: Extent): Promise<Uint8Array> {
    const first = range.offset === 0 && this.#first !== undefined ? await this.#first : undefined;
    const usable = first !== undefined && first.bytes.length >= range.length;
    const { bytes, facts } = usable ? first : await this.#client.download(this.#file.path, range);
    this.#check(facts);
    return bytes;
  }

  /** Every answer must be of the same state of the file. */
  #check(facts: NodeFacts): void {
    if (facts.etag !== this.#factsNow().etag) this.#changed = true;
  }

  #restart(): void {
    this.#changed = false;
    this.#first = undefined;
    this.#whole = undefined;
    this.#ranges = undefined;
    this.#extents = undefined;
    this.#md5 = undefined;
  }
}

/** Ranges of a large file, in order: the next ones are on their way while one is read. */
class RangesAhead {
  readonly #plan: readonly Extent[];
  readonly #fetch: (range: Extent) => Promise<Uint8Array>;
  readonly #begun = new Map<number, Promise<Uint8Array>>();
  #current: { readonly range: Extent; readonly bytes: Uint8Array } | undefined;
  #cursor = 0;

  constructor(extents: readonly Extent[], fetch: (range: Extent) => Promise<Uint8Array>) {
    const plan: Extent[] = [];
    for (const { offset, length } of extents)
      for (let at = 0; at < length; at += RANGE_BYTES) plan.push({ offset: offset + at, length: Math.min(RANGE_BYTES, length - at) });
    this.#plan = plan;
    this.#fetch = fetch;
  }

  /** The range that holds a position; of a position in a hole, zeros up to the next range. */
  async at(position: number): Promise<{ readonly range: Extent; readonly bytes: Uint8Array } | undefined> {
    const current = this.#current;
    if (current !== undefined && contains(current.range, position)) return current;
    // Reading goes forward, so what is looked for is near the last one.
    if (position < (this.#plan[this.#cursor]?.offset ?? 0)) this.#cursor = 0;
    while (this.#cursor < this.#plan.length && position >= endOf(this.#plan[this.#cursor])) this.#cursor += 1;
    const number = this.#cursor;
    const next = this.#plan[number];
    if (next === undefined || next.offset > position) return hole(position, next);
    for (let ahead = number; ahead < Math.min(this.#plan.length, number + RANGES_AHEAD_MAX); ahead += 1) this.#begin(ahead);
    const bytes = await must(this.#begun.get(number), "a range is begun before it is awaited");
    this.#begun.delete(number);
    this.#current = { range: next, bytes };
    return bytes.length === 0 ? undefined : this.#current;
  }

  #begin(number: number): void {
    const range = this.#plan[number];
    if (range === undefined || this.#begun.has(number)) return;
    const fetching = this.#fetch(range);
    fetching.catch(() => undefined);
    this.#begun.set(number, fetching);
  }
}

/** Extents that ascend, with small gaps closed. */
function joined(extents: readonly Extent[]): readonly Extent[] {
  const found: { offset: number; length: number }[] = [];
  for (const { offset, length } of extents) {
    const last = found.at(-1);
    if (last !== undefined && offset - last.offset - last.length <= GAP_BYTES_MAX) last.length = offset + length - last.offset;
    else found.push({ offset, length });
  }
  return found;
}

/** Extents are widened to whole blocks by whoever reads: the added bytes lie in holes. */
function hole(position: number, next: Extent | undefined): { readonly range: Extent; readonly bytes: Uint8Array } {
  const length = Math.min(next === undefined ? RANGE_BYTES : next.offset - position, RANGE_BYTES);
  return { range: { offset: position, length }, bytes: new Uint8Array(length) };
}

function endOf(range: Extent | undefined): number {
  return range === undefined ? 0 : range.offset + range.length;
}

function contains({ offset, length }: Extent, position: number): boolean {
  return position >= offset && position < offset + length;
}

/** MD5 of content that is read in order without gaps; gives up, and so finds nothing wrong, when it is not. */
class Md5Check {
  readonly #hash: Hash = createHash("md5");
  #at = 0;
  #complete = true;

  update(bytes: Uint8Array, position: number): void {
    if (position !== this.#at) this.#complete = false;
    if (this.#complete) this.#hash.update(bytes);
    this.#at += bytes.length;
  }

  digest(): Uint8Array | undefined {
    return this.#complete ? this.#hash.copy().digest() : undefined;
  }
}
