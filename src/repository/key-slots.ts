import { looksLikeRecoveryKey, parseRecoveryKey } from "../crypto/recovery-key.ts";
import { makeSlot, openSlot, type SlotOptions, type SlotSecret } from "../crypto/slots.ts";
import { decodeKeySlot, type KdfParameters, SLOT_KIND, type SlotKind } from "../format/key-slot.ts";
import { folderPrefix, parseObjectKey, slotKey } from "../format/object-keys.ts";
import { equalBytes, toHex } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** Slots a repository has at most: each passphrase slot costs a key derivation when opening. */
const SLOTS_MAX = 64;

const SLOT_ID_BYTES = 32;

/** What opens a repository. Without either, only a plain slot does. */
export interface RepositorySecret {
  readonly password?: string;
  /** As `init` printed it. */
  readonly recoveryKey?: string;
}

/** A slot as stored. */
export interface StoredSlot {
  /** Hex. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** All slots of a repository. */
export async function readSlots(store: Pick<ObjectStore, "list" | "read">): Promise<readonly StoredSlot[]> {
  const slots: StoredSlot[] = [];
  for await (const { key } of store.list(folderPrefix("keys"))) {
    const name = parseObjectKey(key);
    if (name?.folder !== "keys") continue;
    if (slots.length === SLOTS_MAX) throw tooManySlots();
    const bytes = await store.read(key).catch(unlessGone);
    if (bytes !== undefined) slots.push({ id: name.id, bytes });
  }
  return slots;
}

/** A slot may be removed between listing and reading. */
function unlessGone(error: unknown): undefined {
  if (!isAppError(error, "E_OBJECT_NOT_FOUND")) throw error;
}

export interface SlotMaking {
  readonly store: Pick<ObjectStore, "create">;
  readonly random: Random;
  readonly clock: Clock;
  readonly rootKey: Uint8Array;
  readonly repositoryId: Uint8Array;
  /** Cost of new passphrase slots; the default unless a test says otherwise. */
  readonly kdf?: KdfParameters;
}

/** Adds a slot and returns its id (hex). */
export async function addSlot(making: SlotMaking, secret: SlotSecret, label: string): Promise<string> {
  const { store, random, clock, rootKey, repositoryId, kdf } = making;
  const bytes = await makeSlot({ rootKey, repositoryId, secret, label, createdNs: clock.nowNs(), random, ...(kdf && { kdf }) });
  const id = toHex(random.bytes(SLOT_ID_BYTES));
  await store.create(slotKey(id), [bytes]);
  return id;
}

export interface OpenedSlot {
  readonly slot: string;
  readonly kind: SlotKind;
  readonly rootKey: Uint8Array;
}

/**
 * Opens the first slot that fits the secret. E_PASSWORD_MISSING when a secret is needed and none was given, E_PASSWORD when none
 * fits, E_CORRUPT when the only slots that might fit are damaged or none is there. Slots of other repositories, which an unfinished
 * init leaves behind, count as not there.
 */
export async function openAnySlot(
  slots: readonly StoredSlot[],
  secret: RepositorySecret,
  expected: SlotOptions & { readonly repositoryId: Uint8Array },
): Promise<OpenedSlot> {
  let damage: AppError | undefined;
  const own = slots.filter((slot) => slotState(slot, expected.repositoryId) !== "foreign");
  if (own.length === 0) throw noSlot();
  for (const candidate of candidates(secret)) {
    for (const { id, bytes } of own) {
      try {
        const rootKey = await openSlot(bytes, candidate, expected);
        if (rootKey !== undefined) return { slot: id, kind: SLOT_KIND[candidate.kind], rootKey };
      } catch (error) {
        // One damaged slot must not lock out those who hold another.
        if (!isAppError(error, "E_CORRUPT")) throw error;
        damage = error;
      }
    }
  }
  throw damage ?? (secret.password === undefined && secret.recoveryKey === undefined ? passwordMissing() : passwordWrong(own.length));
}

/** Whether a slot belongs to the repository, to another one, or cannot be read. */
export function slotState({ bytes }: StoredSlot, repositoryId: Uint8Array): "own" | "foreign" | "damaged" {
  try {
    return equalBytes(decodeKeySlot(bytes).header.repositoryId, repositoryId) ? "own" : "foreign";
  } catch (error) {
    if (!isAppError(error, "E_CORRUPT")) throw error;
    return "damaged";
  }
}

/** Cheap ones first. */
function candidates({ password, recoveryKey }: RepositorySecret): readonly SlotSecret[] {
  const found: SlotSecret[] = [{ kind: "plain" }];
  if (recoveryKey !== undefined) found.push({ kind: "recovery", key: parseRecoveryKey(recoveryKey) });
  if (password !== undefined) found.push(...recoveryKeyIn(password), { kind: "passphrase", passphrase: password });
  return found;
}

/** A recovery key may be given as the password; a passphrase that only looks like one is still a passphrase. */
function recoveryKeyIn(password: string): readonly SlotSecret[] {
  if (!looksLikeRecoveryKey(password)) return [];
  try {
    return [{ kind: "recovery", key: parseRecoveryKey(password) }];
  } catch (error) {
    if (!isAppError(error, "E_PASSWORD")) throw error;
    return [];
  }
}

/** Facts about a slot that it tells without a secret. */
export function describeSlot({ id, bytes }: StoredSlot): {
  slot: string;
  kind: "passphrase" | "recovery" | "plain";
  createdNs: bigint;
  label: string;
} {
  const { header } = decodeKeySlot(bytes);
  const kind = header.kind === SLOT_KIND.passphrase ? "passphrase" : header.kind === SLOT_KIND.recovery ? "recovery" : "plain";
  return { slot: id, kind, createdNs: header.createdNs, label: header.label };
}

function noSlot(): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: "the repository has no key slot",
    why: "its slots were removed, or varve.repo was damaged or belongs to another repository",
    hint: "put varve.repo and the keys folder back from a copy of the repository",
  });
}

function tooManySlots(): AppError {
  return new AppError({
    code: "E_CORRUPT",
    what: `the repository has more than ${SLOTS_MAX} key slots`,
    why: "Varve never makes that many",
    hint: "look into the keys folder of the repository",
  });
}

function passwordMissing(): AppError {
  return new AppError({
    code: "E_PASSWORD_MISSING",
    what: "the repository needs a password",
    why: "none was given",
    hint: "set VARVE_PASSWORD, VARVE_PASSWORD_FILE or VARVE_PASSWORD_COMMAND",
  });
}

function passwordWrong(slots: number): AppError {
  return new AppError({
    code: "E_PASSWORD",
    what: "wrong password",
    why: `it opens none of the repository's ${slots} key slots`,
    hint: "check VARVE_PASSWORD; the recovery key that `varve init` printed works in its place",
  });
}
