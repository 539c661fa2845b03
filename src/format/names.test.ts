import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteString } from "../shared/bytes.ts";
import { isEntryName } from "./names.ts";

test("isEntryName() accepts every byte but slash and NUL", () => {
  for (const name of ["a", "...", ".a", " ", "\n", "\xff\xfe", "a\\b", "C:"])
    assert.equal(isEntryName(name as ByteString), true, JSON.stringify(name));
});

test("isEntryName() refuses what means another place", () => {
  for (const name of ["", ".", "..", "/", "a/b", "../x", "a\0", "\0"])
    assert.equal(isEntryName(name as ByteString), false, JSON.stringify(name));
});
