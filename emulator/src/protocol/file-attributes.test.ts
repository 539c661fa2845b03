import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ARCHIVE, DIRECTORY, formatAttributes, parseAttributes, READ_ONLY } from "./file-attributes.ts";

const NAMES = ["ReadOnly", "Hidden", "System", "Directory", "Archive", "Temporary", "Offline", "NotContentIndexed", "NoScrubData"];

test("parseAttributes() reads back every set that formatAttributes() writes", () => {
  fc.assert(
    fc.property(fc.subarray(NAMES), (names) => {
      const bits = parseAttributes(names.length === 0 ? "None" : names.join("|"));
      assert.equal(formatAttributes(bits), names.length === 0 ? "None" : names.join(" | "));
      assert.equal(parseAttributes(formatAttributes(bits)), bits);
    }),
  );
});

test("attributes have the bits of NTFS, and names in any case", () => {
  assert.equal(parseAttributes("readonly | DIRECTORY|archive"), READ_ONLY | DIRECTORY | ARCHIVE);
  assert.deepEqual([READ_ONLY, DIRECTORY, ARCHIVE], [1, 16, 32]);
  assert.throws(() => parseAttributes("Blue"), { code: "InvalidHeaderValue" });
});
