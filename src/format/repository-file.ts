import { AppError } from "../shared/errors.ts";
import { ByteReader, ByteWriter } from "./little-endian.ts";
import { corrupt } from "./corrupt.ts";
import { FORMAT_VERSION, FRAME_BYTES, REPOSITORY_ID_BYTES, SUITE } from "./sealed-object.ts";
import type { Suite } from "./sealed-object.ts";

/** Lengths between which content is cut into chunks, bytes. */
export interface ChunkerParameters {
  readonly minBytes: number;
  readonly averageBytes: number;
  readonly maxBytes: number;
}

/** What `varve.repo` says: facts that never change over a repository's life. */
export interface RepositoryConfig {
  /** 16 random bytes. */
  readonly repositoryId: Uint8Array;
  readonly version: number;
  readonly suite: Suite;
  readonly chunker: ChunkerParameters;
  readonly frameBytes: number;
  readonly dataPackBytes: number;
  readonly metadataPackBytes: number;
  readonly createdNs: bigint;
}

/** Length of the authentication code at the end of `varve.repo`. */
export const MAC_BYTES = 32;

const MAGIC = Uint8Array.from("VARVREPO", (char) => char.charCodeAt(0));
const WHAT = "varve.repo";
const PACK_BYTES_MAX: number = 1 << 30;

/** The chunker, frame and pack sizes of new repositories. */
export const DEFAULT_SIZES: Pick<RepositoryConfig, "chunker" | "frameBytes" | "dataPackBytes" | "metadataPackBytes"> = Object.freeze({
  chunker: Object.freeze({ minBytes: 512 << 10, averageBytes: 2 << 20, maxBytes: 8 << 20 }),
  frameBytes: FRAME_BYTES,
  dataPackBytes: 32 << 20,
  metadataPackBytes: 8 << 20,
});

/** The bytes of `varve.repo`; `mac` computes its 32-byte code over everything before it. */
export function encodeRepositoryFile(config: RepositoryConfig, mac: (covered: Uint8Array) => Uint8Array): Uint8Array {
  const covered = new ByteWriter()
    .bytes(MAGIC)
    .u16(config.version)
    .u8(config.suite)
    .u8(0)
    .u32(config.frameBytes)
    .bytes(config.repositoryId)
    .u32(config.chunker.minBytes)
    .u32(config.chunker.averageBytes)
    .u32(config.chunker.maxBytes)
    .u32(config.dataPackBytes)
    .u32(config.metadataPackBytes)
    .u32(0)
    .i64(config.createdNs)
    .finish();
  return new ByteWriter().bytes(covered).bytes(mac(covered)).finish();
}

/** A parsed `varve.repo`. Nothing in it may be relied on before the code was checked with the repository's key. */
export interface RepositoryFile {
  readonly config: RepositoryConfig;
  readonly covered: Uint8Array;
  readonly mac: Uint8Array;
}

/**
 * Parses `varve.repo`. The version is looked at before anything else.
 *
 * @throws AppError E_REPO_VERSION when a newer program wrote it, E_CORRUPT when it is damaged
 */
export function decodeRepositoryFile(bytes: Uint8Array): RepositoryFile {
  const reader = new ByteReader(bytes, WHAT);
  const magic = reader.bytes(MAGIC.length);
  if (!MAGIC.every((byte, index) => byte === magic[index])) throw reader.damage("it is no repository file");
  const version = reader.u16();
  if (version > FORMAT_VERSION) throw newerVersion(version);
  if (version === 0) throw reader.damage("it has no version");
  const suite = reader.u8();
  if (suite !== SUITE.aes256Gcm && suite !== SUITE.chacha20Poly1305) throw reader.damage("it names an unknown cipher suite");
  if (reader.u8() !== 0) throw reader.damage("a reserved field is in use");
  const frameBytes = reader.u32();
  const repositoryId = reader.bytes(REPOSITORY_ID_BYTES);
  const chunker = { minBytes: reader.u32(), averageBytes: reader.u32(), maxBytes: reader.u32() };
  const sizes = { dataPackBytes: reader.u32(), metadataPackBytes: reader.u32() };
  if (reader.u32() !== 0) throw reader.damage("a reserved field is in use");
  const config = { repositoryId, version, suite, chunker, frameBytes, ...sizes, createdNs: reader.i64() };
  checkSizes(config);
  const covered = bytes.subarray(0, reader.offset);
  const mac = reader.bytes(MAC_BYTES);
  reader.end();
  return { config, covered, mac };
}

function checkSizes({ chunker, frameBytes, dataPackBytes, metadataPackBytes }: RepositoryConfig): void {
  const ascending = chunker.minBytes > 0 && chunker.minBytes <= chunker.averageBytes && chunker.averageBytes <= chunker.maxBytes;
  if (!ascending || chunker.maxBytes > PACK_BYTES_MAX) throw corrupt(WHAT, "its chunk sizes are impossible");
  if (frameBytes !== FRAME_BYTES) throw corrupt(WHAT, "its frame size is not the one of its version");
  if (Math.min(dataPackBytes, metadataPackBytes) === 0 || Math.max(dataPackBytes, metadataPackBytes) > PACK_BYTES_MAX) {
    throw corrupt(WHAT, "its pack sizes are impossible");
  }
}

/** The error for a repository or object that a newer program wrote. */
export function newerVersion(version: number): AppError {
  return new AppError({
    code: "E_REPO_VERSION",
    what: `the repository has format version ${version}`,
    why: `this Varve reads versions up to ${FORMAT_VERSION}`,
    hint: "install a newer Varve",
    data: { version },
  });
}
