import { assert } from "../shared/assert.ts";
import { isAppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { corrupt } from "../format/corrupt.ts";
import { decodePackDirectory, encodePackDirectory, FRAME_FLAG, sealedFrameBytes } from "../format/pack-directory.ts";
import type { FrameTable, PackDirectory } from "../format/pack-directory.ts";
import {
  FRAME_BYTES,
  frameRawLength,
  FRAMES_MAX,
  HEADER_BYTES,
  SALT_BYTES,
  SEALED_MAGIC,
  SUITE,
  TAG_BYTES,
  TRAILER_BYTES,
} from "../format/sealed-object.ts";
import type { ObjectKind, Suite } from "../format/sealed-object.ts";
import { Aead, NONCE_BYTES } from "./aead.ts";
import type { MessageBinding } from "./aead.ts";
import { KIND_NAMES, newObjectKey, openObjectKey } from "./sealed-header.ts";
import type { SealContext } from "./sealed-header.ts";
import { compressFrame, decompressFrame } from "./zstd.ts";

export interface SealerOptions extends SealContext {
  readonly kind: ObjectKind;
  readonly random: Random;
  readonly suite?: Suite;
}

/** One frame as it lies in an object. */
export interface StoredFrame {
  /** Place in the object, from 0. */
  readonly number: number;
  readonly sealed: Uint8Array;
  readonly compressed: boolean;
  readonly rawLength: number;
  /** Memory for the raw bytes; used when it has room. */
  readonly into?: Uint8Array;
}

/** The number under which the directory is sealed: no frame ever has it. */
const DIRECTORY_NUMBER = 0xffff_ffff;
/** Directories hold at most this much: 1.8 million chunks of one pack. */
const DIRECTORY_BYTES_MAX: number = 64 << 20;

/**
 * Seals one object: header, then frames in order, then the directory with the trailer. Frames have `FRAME_BYTES` raw bytes each,
 * only the last may be shorter. An instance has a key of its own and numbers its frames, so no nonce is used twice.
 */
export class StreamSealer {
  /** First bytes of the object. */
  readonly header: Uint8Array;
  readonly #aead: Aead;
  readonly #sealedLengths: number[] = [];
  readonly #flags: number[] = [];
  #rawLength = 0;
  #objectLength = HEADER_BYTES;
  #finished = false;

  constructor({ kind, random, suite = SUITE.aes256Gcm, ...context }: SealerOptions) {
    const { header, key } = newObjectKey(kind, suite, { ...context, salt: random.bytes(SALT_BYTES) });
    this.header = header;
    this.#aead = new Aead(key, suite);
  }

  /** Length of the object so far, bytes. */
  get objectLength(): number {
    return this.#objectLength;
  }

  /** Where the frames sealed so far lie: belongs into the directory. */
  get frames(): FrameTable {
    return {
      frameSealedLengths: Uint32Array.from(this.#sealedLengths),
      frameFlags: Uint8Array.from(this.#flags),
      rawLength: this.#rawLength,
    };
  }

  /**
   * Seals the next frame. The result is the start of `into` when that is given and has room for `raw` and a tag (so frames can
   * be sealed straight into an upload buffer), else memory of its own. Level 0 does not compress.
   */
  seal(raw: Uint8Array, level: number, into?: Uint8Array): Uint8Array {
    const number = this.#flags.length;
    assert(!this.#finished && this.#rawLength === number * FRAME_BYTES, "only the last frame of an object may be short");
    assert(raw.length > 0 && raw.length <= FRAME_BYTES && number < FRAMES_MAX, "a frame and the number of frames are in their limits");
    const compressed = compressFrame(raw, level);
    const stored = compressed ?? raw;
    const flag = compressed === undefined ? FRAME_FLAG.raw : FRAME_FLAG.compressed;
    const room = into !== undefined && into.length >= stored.length + TAG_BYTES ? into : new Uint8Array(stored.length + TAG_BYTES);
    const sealed = this.#aead.seal(stored, room, binding(this.header, number, { rawLength: raw.length, flag }));
    this.#sealedLengths.push(sealed.length);
    this.#flags.push(flag);
    this.#rawLength += raw.length;
    this.#objectLength += sealed.length;
    return sealed;
  }

  /** Seals the directory and returns it with the trailer: the last bytes of the object. */
  finish(directoryPayload: Uint8Array): Uint8Array {
    assert(!this.#finished && directoryPayload.length <= DIRECTORY_BYTES_MAX, "an object is finished once, with a directory in its limits");
    this.#finished = true;
    const sealedLength = directoryPayload.length + TAG_BYTES;
    const out = new Uint8Array(sealedLength + TRAILER_BYTES);
    const facts = { rawLength: directoryPayload.length, flag: FRAME_FLAG.raw };
    this.#aead.seal(directoryPayload, out, binding(this.header, DIRECTORY_NUMBER, facts));
    this.#objectLength += out.length;
    const trailer = new DataView(out.buffer, sealedLength);
    trailer.setUint32(0, sealedLength, true);
    trailer.setBigUint64(4, BigInt(this.#objectLength), true);
    trailer.setUint32(12, SEALED_MAGIC, true);
    return out;
  }
}

/** Opened frames on their way to decompression: each thread has its own module, and no frame outlives the call. */
const OPENED: Uint8Array = new Uint8Array(FRAME_BYTES);

/** Opens frames and directory of one object. */
export class StreamOpener {
  readonly #header: Uint8Array;
  readonly #aead: Aead;
  readonly #what: string;

  private constructor(header: Uint8Array, aead: Aead, what: string) {
    this.#header = header;
    this.#aead = aead;
    this.#what = what;
  }

  /** Checks a header (the object's first `HEADER_BYTES` or more). @throws AppError E_CORRUPT, E_REPO_VERSION */
  static open(header: Uint8Array, { kind, ...context }: SealContext & { readonly kind: ObjectKind }): StreamOpener {
    const object = openObjectKey(header, kind, context);
    return new StreamOpener(object.header, new Aead(object.key, object.suite), KIND_NAMES[kind]);
  }

  /** The raw bytes of a frame: a part of `into`, or memory of their own. @throws AppError E_CORRUPT, naming the frame */
  openFrame(frame: StoredFrame): Uint8Array {
    const { number, sealed, compressed, rawLength } = frame;
    const flag = compressed ? FRAME_FLAG.compressed : FRAME_FLAG.raw;
    const room = compressed ? OPENED : frame.into !== undefined && frame.into.length >= rawLength ? frame.into : new Uint8Array(rawLength);
    const stored = this.#aead.open(sealed, room, binding(this.#header, number, { rawLength, flag }));
    if (stored === undefined) throw this.#badFrame(number, "its seal does not fit");
    if (!compressed && stored.length !== rawLength) throw this.#badFrame(number, "it has another length than its directory says");
    return compressed ? this.#decompress(stored, frame) : stored;
  }

  #decompress(stored: Uint8Array, { number, rawLength, into }: StoredFrame): Uint8Array {
    try {
      return decompressFrame(stored, rawLength, into);
    } catch (error) {
      throw isAppError(error, "E_CORRUPT") ? this.#badFrame(number, error.why) : error;
    }
  }

  #badFrame(number: number, why: string): Error {
    return corrupt(`frame ${number} of a ${this.#what}`, why, { frame: number });
  }

  /**
   * The payload of the directory. `tail` are the object's last bytes, at least `tailBytes` of them.
   *
   * @throws AppError E_CORRUPT
   */
  openDirectory(objectLength: number, tail: Uint8Array): Uint8Array {
    const needed = tailBytes(objectLength, tail);
    if (needed > tail.length) throw corrupt(this.#what, "its directory is cut off");
    const sealed = tail.subarray(tail.length - needed, tail.length - TRAILER_BYTES);
    const facts = { rawLength: sealed.length - TAG_BYTES, flag: FRAME_FLAG.raw };
    const payload = this.#aead.open(sealed, new Uint8Array(facts.rawLength), binding(this.#header, DIRECTORY_NUMBER, facts));
    if (payload === undefined) throw corrupt(`directory of a ${this.#what}`, "its seal does not fit");
    return payload;
  }

  /** `openDirectory`, decoded, and checked against the object's length: every byte of the object is accounted for. */
  openPackDirectory(objectLength: number, tail: Uint8Array): PackDirectory {
    const directory = decodePackDirectory(this.openDirectory(objectLength, tail));
    if (HEADER_BYTES + sealedFrameBytes(directory) + tailBytes(objectLength, tail) !== objectLength) {
      throw corrupt(`directory of a ${this.#what}`, "its frames do not fill the object");
    }
    return directory;
  }
}

/**
 * How many of an object's last bytes are its directory and trailer. `tail` are some of its last bytes, 16 at least.
 *
 * @throws AppError E_CORRUPT when the object does not end as one of this length does
 */
export function tailBytes(objectLength: number, tail: Uint8Array): number {
  if (tail.length < TRAILER_BYTES) throw corrupt("sealed object", "it is shorter than its trailer");
  const trailer = new DataView(tail.buffer, tail.byteOffset + tail.length - TRAILER_BYTES, TRAILER_BYTES);
  const sealedLength = trailer.getUint32(0, true);
  const isWhole = trailer.getUint32(12, true) === SEALED_MAGIC && trailer.getBigUint64(4, true) === BigInt(objectLength);
  if (!isWhole) throw corrupt("sealed object", "it is cut off: it does not end with its trailer");
  const inLimits = sealedLength >= TAG_BYTES && sealedLength <= DIRECTORY_BYTES_MAX + TAG_BYTES;
  if (!inLimits || sealedLength > objectLength - HEADER_BYTES - TRAILER_BYTES)
    throw corrupt("sealed object", "its trailer has an impossible length");
  return sealedLength + TRAILER_BYTES;
}

/**
 * What binds a frame to its place: the number is the nonce; header, number, raw length and compression flag are additional data.
 * So no frame passes in another place, object, kind or repository, and nothing about it can be told differently.
 */
function binding(
  header: Uint8Array,
  number: number,
  { rawLength, flag }: { readonly rawLength: number; readonly flag: number },
): MessageBinding {
  const nonce = new Uint8Array(NONCE_BYTES);
  if (number === DIRECTORY_NUMBER) nonce.fill(0xff);
  else new DataView(nonce.buffer).setUint32(0, number, true);
  const additionalData = new Uint8Array(header.length + 9);
  const view = new DataView(additionalData.buffer, header.length);
  additionalData.set(header);
  view.setUint32(0, number, true);
  view.setUint32(4, rawLength, true);
  view.setUint8(8, flag);
  return { nonce, additionalData };
}

/** zstd level of whole objects: they are small, and an index segment is mostly ids that nothing compresses. */
const WHOLE_OBJECT_LEVEL = 3;

export interface WholeObjectOptions extends Omit<SealerOptions, "kind"> {
  readonly level?: number;
}

/** A whole object around `payload`, as parts to be laid end to end. For everything that is not a pack. */
export function sealObject(kind: ObjectKind, payload: Uint8Array, context: WholeObjectOptions): Uint8Array[] {
  const sealer = new StreamSealer({ ...context, kind });
  const parts = [sealer.header];
  for (let at = 0; at < payload.length; at += FRAME_BYTES) {
    parts.push(sealer.seal(payload.subarray(at, Math.min(at + FRAME_BYTES, payload.length)), context.level ?? WHOLE_OBJECT_LEVEL));
  }
  const directory = { ...sealer.frames, chunkIds: new Uint8Array(0), chunkTypes: new Uint8Array(0), chunkLengths: new Uint32Array(0) };
  parts.push(sealer.finish(encodePackDirectory(directory)));
  return parts;
}

/** The payload of a whole object, in memory of its own. @throws AppError E_CORRUPT, E_REPO_VERSION */
export function openObject(kind: ObjectKind, bytes: Uint8Array, context: SealContext): Uint8Array {
  const opener = StreamOpener.open(bytes, { ...context, kind });
  const { frameSealedLengths, frameFlags, rawLength } = opener.openPackDirectory(bytes.length, bytes);
  const payload = new Uint8Array(rawLength);
  let at = HEADER_BYTES;
  for (const [number, length] of frameSealedLengths.entries()) {
    const frameAt = number * FRAME_BYTES;
    const into = payload.subarray(frameAt, frameAt + frameRawLength(number, rawLength));
    const sealed = bytes.subarray(at, at + length);
    opener.openFrame({
      number,
      sealed,
      compressed: frameFlags[number] === FRAME_FLAG.compressed,
      rawLength: into.length,
      into,
    });
    at += length;
  }
  return payload;
}
