import assert from "node:assert/strict";
import { test } from "node:test";
import { attributeBits, attributeText } from "./file-attributes.ts";

test("attributeBits() reads the names of the service", () => {
  assert.equal(attributeBits("None"), 0);
  assert.equal(attributeBits("Normal"), 0);
  assert.equal(attributeBits("Archive"), 0x20);
  assert.equal(attributeBits("ReadOnly | Hidden | System"), 0x7);
  assert.equal(attributeBits("Directory|NoScrubData"), 0x20010);
  assert.equal(attributeBits("Archive | SomethingNew"), 0x20);
});

test("attributeText() writes what attributeBits() reads, without the kind of the node", () => {
  for (const bits of [0, 0x1, 0x27, 0x3100, 0x20020]) assert.equal(attributeBits(attributeText(bits)), bits);
  assert.equal(attributeText(0x10), "None");
  assert.equal(attributeText(0x11), "ReadOnly");
});
