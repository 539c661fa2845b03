import { deriveKeys, KEY_BYTES } from "../crypto/keys.ts";
import { formatRecoveryKey } from "../crypto/recovery-key.ts";
import { sealRepositoryFile } from "../crypto/repository-mac.ts";
import { type KdfParameters, ROOT_KEY_BYTES } from "../format/key-slot.ts";
import { REPOSITORY_KEY, slotKey } from "../format/object-keys.ts";
import { DEFAULT_SIZES } from "../format/repository-file.ts";
import { FORMAT_VERSION, REPOSITORY_ID_BYTES, SUITE } from "../format/sealed-object.ts";
import { toHex } from "../shared/bytes.ts";
import type { Clock } from "../shared/clock.ts";
import { AppError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { describeLocation, type StoreSpec } from "../storage/location.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { openStore } from "../storage/open-store.ts";
import { addSlot } from "./key-slots.ts";

export interface InitOptions {
  /** Undefined makes a plain slot: everything is sealed all the same, but the key lies beside it. */
  readonly password: string | undefined;
  readonly label: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Cost of the passphrase slot, for tests. */
  readonly kdf?: KdfParameters;
}

export interface InitResult {
  /** Hex. */
  readonly repositoryId: string;
  /** To be written down; undefined without a password. */
  readonly recoveryKey: string | undefined;
}

/** Makes a repository, and the folder or container for it when missing. @throws AppError E_REPO_EXISTS */
export async function initRepository(options: InitOptions & { readonly spec: StoreSpec }): Promise<InitResult> {
  const { spec, clock, random } = options;
  const store = await openStore(spec, { clock, random, create: true, isFirst: true });
  try {
    return await initStore(store, { ...options, place: describeLocation(spec) });
  } finally {
    await store.close();
  }
}

/** Makes a repository in an open store. Key slots first, the repository file last: it alone makes the place a repository. */
export async function initStore(store: ObjectStore, options: InitOptions & { readonly place: string }): Promise<InitResult> {
  const { password, label, clock, random, kdf } = options;
  if ((await store.stat(REPOSITORY_KEY)) !== undefined) throw repositoryExists(options.place);
  const rootKey = random.bytes(ROOT_KEY_BYTES);
  const repositoryId = random.bytes(REPOSITORY_ID_BYTES);
  const making = { store, random, clock, rootKey, repositoryId, ...(kdf && { kdf }) };
  const slots: string[] = [];
  let recoveryKey: string | undefined;
  if (password === undefined) slots.push(await addSlot(making, { kind: "plain" }, label));
  else {
    const key = random.bytes(KEY_BYTES);
    recoveryKey = formatRecoveryKey(key);
    slots.push(await addSlot(making, { kind: "passphrase", passphrase: password }, label));
    slots.push(await addSlot(making, { kind: "recovery", key }, "recovery key"));
  }
  const config = { repositoryId, version: FORMAT_VERSION, suite: SUITE.aes256Gcm, ...DEFAULT_SIZES, createdNs: clock.nowNs() };
  const outcome = await store.create(REPOSITORY_KEY, [sealRepositoryFile(config, deriveKeys(rootKey, repositoryId))]);
  if (outcome === "exists") {
    // Somebody else made a repository here at the same moment: ours never existed.
    // Slots that cannot be removed (credentials may be create-only) are of another repository to everybody who reads them.
    for (const slot of slots) await store.remove(slotKey(slot)).catch(() => undefined);
    throw repositoryExists(options.place);
  }
  return { repositoryId: toHex(repositoryId), recoveryKey };
}

function repositoryExists(place: string): AppError {
  return new AppError({
    code: "E_REPO_EXISTS",
    what: `there is a repository at ${place} already`,
    why: "init never touches an existing repository",
    hint: "use it as it is, or choose another place",
  });
}
