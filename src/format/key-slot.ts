import { ByteReader, ByteWriter } from "./little-endian.ts";
import { newerVersion } from "./repository-file.ts";
import { COMMITMENT_BYTES, FORMAT_VERSION, REPOSITORY_ID_BYTES, SALT_BYTES, TAG_BYTES } from "./sealed-object.ts";

/** Where the secret that opens a slot comes from. */
export const SLOT_KIND = {
  passphrase: 1,
  recovery: 2,
  /** Opens without a secret: the repository is not confidential. */
  plain: 3,
} as const;

/** A number in `SLOT_KIND`. */
export type SlotKind = (typeof SLOT_KIND)[keyof typeof SLOT_KIND];

/** Cost of argon2id. All zero in slots that need none. */
export interface KdfParameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The cost of slots that derive nothing from a passphrase. */
export const NO_KDF: KdfParameters = Object.freeze({ memoryKiB: 0, passes: 0, parallelism: 0 });

/** What a slot says in clear. All of it is bound to the sealed key. */
export interface KeySlotHeader {
  readonly kind: SlotKind;
  /** 16 bytes. */
  readonly repositoryId: Uint8Array;
  readonly createdNs: bigint;
  readonly kdf: KdfParameters;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  readonly label: string;
}

/** A parsed slot: header, its bytes as they are authenticated, and the sealed root key. */
export interface KeySlot {
  readonly header: KeySlotHeader;
  readonly headerBytes: Uint8Array;
  /** Root key 32, tag 16. */
  readonly sealedKey: Uint8Array;
}

/** Length of a repository's root key. */
export const ROOT_KEY_BYTES = 32;

const MAGIC = Uint8Array.from("VARVSLOT", (char) => char.charCodeAt(0));
const WHAT = "key slot";

/** The bytes of a slot's header: the object is these, then the sealed key. */
export function encodeSlotHeader(header: KeySlotHeader): Uint8Array {
  return new ByteWriter()
    .bytes(MAGIC)
    .u16(FORMAT_VERSION)
    .u8(header.kind)
    .u8(0)
    .u32(header.kdf.memoryKiB)
    .u32(header.kdf.passes)
    .u32(header.kdf.parallelism)
    .i64(header.createdNs)
    .bytes(header.repositoryId)
    .bytes(header.salt)
    .bytes(header.commitment)
    .text(header.label)
    .finish();
}

/** Parses a slot. @throws AppError E_REPO_VERSION, E_CORRUPT */
export function decodeKeySlot(bytes: Uint8Array): KeySlot {
  const reader = new ByteReader(bytes, WHAT);
  const magic = reader.bytes(MAGIC.length);
  if (!MAGIC.every((byte, index) => byte === magic[index])) throw reader.damage("it is no key slot");
  const version = reader.u16();
  if (version > FORMAT_VERSION) throw newerVersion(version);
  if (version === 0) throw reader.damage("it has no version");
  const kind = reader.u8();
  if (kind !== SLOT_KIND.passphrase && kind !== SLOT_KIND.recovery && kind !== SLOT_KIND.plain)
    throw reader.damage("it is of an unknown kind");
  if (reader.u8() !== 0) throw reader.damage("a reserved field is in use");
  const kdf = { memoryKiB: reader.u32(), passes: reader.u32(), parallelism: reader.u32() };
  const header: KeySlotHeader = {
    kind,
    kdf,
    createdNs: reader.i64(),
    repositoryId: reader.bytes(REPOSITORY_ID_BYTES),
    salt: reader.bytes(SALT_BYTES),
    commitment: reader.bytes(COMMITMENT_BYTES),
    label: reader.text(),
  };
  const headerBytes = bytes.subarray(0, reader.offset);
  const sealedKey = reader.bytes(ROOT_KEY_BYTES + TAG_BYTES);
  reader.end();
  return { header, headerBytes, sealedKey };
}
