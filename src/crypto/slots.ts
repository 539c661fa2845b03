import { argon2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { assert } from "../shared/assert.ts";
import { equalBytes } from "../shared/bytes.ts";
import { AppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { corrupt } from "../format/corrupt.ts";
import { decodeKeySlot, encodeSlotHeader, NO_KDF, ROOT_KEY_BYTES, SLOT_KIND } from "../format/key-slot.ts";
import type { KdfParameters, KeySlotHeader } from "../format/key-slot.ts";
import { COMMITMENT_BYTES, SALT_BYTES, SUITE, TAG_BYTES } from "../format/sealed-object.ts";
import { Aead, NONCE_BYTES } from "./aead.ts";
import { hkdf, KEY_BYTES } from "./keys.ts";

/** What opens a slot. `recovery` is the 32-byte key, as `parseRecoveryKey` reads it. */
export type SlotSecret =
  | { readonly kind: "passphrase"; readonly passphrase: string }
  | { readonly kind: "recovery"; readonly key: Uint8Array }
  | { readonly kind: "plain" };

/** RFC 9106's second recommendation: 64 MiB, three passes, four lanes. */
export const DEFAULT_KDF: KdfParameters = Object.freeze({ memoryKiB: 64 * 1024, passes: 3, parallelism: 4 });

/** Weaker slots are refused when read: whoever can write to the store must not be able to make guessing cheap. */
export const KDF_FLOOR: KdfParameters = Object.freeze({ memoryKiB: 64 * 1024, passes: 2, parallelism: 1 });
/** Dearer ones too: a forged slot must not be able to take the machine down. */
export const KDF_CEILING: KdfParameters = Object.freeze({ memoryKiB: 4 * 1024 * 1024, passes: 16, parallelism: 64 });

export interface NewSlot {
  readonly rootKey: Uint8Array;
  readonly repositoryId: Uint8Array;
  readonly secret: SlotSecret;
  readonly label: string;
  readonly createdNs: bigint;
  readonly random: Random;
  readonly kdf?: KdfParameters;
}

export interface SlotOptions {
  /** Cost below `KDF_FLOOR` that is accepted, for tests. */
  readonly kdfFloor?: KdfParameters;
}

/** The bytes of a new key slot: the root key, sealed under a key that only the secret gives. */
export async function makeSlot({
  rootKey,
  repositoryId,
  secret,
  label,
  createdNs,
  random,
  kdf = DEFAULT_KDF,
}: NewSlot): Promise<Uint8Array> {
  assert(rootKey.length === ROOT_KEY_BYTES, "a root key has its length");
  const kind = SLOT_KIND[secret.kind];
  const salt = random.bytes(SALT_BYTES);
  const draft = {
    kind,
    repositoryId,
    createdNs,
    kdf: secret.kind === "passphrase" ? kdf : NO_KDF,
    salt,
    commitment: new Uint8Array(COMMITMENT_BYTES),
    label,
  };
  const key = await slotKeyOf(draft, secret);
  const headerBytes = encodeSlotHeader({ ...draft, commitment: commitmentOf(key) });
  const out = new Uint8Array(headerBytes.length + ROOT_KEY_BYTES + TAG_BYTES);
  out.set(headerBytes);
  // The key is made for this one message, so its nonce may be constant.
  new Aead(key, SUITE.aes256Gcm).seal(rootKey, out.subarray(headerBytes.length), {
    nonce: new Uint8Array(NONCE_BYTES),
    additionalData: headerBytes,
  });
  return out;
}

/**
 * The root key in a slot; undefined when the secret is of another kind or does not open it.
 *
 * @throws AppError E_CORRUPT (damaged, of another repository, or with KDF costs outside the limits), E_REPO_VERSION
 */
export async function openSlot(
  bytes: Uint8Array,
  secret: SlotSecret,
  expected: SlotOptions & { readonly repositoryId: Uint8Array },
): Promise<Uint8Array | undefined> {
  const { header, headerBytes, sealedKey } = decodeKeySlot(bytes);
  if (!equalBytes(header.repositoryId, expected.repositoryId)) throw corrupt("key slot", "it belongs to another repository");
  checkKdf(header, expected.kdfFloor ?? KDF_FLOOR);
  if (header.kind !== SLOT_KIND[secret.kind]) return undefined;
  const key = await slotKeyOf(header, secret);
  if (!timingSafeEqual(commitmentOf(key), header.commitment)) return undefined;
  const rootKey = new Aead(key, SUITE.aes256Gcm).open(sealedKey, new Uint8Array(ROOT_KEY_BYTES), {
    nonce: new Uint8Array(NONCE_BYTES),
    additionalData: headerBytes,
  });
  if (rootKey === undefined) throw corrupt("key slot", "the secret fits, but the sealed key was altered");
  return rootKey;
}

function checkKdf({ kind, kdf }: KeySlotHeader, floor: KdfParameters): void {
  const costs = ["memoryKiB", "passes", "parallelism"] as const;
  const inLimits =
    kind === SLOT_KIND.passphrase
      ? costs.every((cost) => kdf[cost] >= floor[cost] && kdf[cost] <= KDF_CEILING[cost])
      : costs.every((cost) => kdf[cost] === 0);
  if (!inLimits) throw corrupt("key slot", "the cost of deriving its key is outside the limits");
}

/** The key that seals a slot: from the secret to 32 bytes, and those bound to the slot's salt, kind and repository. */
async function slotKeyOf(header: KeySlotHeader, secret: SlotSecret): Promise<Uint8Array> {
  const material = await secretBytes(header, secret);
  const info = Buffer.concat([Buffer.from("varve v1 slot"), Uint8Array.of(header.kind), header.repositoryId]);
  return hkdf(material, header.salt, info);
}

async function secretBytes(header: KeySlotHeader, secret: SlotSecret): Promise<Uint8Array> {
  if (secret.kind === "passphrase") return argon2id(secret.passphrase, header);
  // Anybody can derive the key of a plain slot: it protects the root key from damage only.
  if (secret.kind === "plain") return new Uint8Array(KEY_BYTES);
  assert(secret.key.length === KEY_BYTES, "a recovery key has 32 bytes");
  return secret.key;
}

/** Runs in the thread pool: 0.1 to 0.5 s at the default cost. Passphrases are compared as NFC, whatever the keyboard sends. */
async function argon2id(passphrase: string, { salt, kdf }: KeySlotHeader): Promise<Uint8Array> {
  if (typeof argon2 !== "function") {
    throw new AppError({
      code: "E_PLATFORM",
      what: "this Node has no argon2",
      why: "argon2 is part of Node from 24.7",
      hint: "install Node 24 LTS or later",
    });
  }
  const { memoryKiB, passes, parallelism } = kdf;
  const message = Buffer.from(passphrase.normalize("NFC"), "utf8");
  return promisify(argon2)("argon2id", { message, nonce: salt, memory: memoryKiB, passes, parallelism, tagLength: KEY_BYTES });
}

function commitmentOf(key: Uint8Array): Uint8Array {
  return hkdf(key, new Uint8Array(0), Buffer.from("varve v1 commit"));
}
