import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { systemReason } from "./system-reason.ts";

test("systemReason() says in words why a file cannot be read", () => {
  assert.equal(systemReason(failure("/nowhere/at/all"), "unknown"), "it does not exist (ENOENT)");
  assert.equal(systemReason(failure("/"), "unknown"), "it is a directory (EISDIR)");
});

test("systemReason() gives a code alone when it has no words for it, and the fallback without a code", () => {
  assert.equal(systemReason(Object.assign(new Error("x"), { code: "EIO" }), "unknown"), "EIO");
  assert.equal(systemReason(Object.assign(new Error("x"), { code: "toString" }), "unknown"), "toString");
  assert.equal(systemReason(new Error("x"), "unknown"), "unknown");
});

function failure(path: string): unknown {
  try {
    readFileSync(path);
  } catch (error) {
    return error;
  }
  return undefined;
}
