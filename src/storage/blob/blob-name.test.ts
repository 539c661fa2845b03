import assert from "node:assert/strict";
import { test } from "node:test";
import { BLOB_NAME_CHARS_MAX, isBlobName } from "./blob-name.ts";

test("isBlobName() takes GUIDs in every spelling, prefixes with slashes and a slash at the end", () => {
  for (const name of [
    "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "{6F9619FF-8B86-D011-B42D-00C04FC964FF}",
    "server_1/6f9619ff",
    "a-b/",
    "x".repeat(BLOB_NAME_CHARS_MAX),
  ])
    assert.ok(isBlobName(name), name);
});

test("isBlobName() refuses what a client or the service would turn into another name", () => {
  for (const name of [
    "",
    "/",
    "/a",
    "a//b",
    ".",
    "..",
    "a/../b",
    "a/.",
    "a.",
    "a./b",
    "a\\b",
    "a?b",
    "a#b",
    "a%41",
    "ä",
    "a\nb",
    "x".repeat(1025),
  ])
    assert.ok(!isBlobName(name), JSON.stringify(name));
});
