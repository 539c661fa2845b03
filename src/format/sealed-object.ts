/** First bytes of every sealed object, and last bytes of its trailer. */
export const SEALED_MAGIC = 0x56524156;

/** Version of everything described in `docs/repository-format.md`. */
export const FORMAT_VERSION = 1;

/** Raw bytes of every frame but an object's last. */
export const FRAME_BYTES: number = 1 << 20;

/** Length of an authentication tag. */
export const TAG_BYTES = 16;
/** Length of the random salt that gives every object a key of its own. */
export const SALT_BYTES = 32;
/** Length of a key commitment. */
export const COMMITMENT_BYTES = 32;
/** Length of a repository's id. */
export const REPOSITORY_ID_BYTES = 16;

/** Magic 4, version 1, suite 1, kind 1, zero 1, repository id 16, salt 32, key commitment 32. */
export const HEADER_BYTES: number = 8 + REPOSITORY_ID_BYTES + SALT_BYTES + COMMITMENT_BYTES;

/** Length of the sealed directory 4, length of the whole object 8, magic 4. */
export const TRAILER_BYTES = 16;

/** Frames of one object: 4 GiB raw. Far above every pack, and a bound for what a damaged length can ask for. */
export const FRAMES_MAX = 4096;

/** The cipher of an object. */
export const SUITE = {
  aes256Gcm: 1,
  chacha20Poly1305: 2,
} as const;

/** A number in `SUITE`. */
export type Suite = (typeof SUITE)[keyof typeof SUITE];

/** What a sealed object is; bound into its key, so no object can stand in for one of another kind. */
export const OBJECT_KIND = {
  dataPack: 1,
  metadataPack: 2,
  index: 3,
  snapshot: 4,
  session: 5,
  commit: 6,
  log: 7,
  forget: 8,
  pin: 9,
  collection: 10,
} as const;

/** A number in `OBJECT_KIND`. */
export type ObjectKind = (typeof OBJECT_KIND)[keyof typeof OBJECT_KIND];

/** Kinds of packs. */
export type PackKind = typeof OBJECT_KIND.dataPack | typeof OBJECT_KIND.metadataPack;

/** Frames that `rawLength` bytes are cut into. */
export function frameCount(rawLength: number): number {
  return Math.ceil(rawLength / FRAME_BYTES);
}

/** Raw length of frame `number` of an object with `rawLength` raw bytes. */
export function frameRawLength(number: number, rawLength: number): number {
  return Math.min(FRAME_BYTES, rawLength - number * FRAME_BYTES);
}
