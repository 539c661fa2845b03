import { timingSafeEqual } from "node:crypto";
import { equalBytes } from "../shared/bytes.ts";
import { corrupt } from "../format/corrupt.ts";
import { newerVersion } from "../format/repository-file.ts";
import { COMMITMENT_BYTES, FORMAT_VERSION, HEADER_BYTES, OBJECT_KIND, REPOSITORY_ID_BYTES, SALT_BYTES, SEALED_MAGIC, SUITE } from "../format/sealed-object.ts";
import type { ObjectKind, Suite } from "../format/sealed-object.ts";
import { hkdf } from "./keys.ts";
import type { RepositoryKeys } from "./keys.ts";

/** What sealing and opening objects of one repository takes. */
export interface SealContext {
  readonly keys: RepositoryKeys;
  /** 16 bytes. */
  readonly repositoryId: Uint8Array;
}

/** A header and the key of the object it heads. */
export interface ObjectKey {
  readonly header: Uint8Array;
  readonly suite: Suite;
  /** Encrypts this object and no other. */
  readonly key: Uint8Array;
}

const REPOSITORY_AT = 8;
const SALT_AT: number = REPOSITORY_AT + REPOSITORY_ID_BYTES;
const COMMITMENT_AT: number = SALT_AT + SALT_BYTES;

/** Names for messages. */
export const KIND_NAMES: Readonly<Record<ObjectKind, string>> = {
  [OBJECT_KIND.dataPack]: "data pack",
  [OBJECT_KIND.metadataPack]: "metadata pack",
  [OBJECT_KIND.index]: "index segment",
  [OBJECT_KIND.snapshot]: "snapshot",
  [OBJECT_KIND.session]: "session record",
  [OBJECT_KIND.commit]: "commit register",
  [OBJECT_KIND.log]: "log entry",
  [OBJECT_KIND.forget]: "forget mark",
  [OBJECT_KIND.pin]: "pin",
  [OBJECT_KIND.collection]: "garbage collection record",
};

/** Makes the header of a new object, and its key from the fresh `salt`. */
export function newObjectKey(kind: ObjectKind, suite: Suite, salted: SealContext & { readonly salt: Uint8Array }): ObjectKey {
  const header = new Uint8Array(HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, SEALED_MAGIC, true);
  header[4] = FORMAT_VERSION;
  header[5] = suite;
  header[6] = kind;
  header.set(salted.repositoryId, REPOSITORY_AT);
  header.set(salted.salt, SALT_AT);
  const key = objectKey(header, kind, salted.keys);
  header.set(commitmentOf(key), COMMITMENT_AT);
  return { header, suite, key };
}

/**
 * Checks a stored header and derives the object's key. The commitment makes sure that the key is the one it was sealed with,
 * before anything is opened.
 *
 * @throws AppError E_REPO_VERSION, E_CORRUPT
 */
export function openObjectKey(bytes: Uint8Array, kind: ObjectKind, context: SealContext): ObjectKey {
  const what = KIND_NAMES[kind];
  if (bytes.length < HEADER_BYTES) throw corrupt(what, "it is shorter than its header");
  const header = bytes.slice(0, HEADER_BYTES);
  if (new DataView(header.buffer).getUint32(0, true) !== SEALED_MAGIC) throw corrupt(what, "it does not begin like an object of Varve");
  const [, , , , version = 0, suite = 0, storedKind = 0, zero = 0] = header;
  if (version > FORMAT_VERSION) throw newerVersion(version);
  if (version !== FORMAT_VERSION || zero !== 0) throw corrupt(what, "its header has impossible fields");
  if (suite !== SUITE.aes256Gcm && suite !== SUITE.chacha20Poly1305) throw corrupt(what, "it names an unknown cipher suite");
  if (storedKind !== kind) throw corrupt(what, "it is an object of another kind");
  if (!equalBytes(header.subarray(REPOSITORY_AT, SALT_AT), context.repositoryId)) throw corrupt(what, "it belongs to another repository");
  const key = objectKey(header, kind, context.keys);
  if (!timingSafeEqual(commitmentOf(key), header.subarray(COMMITMENT_AT, COMMITMENT_AT + COMMITMENT_BYTES))) {
    throw corrupt(what, "its header does not fit the repository's key");
  }
  return { header, suite, key };
}

/** HKDF of the kind's key; the salt as salt, everything before it in the header as context. */
function objectKey(header: Uint8Array, kind: ObjectKind, keys: RepositoryKeys): Uint8Array {
  const info = Buffer.concat([Buffer.from("varve v1 object"), header.subarray(0, SALT_AT)]);
  return hkdf(kindKey(kind, keys), header.subarray(SALT_AT, COMMITMENT_AT), info);
}

function commitmentOf(key: Uint8Array): Uint8Array {
  return hkdf(key, new Uint8Array(0), Buffer.from("varve v1 commit"));
}

function kindKey(kind: ObjectKind, keys: RepositoryKeys): Uint8Array {
  switch (kind) {
    case OBJECT_KIND.dataPack:
      return keys.dataKey;
    case OBJECT_KIND.metadataPack:
    case OBJECT_KIND.index:
    case OBJECT_KIND.snapshot:
    case OBJECT_KIND.session:
    case OBJECT_KIND.commit:
      return keys.metadataKey;
    case OBJECT_KIND.log:
    case OBJECT_KIND.forget:
    case OBJECT_KIND.pin:
    case OBJECT_KIND.collection:
      return keys.logKey;
  }
}
