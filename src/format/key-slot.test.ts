import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { isAppError } from "../shared/errors.ts";
import { decodeKeySlot, encodeSlotHeader, SLOT_KIND } from "./key-slot.ts";
import type { KeySlotHeader } from "./key-slot.ts";

const header: KeySlotHeader = {
  kind: SLOT_KIND.passphrase,
  repositoryId: new Uint8Array(16).fill(1),
  createdNs: 1_700_000_000_000_000_000n,
  kdf: { memoryKiB: 65_536, passes: 3, parallelism: 4 },
  salt: new Uint8Array(32).fill(2),
  commitment: new Uint8Array(32).fill(3),
  label: "laptop",
};
const sealedKey = new Uint8Array(48).fill(4);
const slot: Uint8Array = new Uint8Array(Buffer.concat([encodeSlotHeader(header), sealedKey]));

test("decodeKeySlot() gives back the header, the bytes to authenticate and the sealed key", () => {
  const decoded = decodeKeySlot(slot);
  assert.deepEqual(decoded.header, header);
  assert.deepEqual(decoded.headerBytes, encodeSlotHeader(header));
  assert.deepEqual(decoded.sealedKey, sealedKey);
});

test("decodeKeySlot() refuses newer versions, unknown kinds and other files", () => {
  const edited = (at: number, value: number): Uint8Array => slot.with(at, value);
  assert.throws(
    () => decodeKeySlot(edited(8, 2)),
    (error) => isAppError(error, "E_REPO_VERSION"),
  );
  refuses(() => decodeKeySlot(edited(0, 0)), /no key slot/);
  refuses(() => decodeKeySlot(edited(10, 9)), /unknown kind/);
  refuses(() => decodeKeySlot(slot.subarray(0, 60)), /ends too early/);
});

test("decodeKeySlot() accepts one encoding only, whatever is damaged", () => {
  fc.assert(
    fc.property(anyDamage, (how) => {
      const bytes = damage(slot, how);
      const decoded = decodesOrRefuses(() => decodeKeySlot(bytes));
      if (decoded !== undefined) assert.deepEqual(encodeSlotHeader(decoded.header), new Uint8Array(decoded.headerBytes));
    }),
    { numRuns: 1000 },
  );
});
