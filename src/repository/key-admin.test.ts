import assert from "node:assert/strict";
import { test } from "node:test";
import { slotKey } from "../format/object-keys.ts";
import type { ErrorCode } from "../shared/error-codes.ts";
import { isAppError } from "../shared/errors.ts";
import { MemoryStore } from "../storage/memory/memory-store.ts";
import { initMemory, openIn } from "../../test/support/memory-repository.ts";
import type { RepositorySecret } from "./key-slots.ts";
import type { OpenRepository } from "./repository.ts";

interface Opened {
  readonly objects: Map<string, Uint8Array>;
  readonly repository: OpenRepository;
  readonly recoveryKey: string;
}

async function withPassword(): Promise<Opened> {
  const objects = new Map<string, Uint8Array>();
  const { recoveryKey = "" } = await initMemory(objects, { password: "first" });
  return { objects, repository: await openIn(new MemoryStore(objects), { secret: { password: "first" } }), recoveryKey };
}

async function opens(objects: Map<string, Uint8Array>, secret: RepositorySecret): Promise<boolean> {
  return await openIn(new MemoryStore(objects), { secret }).then(
    () => true,
    () => false,
  );
}

async function refused(doing: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(doing, (error) => isAppError(error, code));
}

test("SlotAdmin.list() shows kind, label and which slot is in use", async () => {
  const { repository } = await withPassword();
  assert.deepEqual(
    (await repository.keys.list()).map(({ kind, label, current }) => ({ kind, label, current })).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    [
      { kind: "passphrase", label: "test", current: true },
      { kind: "recovery", label: "recovery key", current: false },
    ],
  );
});

test("SlotAdmin.list() leaves out damaged slots and those of an unfinished init", async () => {
  const { objects, repository } = await withPassword();
  const other = await withPassword();
  for (const [key, bytes] of other.objects) if (key.startsWith("keys/")) objects.set(key, bytes);
  objects.set(slotKey("00".repeat(32)), Uint8Array.of(1, 2, 3));
  assert.equal((await repository.keys.list()).length, 2);
});

test("SlotAdmin.add() lets a second password in beside the first", async () => {
  const { objects, repository } = await withPassword();
  const slot = await repository.keys.add("second", "laptop");
  assert.deepEqual([await opens(objects, { password: "first" }), await opens(objects, { password: "second" })], [true, true]);
  assert.equal((await repository.keys.list()).find((one) => one.slot === slot)?.label, "laptop");
});

test("SlotAdmin.remove() takes a unique prefix and shuts that password out", async () => {
  const { objects, repository } = await withPassword();
  const slot = await repository.keys.add("second", "laptop");
  await repository.keys.remove(slot.slice(0, 20));
  assert.deepEqual([await opens(objects, { password: "first" }), await opens(objects, { password: "second" })], [true, false]);
});

test("SlotAdmin.remove() refuses what names no slot, several, or the last one that opens", async () => {
  const { objects, repository } = await withPassword();
  await refused(repository.keys.remove("ff00ff00ff00"), "E_NOT_FOUND");
  await refused(repository.keys.remove(""), "E_NOT_FOUND");
  const [first, second] = await repository.keys.list();
  assert.ok(first !== undefined && second !== undefined);
  await repository.keys.remove(second.slot);
  const damaged = "00".repeat(32);
  objects.set(slotKey(damaged), Uint8Array.of(1));
  await refused(repository.keys.remove(first.slot), "E_USAGE");
  assert.ok(objects.has(slotKey(first.slot)));
  await repository.keys.remove(damaged);
  assert.ok(!objects.has(slotKey(damaged)));
});

test("SlotAdmin.changePassword() puts the new password in place of the one in use, again and again", async () => {
  const { objects, repository, recoveryKey } = await withPassword();
  for (const [before, after] of [
    ["first", "second"],
    ["second", "third"],
  ] as const) {
    const slot = await repository.keys.changePassword(after, "label");
    assert.deepEqual([await opens(objects, { password: before }), await opens(objects, { password: after })], [false, true]);
    assert.equal((await repository.keys.list()).find(({ current }) => current)?.slot, slot);
  }
  assert.equal(await opens(objects, { recoveryKey }), true);
});

test("SlotAdmin.changePassword() keeps the recovery key when that is what opened the repository", async () => {
  const { objects, recoveryKey } = await withPassword();
  const repository = await openIn(new MemoryStore(objects), { secret: { recoveryKey } });
  await repository.keys.changePassword("new", "label");
  assert.deepEqual([await opens(objects, { recoveryKey }), await opens(objects, { password: "new" })], [true, true]);
});

test("SlotAdmin.changePassword() takes the key away from beside a repository that had no password", async () => {
  const objects = new Map<string, Uint8Array>();
  await initMemory(objects);
  const repository = await openIn(new MemoryStore(objects));
  await repository.keys.changePassword("new", "label");
  assert.deepEqual([await opens(objects, {}), await opens(objects, { password: "new" })], [false, true]);
});
