import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteStringOf } from "../shared/bytes.ts";
import { pathBytes, systemPath } from "./mapping-path.ts";
import { placeKey, targetPlace } from "./target-place.ts";

test("pathBytes() takes half surrogates for the bytes Python means by them, and has nothing for others", () => {
  assert.equal(pathBytes("/a/ä"), byteStringOf("/a/ä"));
  assert.equal(pathBytes("/a/\udcff\udc80"), "/a/\xff\x80");
  assert.equal(pathBytes("/\udce4é"), "/\xe4\xc3\xa9");
  assert.equal(pathBytes("/a/\ud800"), undefined);
  assert.equal(pathBytes("/a/\udc41"), undefined);
});

test("systemPath() is text for UTF-8 names and bytes for others", () => {
  assert.equal(systemPath("/a/😀"), "/a/😀");
  assert.deepEqual(systemPath("/\udcff"), Buffer.from([0x2f, 0xff]));
  assert.equal(systemPath("/\ud83d"), undefined);
});

const placeOf = (path: string): string => {
  const place = targetPlace(path);
  return "problem" in place ? "refused" : `${place.directory}|${place.name}`;
};

test("targetPlace() keeps the structure of absolute, relative, drive and share paths", () => {
  for (const [path, place] of [
    ["/srv/data/a.txt", "srv/data|a.txt"],
    ["//srv///data/./a", "srv/data|a"],
    ["a", "|a"],
    ["./x/a", "x|a"],
    ["C:\\Users\\ann\\a.txt", "C/Users/ann|a.txt"],
    ["c:/data/a", "c/data|a"],
    ["\\\\server\\share\\a", "server/share|a"],
    ["\\\\?\\D:\\long\\a", "D/long|a"],
    ["/srv/back\\slash", "srv|back\\slash"],
    ["..\\x", "|..\\x"],
  ] as const)
    assert.equal(placeOf(path), place, path);
});

test("targetPlace() refuses what names no file, leads upwards, or stands for no bytes", () => {
  for (const path of ["/", ".", "//", "/a/..", "../a", "/a/../b", "..", "C:\\a\\..\\b", "\\\\..\\x", "/\ud800"])
    assert.equal(placeOf(path), "refused", path);
});

test("targetPlace() never gives a part that is empty, `.` or `..`, whatever the path", () => {
  const paths = fc
    .array(fc.constantFrom("/", "\\", ".", "..", "C:", "a", "?", " ", "\udcff"), { maxLength: 12 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(paths, (path) => {
      const place = targetPlace(path);
      if ("problem" in place) return;
      const parts = [...(place.directory === "" ? [] : place.directory.split("/")), place.name];
      assert.ok(
        parts.every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("/")),
        JSON.stringify(parts),
      );
    }),
  );
});

test("placeKey() is one for all paths that are restored to one place", () => {
  assert.equal(placeKey("/a//b"), placeKey("a/./b"));
  assert.equal(placeKey("C:\\a"), placeKey("/C/a"));
  assert.notEqual(placeKey("/a/.."), placeKey("/b/.."));
});
