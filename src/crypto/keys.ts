import { hkdfSync } from "node:crypto";
import { assert } from "../shared/assert.ts";
import { ROOT_KEY_BYTES } from "../format/key-slot.ts";
import { REPOSITORY_ID_BYTES } from "../format/sealed-object.ts";

/** Length of every derived key, bytes. */
export const KEY_BYTES = 32;

/** The keys of a repository, each for one purpose. Plain bytes, so that they can be posted to threads. */
export interface RepositoryKeys {
  /** Chunk ids. */
  readonly idKey: Uint8Array;
  /** The chunker's Gear table. */
  readonly chunkerKey: Uint8Array;
  /** Data packs. */
  readonly dataKey: Uint8Array;
  /** Metadata packs, index, snapshots, sessions, commits. */
  readonly metadataKey: Uint8Array;
  /** Log, forget marks, pins and garbage collection. */
  readonly logKey: Uint8Array;
  /** The code over `varve.repo`. */
  readonly configKey: Uint8Array;
}

/** Derives all keys of a repository from its root key by HKDF-SHA-256; the repository's id is the salt. */
export function deriveKeys(rootKey: Uint8Array, repositoryId: Uint8Array): RepositoryKeys {
  assert(rootKey.length === ROOT_KEY_BYTES && repositoryId.length === REPOSITORY_ID_BYTES, "root key and repository id have their lengths");
  const derive = (label: string): Uint8Array => hkdf(rootKey, repositoryId, Buffer.from(`varve v1 ${label}`));
  return {
    idKey: derive("id"),
    chunkerKey: derive("chunk"),
    dataKey: derive("data"),
    metadataKey: derive("meta"),
    logKey: derive("log"),
    configKey: derive("repo"),
  };
}

/** 32 bytes of HKDF-SHA-256. */
export function hkdf(key: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync("sha256", key, salt, info, KEY_BYTES));
}
