import type { ChunkKernel } from "../chunker/chunk-kernel.ts";
import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { type AzureFacts, CHUNK_TYPE, type Extent } from "../format/entry.ts";
import type { FrameReader } from "../repository/frame-reader.ts";
import type { FinishedPack, PackWriter } from "../repository/pack-writer.ts";
import { assert, must } from "../shared/assert.ts";
import { toAppError } from "../shared/errors.ts";
import type { ContentReader, OpenContent, SourceNode } from "../source/source.ts";
import { ChunkList } from "./chunk-list.ts";
import { alignedExtents, BLOCK_BYTES, extentBytes, firstBytes } from "./extents.ts";
import { saveDelta } from "./lane-delta.ts";
import type { BatchResult, FileBatch, FileExtras, FreshFacts, LaneIssue } from "./lane-protocol.ts";

/** Read at once: what is hashed and scanned right after should still be in the processor's cache. */
const READ_BYTES_MAX: number = 4 * 1024 * 1024;

/** Of a file larger than this, what was read is told before it is done: a person should see that something happens. */
const TOLD_BYTES = 64 * 1024 * 1024;

/** A file that keeps changing is read this often; then what was read last is kept and reported. */
const READ_ATTEMPTS_MAX = 3;

export interface LaneOptions {
  readonly kernel: ChunkKernel;
  readonly hasher: ChunkHasher;
  readonly readers: readonly ContentReader[];
  readonly writer: PackWriter;
  /** Reads chunks of earlier backups, for files of which only a part changed; without it they are read whole. */
  readonly frames?: FrameReader;
  /** Told of bytes read of a file that takes long; its result says how many were told. */
  readonly onRead?: (bytes: number) => void;
  /** Takes a finished pack; the promise settles when the lane may fill the next one, not when it is durable. */
  readonly send: (pack: FinishedPack) => Promise<void>;
}

/** The write path of one thread: read, chunk, id, claim, pack. Knows nothing of threads and messages. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #chunks = new ChunkList();
  #bytesRead = 0;
  #bytesNew = 0;
  #bytesTold = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Reads and stores the content of all files of the batch. Errors of single files are part of the result. */
  async process(batch: FileBatch): Promise<BatchResult> {
    const reader = must(this.#options.readers[batch.source], "the batch names a known source");
    const count = batch.names.length;
    const chunkCounts = new Uint32Array(count);
    const xorHashes = new BigUint64Array(count);
    const extras = new Map<number, FileExtras>();
    this.#bytesRead = 0;
    this.#bytesNew = 0;
    const throttledBefore = reader.throttled ?? 0;
    reader.expect?.(batch);
    for (let at = 0; at < count; at += 1) {
      const start = this.#chunks.count;
      try {
        this.#bytesTold = 0;
        const found = await this.#file(reader, batch, at);
        xorHashes[at] = found.xorHash;
        if (this.#bytesTold > 0) extras.set(at, { ...found.extras, told: this.#bytesTold });
        else if (found.extras !== undefined) extras.set(at, found.extras);
      } catch (error) {
        this.#chunks.truncate(start);
        extras.set(at, { error: itemIssue(error) });
      }
      chunkCounts[at] = this.#chunks.count - start;
    }
    const { ids, lengths } = this.#chunks.take();
    const counts = { bytesRead: this.#bytesRead, bytesNew: this.#bytesNew };
    const throttled = (reader.throttled ?? 0) > throttledBefore;
    return { chunkCounts, chunkIds: ids, chunkLengths: lengths, xorHashes, extras, ...counts, ...(throttled && { throttled }) };
  }

  /** Sends the pack being filled. */
  async flush(): Promise<void> {
    const pack = this.#options.writer.finish();
    if (pack !== undefined) await this.#options.send(pack);
  }

  async #file(reader: ContentReader, batch: FileBatch, at: number): Promise<{ xorHash: bigint; extras?: FileExtras }> {
    const directory = must(batch.directories[must(batch.directoryOf[at], "file has a directory")], "directory is in the batch");
    const name = must(batch.names[at], "file has a name");
    const opened = reader.open(directory, name);
    const content = opened instanceof Promise ? await opened : opened;
    try {
      if (batch.segment !== undefined) return await this.#segment(content, batch, batch.segment);
      return (await this.#changed(content, batch, at)) ?? (await this.#whole(content, batch, at));
    } finally {
      const closing = content.close();
      if (closing instanceof Promise) await closing;
    }
  }

  /** A changed file whose source can tell what changed; undefined when it has to be read. */
  async #changed(content: OpenContent, batch: FileBatch, at: number): Promise<{ xorHash: bigint; extras?: FileExtras } | undefined> {
    const old = batch.old?.get(at);
    if (old === undefined) return undefined;
    const { kernel, hasher, writer, frames } = this.#options;
    const start = this.#chunks.count;
    const { size } = await content.stat();
    const deps = { kernel, hasher, writer, frames, chunks: this.#chunks, flush: () => this.flush() };
    const saved = await saveDelta(content, { old, size }, deps);
    if (saved === undefined) {
      this.#chunks.truncate(start);
      return undefined;
    }
    this.#bytesRead += saved.bytesRead;
    this.#bytesNew += saved.bytesNew;
    const { attributes, azure } = await content.details();
    return readWell(saved.xorHash, { attributes, azure, extents: saved.extents, fresh: undefined, size }, {});
  }

  /** One stretch of a large file: its accumulator is unfinished, whoever joins the segments finishes it. */
  async #segment(content: OpenContent, batch: FileBatch, segment: Extent): Promise<{ xorHash: bigint; extras?: FileExtras }> {
    const { kernel } = this.#options;
    kernel.xorReset();
    await this.#stream(content, [segment]);
    const after = await content.stat();
    const same = after.changeToken === batch.changeTokens[0] && after.size === batch.sizes[0];
    const xorHash = kernel.xorAccumulator();
    if (!same) return { xorHash, extras: { error: changedWhileRead() } };
    if (segment.offset > 0) return { xorHash };
    return {
      xorHash,
      extras: extrasOf({ azure: undefined, ...(await content.details()), extents: undefined, fresh: undefined, size: after.size }),
    };
  }

  async #whole(content: OpenContent, batch: FileBatch, at: number): Promise<{ xorHash: bigint; extras?: FileExtras }> {
    const { kernel } = this.#options;
    const start = this.#chunks.count;
    let expected: Pick<SourceNode, "size" | "changeToken"> = {
      size: must(batch.sizes[at], "file has a size"),
      changeToken: must(batch.changeTokens[at], "file has a token"),
    };
    const read = content.details();
    const { attributes, azure } = read instanceof Promise ? await read : read;
    let fresh: SourceNode | undefined;
    for (let attempt = 1; ; attempt += 1) {
      kernel.xorReset();
      const holes = content.extents();
      const data = holes instanceof Promise ? await holes : holes;
      const extents = data && alignedExtents(data, expected.size);
      const wanted = extents ?? [{ offset: 0, length: expected.size }];
      const length = await this.#stream(content, wanted);
      const asked = content.stat();
      const after = asked instanceof Promise ? await asked : asked;
      const complete = length === extentBytes(wanted);
      if (complete && after.changeToken === expected.changeToken && after.size === expected.size) {
        return readWell(kernel.xorDigest(expected.size), { attributes, extents, fresh, size: expected.size, azure }, content);
      }
      if (attempt === READ_ATTEMPTS_MAX) {
        const found = { attributes, extents, fresh: after, size: expected.size, azure };
        const kept = complete ? found : endedEarly(found, firstBytes(wanted, length));
        return { xorHash: kernel.xorDigest(kept.size), extras: { ...extrasOf(kept), error: changedWhileRead() } };
      }
      this.#chunks.truncate(start);
      fresh = after;
      expected = { size: after.size, changeToken: after.changeToken };
    }
  }

  /**
   * Chunks the given extents, laid end to end. Returns the content bytes it met: fewer when the file is shorter by now, and then
   * those of the first extents.
   * Nothing is read beyond them: that a file has grown shows in its change token.
   */
  async #stream(content: OpenContent, extents: readonly Extent[]): Promise<number> {
    const { kernel } = this.#options;
    const { window } = kernel;
    let used = 0;
    let total = 0;
    let told = 0;
    let ended = false;
    for (const extent of extents) {
      let position = extent.offset;
      const end = extent.offset + extent.length;
      while (position < end && !ended) {
        const room = Math.floor((window.length - used) / BLOCK_BYTES) * BLOCK_BYTES;
        const wanted = Math.min(room, READ_BYTES_MAX, end - position);
        assert(wanted > 0, "the window has room for a block");
        const filling = this.#fill(content, { at: used, length: wanted, position });
        const got = filling instanceof Promise ? await filling : filling;
        if (got > 0) kernel.xorUpdate(used, got, position / BLOCK_BYTES);
        used += got;
        position += got;
        total += got;
        ended = got < wanted;
        if (used * 2 >= window.length) used = await this.#cut(used, false);
        if (total - told >= TOLD_BYTES) told = this.#tell(total, told);
      }
    }
    if (used > 0) await this.#cut(used, true);
    this.#bytesRead += total;
    return total;
  }

  #tell(total: number, told: number): number {
    this.#options.onRead?.(total - told);
    this.#bytesTold += total - told;
    return total;
  }

  /** Reads until `length` bytes are there or the file ends: the XOR hash wants whole blocks. */
  #fill(content: OpenContent, want: { at: number; length: number; position: number }): number | Promise<number> {
    const { window } = this.#options.kernel;
    let got = 0;
    while (got < want.length) {
      const read = content.read(window.subarray(want.at + got, want.at + want.length), want.position + got);
      if (read instanceof Promise)
        return this.#fillLater(
          content,
          want,
          read.then((count) => ({ got, count })),
        );
      if (read === 0) return got;
      got += read;
    }
    return got;
  }

  async #fillLater(
    content: OpenContent,
    want: { at: number; length: number; position: number },
    first: Promise<{ got: number; count: number }>,
  ): Promise<number> {
    const { window } = this.#options.kernel;
    let { got, count } = await first;
    while (count > 0) {
      got += count;
      if (got >= want.length) break;
      count = await content.read(window.subarray(want.at + got, want.at + want.length), want.position + got);
    }
    return got;
  }

  /** Stores every chunk that is certain in the first `used` bytes of the window; moves the rest to its start and returns its length. */
  async #cut(used: number, last: boolean): Promise<number> {
    const { kernel, hasher, writer } = this.#options;
    const { window } = kernel;
    let start = 0;
    while (start < used) {
      const end = kernel.nextCut(start, used, last);
      if (end === 0) break;
      const plain = window.subarray(start, end);
      const id = hasher.id(CHUNK_TYPE.data, plain);
      this.#chunks.push(id, plain.length);
      if (writer.add(id, CHUNK_TYPE.data, plain)) this.#bytesNew += plain.length;
      if (writer.full) await this.flush();
      start = end;
    }
    if (start > 0 && start < used) window.copyWithin(0, start, used);
    return used - start;
  }
}

/** What reading found beside content. */
interface FoundFacts {
  readonly attributes: NonNullable<FileExtras["attributes"]>;
  readonly extents: readonly Extent[] | undefined;
  readonly fresh: SourceNode | undefined;
  readonly size: number;
  readonly azure: AzureFacts | undefined;
}

/** Most files have nothing beside their content, and then cost nothing. */
function readWell(xorHash: bigint, found: FoundFacts, content: Pick<OpenContent, "remote">): { xorHash: bigint; extras?: FileExtras } {
  const { attributes, extents, fresh, azure } = found;
  if (fresh === undefined && extents === undefined && azure === undefined && attributes.length === 0) return { xorHash };
  const extras = extrasOf(found);
  const remark = content.remote?.remark();
  return { xorHash, extras: remark === undefined ? extras : { ...extras, remark: { ...itemIssue(remark), keep: true } } };
}

/** The file as far as it was read: it ends where reading met its end. */
function endedEarly(found: FoundFacts, read: readonly Extent[]): FoundFacts {
  const last = read.at(-1);
  return { ...found, extents: found.extents && read, size: last === undefined ? 0 : last.offset + last.length };
}

function extrasOf(found: FoundFacts): FileExtras {
  return {
    ...(found.attributes.length > 0 && { attributes: found.attributes }),
    ...(found.extents !== undefined && { extents: found.extents }),
    ...(found.fresh !== undefined && { fresh: freshFacts(found.fresh, found.size) }),
    ...(found.azure !== undefined && { azure: found.fresh?.azure ?? found.azure }),
  };
}

function freshFacts(node: SourceNode, size: number): FreshFacts {
  const { modifiedNs, changedNs, accessedNs, bornNs, changeToken, nodeId, mode, uid, gid, links } = node;
  return { size, modifiedNs, changedNs, accessedNs, bornNs, changeToken, nodeId, mode, uid, gid, links };
}

function changedWhileRead(): LaneIssue {
  return {
    code: "E_SOURCE_CHANGED",
    what: "changed while it was read",
    why: `it was read ${READ_ATTEMPTS_MAX} times and was changed each time before the end`,
    hint: "what was read last is saved; for a consistent copy back up a file system snapshot or stop the writer",
    keep: true,
  };
}

function itemIssue(error: unknown): LaneIssue {
  const { code, what, why, hint } = toAppError(error);
  // Only trouble with this one file may be part of a result; a failing store or a defect must end the run.
  if (!code.startsWith("E_SOURCE")) throw error;
  return { code, what, why, hint, keep: false };
}
