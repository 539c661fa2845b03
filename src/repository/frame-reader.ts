import type { ChunkHasher } from "../crypto/chunk-id.ts";
import { StreamOpener } from "../crypto/sealed-stream.ts";
import type { ChunkRef, ChunkType } from "../format/entry.ts";
import { packKey } from "../format/object-keys.ts";
import { FRAME_FLAG } from "../format/pack-directory.ts";
import { FRAME_BYTES, frameRawLength, HEADER_BYTES } from "../format/sealed-object.ts";
import { must } from "../shared/assert.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { ChunkPlace } from "./chunk-index.ts";
import type { StretchReaderOptions } from "./stretch-reader.ts";
import { framesOf, type KnownPack } from "./pack-table.ts";

/** Decoded frames kept: neighbouring pages share frames, so walking a tree opens each frame about once. */
const FRAMES_CACHED_MAX = 48;

/** Headers of packs kept open: a derived key each. */
const OPENERS_CACHED_MAX = 256;

/** Reads single chunks of packs through a small cache of decoded frames. */
export class FrameReader {
  readonly #context: StretchReaderOptions;
  readonly #hasher: ChunkHasher;
  readonly #frames = new Map<string, Promise<Uint8Array>>();
  readonly #openers = new Map<string, Promise<StreamOpener>>();
  #bytesFetched = 0;

  constructor(context: StretchReaderOptions, hasher: ChunkHasher) {
    this.#context = context;
    this.#hasher = hasher;
  }

  /** Object bytes fetched so far. */
  get bytesFetched(): number {
    return this.#bytesFetched;
  }

  /** The chunk's bytes, verified against its id; E_CORRUPT or E_OBJECT_NOT_FOUND name the pack. */
  async chunk(type: ChunkType, ref: ChunkRef, at: { readonly pack: KnownPack; readonly place: ChunkPlace }): Promise<Uint8Array> {
    if (at.place.offset + ref.length > at.pack.directory.rawLength) throw wrongContent(at.pack, ref);
    const span = framesOf(at.pack, at.place, ref.length);
    const plain = new Uint8Array(ref.length);
    let filled = 0;
    for (let number = span.first; number <= span.last; number += 1) {
      const frame = await this.#frame(at.pack, number);
      const from = number === span.first ? at.place.offset - number * FRAME_BYTES : 0;
      const part = frame.subarray(from, from + ref.length - filled);
      plain.set(part, filled);
      filled += part.length;
    }
    if (filled !== ref.length || !equalBytes(this.#hasher.id(type, plain), ref.id)) throw wrongContent(at.pack, ref);
    return plain;
  }

  #frame(pack: KnownPack, number: number): Promise<Uint8Array> {
    const key = `${toHex(pack.id)}/${number}`;
    return cached(this.#frames, { key, entriesMax: FRAMES_CACHED_MAX }, () => this.#readFrame(pack, number));
  }

  async #readFrame(pack: KnownPack, number: number): Promise<Uint8Array> {
    const { directory } = pack;
    const opener = await this.#opener(pack);
    const span = framesOf(pack, { pack: 0, offset: number * FRAME_BYTES }, 1);
    const sealed = await this.#context.store.read(packKey(toHex(pack.id)), { offset: span.offset, length: span.length });
    this.#bytesFetched += sealed.length;
    const compressed = directory.frameFlags[number] === FRAME_FLAG.compressed;
    return opener.openFrame({ number, sealed, compressed, rawLength: frameRawLength(number, directory.rawLength) });
  }

  #opener(pack: KnownPack): Promise<StreamOpener> {
    const key = toHex(pack.id);
    return cached(this.#openers, { key, entriesMax: OPENERS_CACHED_MAX }, async () => {
      const header = await this.#context.store.read(packKey(toHex(pack.id)), { offset: 0, length: HEADER_BYTES });
      const { keys, repositoryId } = this.#context;
      return StreamOpener.open(header, { keys, repositoryId, kind: pack.kind });
    });
  }
}

/** A least-recently-used cache of promises in a Map's insertion order; failures are not kept. */
function cached<T>(map: Map<string, Promise<T>>, entry: { key: string; entriesMax: number }, make: () => Promise<T>): Promise<T> {
  const known = map.get(entry.key);
  if (known !== undefined) {
    map.delete(entry.key);
    map.set(entry.key, known);
    return known;
  }
  const made = make();
  map.set(entry.key, made);
  made.catch(() => map.delete(entry.key));
  if (map.size > entry.entriesMax) map.delete(must(map.keys().next().value, "a full cache has a first entry"));
  return made;
}

function wrongContent(pack: KnownPack, ref: ChunkRef): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `pack ${toHex(pack.id).slice(0, 16)} does not hold the chunk it is said to hold`,
    why: "the bytes at the indexed place do not hash to the chunk's id",
    hint: "run `varve check --read-data` to see what is affected",
    data: { pack: toHex(pack.id), chunk: toHex(ref.id) },
  });
}
