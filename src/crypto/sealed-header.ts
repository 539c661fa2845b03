import { timingSafeEqual } from "node:crypto";
import { equalBytes } from "../shared/bytes.ts";
import { corrupt } from "../format/corrupt.ts";
import { newerVersion } from "../format/repository-file.ts";
import {
  COMMITMENT_BYTES,
  FORMAT_VERSION,
  HEADER_BYTES,
  OBJECT_KIND,
  REPOSITORY_ID_BYTES,
  SALT_BYTES,
  SEALED_MAGIC,
  SUITE,
} from "../format/sealed-object.ts";
import type { ObjectKind, Suite } from "../format/sealed-object.ts";
import { hkdf } from "./keys.ts";
import type { RepositoryKeys } from "./keys.ts";

/** What sealing and opening objects of one repository takes. */
export interface SealContext {
  readonly keys: RepositoryKeys;
  /** 16 bytes. */
  readonly repositoryId: Uint8Array;
  /**
   * Where the object is stored, for objects whose place means something that their bytes do not prove (sessions, registers, log):
   * bound into the object's key, so that a copy under another name does not open. Packs, index and snapshots are named by a hash
   * of their bytes and need none.
   */
  readonly storedAs?: string;
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

/** Which of the repository's keys an object is sealed under. */
const KEY_OF_KIND: Readonly<Record<ObjectKind, keyof RepositoryKeys>> = {
  [OBJECT_KIND.dataPack]: "dataKey",
  [OBJECT_KIND.metadataPack]: "metadataKey",
  [OBJECT_KIND.index]: "metadataKey",
  [OBJECT_KIND.snapshot]: "metadataKey",
  [OBJECT_KIND.session]: "metadataKey",
  [OBJECT_KIND.commit]: "metadataKey",
  [OBJECT_KIND.log]: "logKey",
  [OBJECT_KIND.forget]: "logKey",
  [OBJECT_KIND.pin]: "logKey",
  [OBJECT_KIND.collection]: "logKey",
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
  const key = objectKey(header, kind, salted);
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
  const header = new Uint8Array(bytes.subarray(0, HEADER_BYTES));
  const suite = checkFields(header, kind);
  if (!equalBytes(header.subarray(REPOSITORY_AT, SALT_AT), context.repositoryId)) throw corrupt(what, "it belongs to another repository");
  const key = objectKey(header, kind, context);
  if (!timingSafeEqual(commitmentOf(key), header.subarray(COMMITMENT_AT, COMMITMENT_AT + COMMITMENT_BYTES))) {
    throw corrupt(what, "its header does not fit the repository's key");
  }
  return { header, suite, key };
}

/** Checks what stands before the repository's id, the version first, and returns the suite. */
function checkFields(header: Uint8Array<ArrayBuffer>, kind: ObjectKind): Suite {
  const what = KIND_NAMES[kind];
  const view = new DataView(header.buffer);
  const [version, suite, storedKind, zero] = [view.getUint8(4), view.getUint8(5), view.getUint8(6), view.getUint8(7)];
  if (view.getUint32(0, true) !== SEALED_MAGIC) throw corrupt(what, "it does not begin like an object of Varve");
  if (version > FORMAT_VERSION) throw newerVersion(version);
  if (version !== FORMAT_VERSION || zero !== 0) throw corrupt(what, "its header has impossible fields");
  if (suite !== SUITE.aes256Gcm && suite !== SUITE.chacha20Poly1305) throw corrupt(what, "it names an unknown cipher suite");
  if (storedKind !== kind) throw corrupt(what, "it is an object of another kind");
  return suite;
}

/** HKDF of the kind's key; the salt as salt, everything before it in the header and the object's place as context. */
function objectKey(header: Uint8Array, kind: ObjectKind, { keys, storedAs = "" }: SealContext): Uint8Array {
  const info = Buffer.concat([Buffer.from("varve v1 object"), header.subarray(0, SALT_AT), Buffer.from(storedAs)]);
  return hkdf(keys[KEY_OF_KIND[kind]], header.subarray(SALT_AT, COMMITMENT_AT), info);
}

function commitmentOf(key: Uint8Array): Uint8Array {
  return hkdf(key, new Uint8Array(0), Buffer.from("varve v1 commit"));
}
