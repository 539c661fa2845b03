import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gearTable } from "./gear-table.ts";
import { GOLDEN_KEY } from "./golden.ts";

describe("gearTable", () => {
  it("gearTable() is the same for the same key for ever", () => {
    const words = new BigUint64Array(gearTable(GOLDEN_KEY).buffer);
    assert.equal(words.length, 256);
    assert.equal(words[0], 0x75df2b0eb16c6e5an);
    assert.equal(words[255], 0xef3fba27130a2e80n);
  });

  it("gearTable() shares no word with the table of a key that differs in one bit", () => {
    const key = Uint8Array.from(GOLDEN_KEY);
    key[31] = (key[31] ?? 0) ^ 1;
    const words = new Set(new BigUint64Array(gearTable(GOLDEN_KEY).buffer));
    assert.equal(words.size, 256);
    for (const word of new BigUint64Array(gearTable(key).buffer)) assert.ok(!words.has(word));
  });

  it("gearTable() refuses a key that has not 32 bytes", () => {
    assert.throws(() => gearTable(new Uint8Array(16)), /invariant/);
  });
});
