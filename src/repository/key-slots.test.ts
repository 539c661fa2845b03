import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRecoveryKey } from "../crypto/recovery-key.ts";
import { slotKey } from "../format/object-keys.ts";
import { ManualClock } from "../shared/clock.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { isAppError } from "../shared/errors.ts";
import { systemRandom } from "../shared/random.ts";
import { FaultStore } from "../storage/fault/fault-store.ts";
import { scriptedFaults } from "../storage/fault/faults.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { CHEAP_KDF, initMemory, openIn } from "../../test/support/memory-repository.ts";
import { addSlot, openAnySlot, readSlots, type RepositorySecret, slotState, type StoredSlot } from "./key-slots.ts";

const PASSWORD = "correct horse";

interface Slots {
  readonly objects: Map<string, Uint8Array>;
  readonly recoveryKey: string;
  readonly repositoryId: Uint8Array;
  readonly slots: readonly StoredSlot[];
  readonly rootKey: Uint8Array;
}

/** A repository with a passphrase slot and a recovery slot. */
async function twoSlots(): Promise<Slots> {
  const objects = new Map<string, Uint8Array>();
  const { recoveryKey = "" } = await initMemory(objects, { password: PASSWORD });
  const { context } = await openIn(new MemoryStore(objects), { secret: { password: PASSWORD } });
  const slots = await readSlots(new MemoryStore(objects));
  const { rootKey } = await open(slots, { password: PASSWORD }, context.repositoryId);
  return { objects, recoveryKey, repositoryId: context.repositoryId, slots, rootKey };
}

function open(slots: readonly StoredSlot[], secret: RepositorySecret, repositoryId: Uint8Array): ReturnType<typeof openAnySlot> {
  return openAnySlot(slots, secret, { repositoryId, kdfFloor: CHEAP_KDF });
}

async function refused(opening: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(opening, (error) => isAppError(error, code));
}

test("openAnySlot() opens by password, by recovery key, and by a recovery key given as the password", async () => {
  const { slots, repositoryId, recoveryKey, rootKey } = await twoSlots();
  const secrets = [{ password: PASSWORD }, { recoveryKey }, { password: recoveryKey }, { password: "wrong", recoveryKey }];
  for (const secret of secrets) assert.deepEqual((await open(slots, secret, repositoryId)).rootKey, rootKey);
});

test("openAnySlot() is E_PASSWORD for a wrong one and E_PASSWORD_MISSING for none", async () => {
  const { slots, repositoryId } = await twoSlots();
  await refused(open(slots, { password: "wrong" }, repositoryId), "E_PASSWORD");
  await refused(open(slots, { password: "" }, repositoryId), "E_PASSWORD");
  await refused(open(slots, { recoveryKey: "ABC" }, repositoryId), "E_PASSWORD");
  await refused(open(slots, {}, repositoryId), "E_PASSWORD_MISSING");
});

test("openAnySlot() takes a passphrase that only looks like a recovery key", async () => {
  const password = "a".repeat(56);
  assert.throws(() => parseRecoveryKey(password));
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects, { password });
  assert.equal((await openIn(new MemoryStore(objects), { secret: { password } })).encrypted, true);
});

test("openAnySlot() is not locked out by one damaged slot, and tells of damage when nothing else fits", async () => {
  const { slots, repositoryId, recoveryKey, rootKey } = await twoSlots();
  for (const cut of [0, 10, 100, -1]) {
    const damaged = [{ id: "00", bytes: (slots[0]?.bytes ?? new Uint8Array(0)).slice(0, cut) }, ...slots];
    assert.deepEqual((await open(damaged, { password: PASSWORD }, repositoryId)).rootKey, rootKey);
    assert.deepEqual((await open(damaged, { recoveryKey }, repositoryId)).rootKey, rootKey);
    await refused(open(damaged, { password: "wrong" }, repositoryId), "E_CORRUPT");
  }
});

test("openAnySlot() counts slots of another repository as not there", async () => {
  const { slots, repositoryId } = await twoSlots();
  const { slots: foreign } = await twoSlots();
  const all = [...foreign, ...slots];
  assert.deepEqual(
    all.map((slot) => slotState(slot, repositoryId)),
    ["foreign", "foreign", "own", "own"],
  );
  await refused(open(all, { password: "wrong" }, repositoryId), "E_PASSWORD");
  await refused(open(all, {}, repositoryId), "E_PASSWORD_MISSING");
  const { slot: opened } = await open(all, { password: PASSWORD }, repositoryId);
  assert.ok(slots.some(({ id }) => id === opened));
});

test("openAnySlot() tells of damage when no slot belongs to the repository, whatever the password", async () => {
  const { slots } = await twoSlots();
  await refused(open(slots, { password: PASSWORD }, new Uint8Array(16)), "E_CORRUPT");
  await refused(open([], {}, new Uint8Array(16)), "E_CORRUPT");
});

test("openAnySlot() refuses a slot that somebody made cheap to guess", async () => {
  const { slots, repositoryId } = await twoSlots();
  await refused(openAnySlot(slots, { password: PASSWORD }, { repositoryId }), "E_CORRUPT");
});

test("readSlots() passes over other names and slots that go meanwhile, and refuses an absurd number", async () => {
  const { objects } = await twoSlots();
  objects.set("keys/readme", Uint8Array.of(1));
  assert.equal((await readSlots(new MemoryStore(objects))).length, 2);
  const gone = scriptedFaults([{ operation: "read", number: 1, fault: { kind: "fail-before", code: "E_OBJECT_NOT_FOUND" } }]);
  assert.equal((await readSlots(new FaultStore(new MemoryStore(objects), gone, new ManualClock()))).length, 1);
  for (let at = 0; at < 70; at += 1) objects.set(slotKey(at.toString(16).padStart(64, "0")), Uint8Array.of(1));
  await refused(readSlots(new MemoryStore(objects)), "E_CORRUPT");
});

test("readSlots() throws when a slot cannot be read now: it may be the one that opens", async () => {
  const { objects } = await twoSlots();
  const plan = scriptedFaults([{ operation: "read", number: 2, fault: { kind: "fail-before" } }]);
  await refused(readSlots(new FaultStore(new MemoryStore(objects), plan, new ManualClock())), "E_STORE_UNAVAILABLE");
});

test("addSlot() makes a slot that opens to the same root key", async () => {
  const { objects, rootKey, repositoryId } = await twoSlots();
  const store = new MemoryStore(objects);
  const making = { store, random: systemRandom, clock: new ManualClock(), rootKey, repositoryId, kdf: CHEAP_KDF };
  const id = await addSlot(making, { kind: "passphrase", passphrase: "second" }, "label");
  const opened = await open(await readSlots(store), { password: "second" }, repositoryId);
  assert.deepEqual([opened.slot, opened.rootKey], [id, rootKey]);
});
