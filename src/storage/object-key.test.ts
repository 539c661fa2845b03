import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { KEY_LENGTH_MAX, assertListPrefix, isObjectKey } from "./object-key.ts";

test("isObjectKey() accepts segments of the grammar", () => {
  for (const key of ["varve.repo", "packs/ab/0123", "gc/7/final", "a-b_c.d", "...", "a/..b"]) assert.equal(isObjectKey(key), true, key);
});

test("isObjectKey() refuses empty segments, dot segments, other characters and long keys", () => {
  const bad = [
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "./a",
    "a/.",
    "A",
    "a b",
    "a\\b",
    "ä",
    "a\n",
    "tmp~/x",
    "k".repeat(KEY_LENGTH_MAX + 1),
  ];
  for (const key of bad) assert.equal(isObjectKey(key), false, JSON.stringify(key));
});

test("isObjectKey() agrees with a plain reading of the rule on any text", () => {
  const alphabet = fc.constantFrom("a", "z", "0", ".", "_", "-", "/", "A", "~", " ");
  fc.assert(
    fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
      const segments = text.split("/");
      const good = segments.every((segment) => segment !== "" && segment !== "." && segment !== ".." && /^[a-z0-9._-]*$/.test(segment));
      assert.equal(isObjectKey(text), good);
    }),
  );
});

test("assertListPrefix() wants nothing or whole segments with a closing slash", () => {
  for (const prefix of ["", "packs/", "packs/ab/"]) assertListPrefix(prefix);
  for (const prefix of ["packs", "/", "../", "packs//"]) assert.throws(() => assertListPrefix(prefix), Error, prefix);
});
