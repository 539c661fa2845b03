import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDamage, damage } from "../../test/support/damage.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { decodeKeySlot } from "../format/key-slot.ts";
import { DEFAULT_KDF, makeSlot, openSlot } from "./slots.ts";
import type { NewSlot, SlotSecret } from "./slots.ts";

const repositoryId = new Uint8Array(16).fill(1);
const rootKey = new Uint8Array(32).fill(2);
const cheap = { memoryKiB: 64, passes: 1, parallelism: 1 };
const recoveryKey = new Uint8Array(32).fill(3);
const secrets: readonly SlotSecret[] = [
  { kind: "passphrase", passphrase: "correct horse" },
  { kind: "recovery", key: recoveryKey },
  { kind: "plain" },
];

function make(secret: SlotSecret, change: Partial<NewSlot> = {}): Promise<Uint8Array> {
  return makeSlot({ rootKey, repositoryId, secret, label: "test", createdNs: 5n, random: seededRandom(1), kdf: cheap, ...change });
}

function open(bytes: Uint8Array, secret: SlotSecret): Promise<Uint8Array | undefined> {
  return openSlot(bytes, secret, { repositoryId, kdfFloor: cheap });
}

test("openSlot() gives the root key for the right secret, of each kind", async () => {
  for (const secret of secrets) assert.deepEqual(new Uint8Array((await open(await make(secret), secret)) ?? []), rootKey);
});

test("openSlot() gives undefined for a wrong secret and for a secret of another kind", async () => {
  assert.equal(await open(await make({ kind: "passphrase", passphrase: "a" }), { kind: "passphrase", passphrase: "b" }), undefined);
  assert.equal(await open(await make({ kind: "recovery", key: recoveryKey }), { kind: "recovery", key: new Uint8Array(32) }), undefined);
  for (const made of secrets) {
    for (const used of secrets) if (used.kind !== made.kind) assert.equal(await open(await make(made), used), undefined);
  }
});

test("openSlot() takes a passphrase however its accents are typed", async () => {
  const slot = await make({ kind: "passphrase", passphrase: "caf\u00e9" });
  assert.ok(await open(slot, { kind: "passphrase", passphrase: "cafe\u0301" }));
});

test("makeSlot() uses argon2id with 64 MiB and three passes unless told otherwise", async () => {
  const secret: SlotSecret = { kind: "passphrase", passphrase: "x" };
  const slot = await makeSlot({ rootKey, repositoryId, secret, label: "", createdNs: 0n, random: seededRandom(1) });
  assert.deepEqual(decodeKeySlot(slot).header.kdf, DEFAULT_KDF);
  assert.deepEqual(DEFAULT_KDF, { memoryKiB: 65_536, passes: 3, parallelism: 4 });
  assert.ok(await openSlot(slot, secret, { repositoryId }));
});

test("openSlot() refuses a slot that is cheaper to guess than the floor, or dearer than the ceiling", async () => {
  const secret: SlotSecret = { kind: "passphrase", passphrase: "x" };
  const slot = await make(secret);
  await assert.rejects(openSlot(slot, secret, { repositoryId }), (error) => isAppError(error, "E_CORRUPT") && /cost/.test(error.why));
  for (const at of [12, 16, 20]) {
    const dear = slot.slice();
    new DataView(dear.buffer).setUint32(at, 0x7fff_ffff, true);
    await assert.rejects(open(dear, secret), (error) => isAppError(error, "E_CORRUPT") && /cost/.test(error.why));
  }
});

test("openSlot() refuses a slot of another repository", async () => {
  const slot = await make({ kind: "plain" });
  await assert.rejects(openSlot(slot, { kind: "plain" }, { repositoryId: new Uint8Array(16) }), (error) => isAppError(error, "E_CORRUPT"));
});

test("openSlot() tells an altered key from a wrong secret", async () => {
  const slot = await make({ kind: "recovery", key: recoveryKey });
  const altered = slot.with(slot.length - 1, (slot.at(-1) ?? 0) ^ 1);
  await assert.rejects(
    open(altered, { kind: "recovery", key: recoveryKey }),
    (error) => isAppError(error, "E_CORRUPT") && /altered/.test(error.why),
  );
});

test("openSlot() never gives a root key from a damaged slot", async () => {
  const secret: SlotSecret = { kind: "recovery", key: recoveryKey };
  const slot = await make(secret);
  await fc.assert(
    fc.asyncProperty(anyDamage, async (how) => {
      const changed = damage(slot, how);
      const opened = await open(changed, secret).catch((error: unknown) => {
        assert.ok(isAppError(error, "E_CORRUPT", "E_REPO_VERSION"), String(error));
      });
      if (opened !== undefined) assert.deepEqual(changed, slot);
    }),
    { numRuns: 500 },
  );
});
