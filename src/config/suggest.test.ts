import assert from "node:assert/strict";
import { test } from "node:test";
import { suggest } from "./suggest.ts";

const KEYS = ["repository", "repositories", "exclude", "exclude-caches", "threads", "tags"];

test("suggest() finds the word when letters are swapped, missing, doubled or wrong", () => {
  assert.equal(suggest("repostiory", KEYS), "repository");
  assert.equal(suggest("thread", KEYS), "threads");
  assert.equal(suggest("exclude_caches", KEYS), "exclude-caches");
  assert.equal(suggest("Tags", KEYS), "tags");
});

test("suggest() prefers the nearest candidate when several are close", () => {
  assert.equal(suggest("repositorie", KEYS), "repositories");
});

test("suggest() keeps silent when nothing is close", () => {
  assert.equal(suggest("colour", KEYS), undefined);
  assert.equal(suggest("", KEYS), undefined);
  assert.equal(suggest("x".repeat(100), KEYS), undefined);
});
