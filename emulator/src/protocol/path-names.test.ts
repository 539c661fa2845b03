import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkPath, checkShareName, decodePath, parseRequestPath, trimDots } from "./path-names.ts";

const INVALID = { code: "InvalidFileOrDirectoryPathName" };

test("parseRequestPath() finds account, share and names, with and without the account in front", () => {
  assert.deepEqual(parseRequestPath("/acct/share/a%20b/c%2Fd//e/", "acct"), {
    account: "acct",
    share: "share",
    path: ["a b", "c", "d", "e"],
  });
  assert.deepEqual(parseRequestPath("/share/a", "acct"), { account: "acct", share: "share", path: ["a"] });
  assert.deepEqual(parseRequestPath("/acct", "acct"), { account: "acct", share: "", path: [] });
  assert.deepEqual(parseRequestPath("/acct/acct/x", "acct"), { account: "acct", share: "acct", path: ["x"] });
});

test("decodePath() undoes percent-encoding of any name once", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => !name.includes("/")),
        { maxLength: 4 },
      ),
      (names) => {
        assert.deepEqual(decodePath(`/${names.map(encodeURIComponent).join("/")}`), names);
      },
    ),
  );
  assert.deepEqual(decodePath("/100%2525"), ["100%25"]);
  assert.throws(() => decodePath("/%E0%A4%A"), { code: "InvalidUri" });
});

test("trimDots() takes dots off the end of every name unless they are kept", () => {
  assert.deepEqual(trimDots(["a.", "b..c...", ".d", "e"], false), ["a", "b..c", ".d", "e"]);
  assert.deepEqual(trimDots(["a.", "..."], true), ["a.", "..."]);
});

test("checkPath() knows lengths, depth and characters of each protocol", () => {
  checkPath([], "SMB");
  checkPath(["x".repeat(255), "\u{1F600}", "a b"], "SMB");
  checkPath(['a:b*?<>|"\\'], "NFS");
  for (const name of ["", ".", "..", "x".repeat(256), "a\\b", "a:b", "a\u0000"])
    assert.throws(() => checkPath([name], "SMB"), INVALID, JSON.stringify(name));
  for (const name of ["..", "a\u0000b"]) assert.throws(() => checkPath([name], "NFS"), INVALID, JSON.stringify(name));
  checkPath(
    Array.from({ length: 250 }, () => "d"),
    "SMB",
  );
  assert.throws(
    () =>
      checkPath(
        Array.from({ length: 251 }, () => "d"),
        "SMB",
      ),
    INVALID,
  );
  checkPath(["x".repeat(250), ...Array.from({ length: 8 }, () => "y".repeat(223))].slice(0, 9), "SMB");
  assert.throws(
    () =>
      checkPath(
        Array.from({ length: 9 }, () => "y".repeat(250)),
        "SMB",
      ),
    INVALID,
  );
});

test("checkShareName() takes 3 to 63 lower-case letters, digits and single dashes", () => {
  for (const name of ["abc", "a-b", "0-0", "x".repeat(63)]) checkShareName(name);
  for (const name of ["ab", "a--b", "-ab", "ab-", "Abc", "a_b", "x".repeat(64), "äbc"]) {
    assert.throws(() => checkShareName(name), { code: "InvalidResourceName" }, name);
  }
});
