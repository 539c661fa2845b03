import { slotKey } from "../format/object-keys.ts";
import { AppError } from "../shared/errors.ts";
import type { KdfParameters } from "../format/key-slot.ts";
import type { RepositoryContext } from "./context.ts";
import type { KeyAdmin, KeySlotInfo } from "./face.ts";
import { addSlot, describeSlot, readSlots, slotState } from "./key-slots.ts";

/** Adds and removes ways to the root key. The root key itself never changes: removing a slot does not revoke what its holder knew. */
export class SlotAdmin implements KeyAdmin {
  readonly #context: RepositoryContext;
  readonly #rootKey: Uint8Array;
  readonly #kdf: KdfParameters | undefined;
  #current: string;

  constructor(
    context: RepositoryContext,
    opened: { readonly slot: string; readonly rootKey: Uint8Array; readonly kdf?: KdfParameters | undefined },
  ) {
    this.#context = context;
    this.#rootKey = opened.rootKey;
    this.#current = opened.slot;
    this.#kdf = opened.kdf;
  }

  async list(): Promise<readonly KeySlotInfo[]> {
    const { store, repositoryId } = this.#context;
    const own = (await readSlots(store)).filter((slot) => slotState(slot, repositoryId) === "own");
    const slots = own.map((slot) => ({ ...describeSlot(slot), current: slot.id === this.#current }));
    return slots.sort((a, b) => Number(a.createdNs - b.createdNs));
  }

  async add(password: string, label: string): Promise<string> {
    const making = { ...this.#context, rootKey: this.#rootKey, ...(this.#kdf && { kdf: this.#kdf }) };
    return await addSlot(making, { kind: "passphrase", passphrase: password }, label);
  }

  async remove(slot: string): Promise<void> {
    const { store } = this.#context;
    const found = (await readSlots(store)).filter(({ id }) => id.startsWith(slot));
    const [only] = found;
    if (only === undefined || found.length > 1) throw unknownSlot(slot, found.length);
    const others = (await this.list()).filter((candidate) => candidate.slot !== only.id);
    if (others.length === 0) throw lastSlot();
    await store.remove(slotKey(only.id));
  }

  async changePassword(password: string, label: string): Promise<string> {
    const before = (await this.list()).find(({ current }) => current);
    const added = await this.add(password, label);
    // A recovery key stays what it is when somebody used it to set a new password.
    if (before !== undefined && before.kind !== "recovery") await this.#context.store.remove(slotKey(before.slot));
    this.#current = added;
    return added;
  }
}

function unknownSlot(slot: string, matches: number): AppError {
  return new AppError({
    code: "E_NOT_FOUND",
    what: `there is no key slot "${slot}"`,
    why: matches > 1 ? `${matches} slots begin like this` : "no slot has such an id",
    hint: "see `varve key list`",
  });
}

function lastSlot(): AppError {
  return new AppError({
    code: "E_USAGE",
    what: "the last key slot cannot be removed",
    why: "nobody could open the repository any more",
    hint: "add another slot first: `varve key add`",
  });
}
