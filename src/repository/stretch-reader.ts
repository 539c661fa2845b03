import { StreamOpener } from "../crypto/sealed-stream.ts";
import type { RepositoryKeys } from "../crypto/keys.ts";
import type { IndexedPack } from "../format/index-segment.ts";
import { packKey } from "../format/object-keys.ts";
import { FRAME_FLAG, type FrameTable } from "../format/pack-directory.ts";
import { FRAME_BYTES, frameRawLength, HEADER_BYTES } from "../format/sealed-object.ts";
import { must } from "../shared/assert.ts";
import { toHex } from "../shared/bytes.ts";
import type { MaybePromise } from "../shared/pool.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** Sealed bytes fetched by one read: large enough to hide a round trip, small enough that two of them in memory do not matter. */
const SPAN_BYTES_MAX = 8 * 1024 * 1024;

/** Unneeded frames up to this many bytes are read along instead of starting another read. */
const GAP_BYTES_MAX = 1024 * 1024;

/** Facts of a pack that reading takes. */
export type PackFrames = Pick<IndexedPack, "id" | "kind" | "objectLength"> & FrameTable;

export interface StretchReaderOptions {
  readonly store: Pick<ObjectStore, "read">;
  readonly keys: RepositoryKeys;
  readonly repositoryId: Uint8Array;
}

/** Consecutive frames fetched by one read. */
interface Span {
  readonly first: number;
  readonly last: number;
  /** In the object, bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Memory that readers of one thread share one after the other: freshly allocated buffers would cost page faults for each frame. */
export class ReadBuffers {
  readonly frame: Uint8Array = new Uint8Array(FRAME_BYTES);
  readonly #spans = [new Uint8Array(0), new Uint8Array(0)];
  #nextSpan = 0;
  #chunk = new Uint8Array(0);

  /** Room for bytes as stored; two of them are valid at a time, that of the last call and that of the call before. */
  span(length: number): Uint8Array {
    this.#nextSpan = 1 - this.#nextSpan;
    const span = must(this.#spans[this.#nextSpan], "there are two spans");
    if (span.length >= length) return span;
    return (this.#spans[this.#nextSpan] = new Uint8Array(Math.max(length, SPAN_BYTES_MAX)));
  }

  /** Room for a chunk that crosses frames; valid until the next call. */
  chunk(length: number): Uint8Array {
    if (this.#chunk.length < length) this.#chunk = new Uint8Array(length);
    return this.#chunk.subarray(0, length);
  }
}

/**
 * Reads chunks of one pack in ascending order: every frame is fetched and opened once, the next read is on its way while the
 * frames of the last one are opened.
 */
export class StretchReader {
  readonly #options: StretchReaderOptions;
  readonly #pack: PackFrames;
  readonly #buffers: ReadBuffers;
  readonly #offsets: Float64Array;
  readonly #spans: readonly Span[];
  #ahead: { readonly span: Span; readonly bytes: Promise<Uint8Array> } | undefined;
  #span: { readonly span: Span; readonly bytes: Uint8Array } | undefined;
  /** A span that could not be read is not asked for again by every chunk in it. */
  #failed: { readonly span: Span; readonly error: unknown } | undefined;
  #opener: StreamOpener | undefined;
  #frame: { readonly number: number; readonly raw: Uint8Array } | undefined;
  #bytesFetched = 0;

  /** `needed` has a 1 for each frame that will be asked for. */
  constructor(options: StretchReaderOptions, pack: PackFrames, parts: { readonly needed: Uint8Array; readonly buffers: ReadBuffers }) {
    this.#options = options;
    this.#pack = pack;
    this.#buffers = parts.buffers;
    this.#offsets = frameOffsets(pack);
    this.#spans = spansOf(pack, this.#offsets, parts.needed);
  }

  /** Object bytes fetched so far. */
  get bytesFetched(): number {
    return this.#bytesFetched;
  }

  /**
   * The raw bytes [offset, offset + length) of the pack; valid until the next call. Offsets must not go back before the frame of
   * the last call. Throws E_CORRUPT or E_OBJECT_NOT_FOUND; the frames after a damaged one can still be read.
   */
  raw(offset: number, length: number): MaybePromise<Uint8Array> {
    const first = Math.floor(offset / FRAME_BYTES);
    const within = offset - first * FRAME_BYTES;
    if (within + length > FRAME_BYTES) return this.#across(first, within, length);
    if (this.#frame?.number === first) return this.#frame.raw.subarray(within, within + length);
    return this.#open(first).then((frame) => frame.subarray(within, within + length));
  }

  /** A chunk that crosses frames. */
  async #across(first: number, within: number, length: number): Promise<Uint8Array> {
    const out = this.#buffers.chunk(length);
    let filled = 0;
    for (let number = first; filled < length; number += 1) {
      const frame = this.#frame?.number === number ? this.#frame.raw : await this.#open(number);
      const from = number === first ? within : 0;
      const part = frame.subarray(from, from + length - filled);
      out.set(part, filled);
      filled += part.length;
    }
    return out;
  }

  /** Waits for what is still being read into the shared buffers. To be called last, whatever happened. */
  async close(): Promise<void> {
    await this.#ahead?.bytes.catch(() => undefined);
  }

  async #open(number: number): Promise<Uint8Array> {
    this.#frame = undefined;
    const { span, bytes } = await this.#spanOf(number);
    const opener = (this.#opener ??= await this.#openHeader());
    const at = must(this.#offsets[number], "frame is in the pack") - span.offset;
    const sealed = bytes.subarray(at, at + must(this.#pack.frameSealedLengths[number], "frame is in the pack"));
    const compressed = this.#pack.frameFlags[number] === FRAME_FLAG.compressed;
    const raw = opener.openFrame({
      number,
      sealed,
      compressed,
      rawLength: frameRawLength(number, this.#pack.rawLength),
      into: this.#buffers.frame,
    });
    this.#frame = { number, raw };
    return raw;
  }

  async #spanOf(number: number): Promise<{ readonly span: Span; readonly bytes: Uint8Array }> {
    const known = this.#span;
    if (known !== undefined && number >= known.span.first && number <= known.span.last) return known;
    const at = this.#spans.findIndex(({ first, last }) => number >= first && number <= last);
    const span = must(this.#spans[at], "every needed frame is in a span");
    if (this.#failed?.span === span) throw this.#failed.error;
    const reading = this.#ahead?.span === span ? this.#ahead.bytes : this.#read(span);
    this.#span = undefined;
    this.#ahead = undefined;
    try {
      this.#span = { span, bytes: await reading };
    } catch (error) {
      this.#failed = { span, error };
      throw error;
    }
    this.#readAhead(this.#spans[at + 1]);
    return this.#span;
  }

  #readAhead(span: Span | undefined): void {
    if (span === undefined) return;
    const bytes = this.#read(span);
    // Its failure belongs to whoever asks for those frames.
    bytes.catch(() => undefined);
    this.#ahead = { span, bytes };
  }

  async #openHeader(): Promise<StreamOpener> {
    const { keys, repositoryId, store } = this.#options;
    const first =
      this.#span?.span.offset === 0
        ? this.#span.bytes
        : await store.read(packKey(toHex(this.#pack.id)), { offset: 0, length: HEADER_BYTES });
    return StreamOpener.open(first, { keys, repositoryId, kind: this.#pack.kind });
  }

  async #read(span: Span): Promise<Uint8Array> {
    const bytes = await this.#options.store.read(
      packKey(toHex(this.#pack.id)),
      { offset: span.offset, length: span.length },
      { into: this.#buffers.span(span.length) },
    );
    this.#bytesFetched += bytes.length;
    return bytes;
  }
}

/** Where each frame begins in the object, and where the last one ends. */
export function frameOffsets({ frameSealedLengths }: FrameTable): Float64Array {
  const offsets = new Float64Array(frameSealedLengths.length + 1);
  let at = HEADER_BYTES;
  for (const [number, length] of frameSealedLengths.entries()) {
    offsets[number] = at;
    at += length;
  }
  offsets[frameSealedLengths.length] = at;
  return offsets;
}

/** Joins needed frames into reads; the first read takes the header along when it is near. */
function spansOf(pack: FrameTable, offsets: Float64Array, needed: Uint8Array): readonly Span[] {
  const spans: Span[] = [];
  let open: { first: number; last: number; offset: number; end: number } | undefined;
  const close = (): void => {
    if (open !== undefined) spans.push({ first: open.first, last: open.last, offset: open.offset, length: open.end - open.offset });
  };
  for (let number = 0; number < pack.frameSealedLengths.length; number += 1) {
    if (needed[number] !== 1) continue;
    const start = must(offsets[number], "frame has an offset");
    const end = must(offsets[number + 1], "frame has an end");
    if (open !== undefined && start - open.end <= GAP_BYTES_MAX && end - open.offset <= SPAN_BYTES_MAX) {
      open.last = number;
      open.end = end;
    } else {
      close();
      open = { first: number, last: number, offset: number === 0 ? 0 : start, end };
    }
  }
  close();
  return spans;
}

/** The frames that chunks at these places touch. */
export function neededFrames(pack: FrameTable, offsets: ArrayLike<number>, lengths: ArrayLike<number>): Uint8Array {
  const needed = new Uint8Array(pack.frameSealedLengths.length);
  for (let at = 0; at < offsets.length; at += 1) {
    const offset = offsets[at] ?? 0;
    const last = Math.floor((offset + Math.max(1, lengths[at] ?? 0) - 1) / FRAME_BYTES);
    for (let number = Math.floor(offset / FRAME_BYTES); number <= last; number += 1) needed[number] = 1;
  }
  return needed;
}
