import assert from "node:assert/strict";
import { test } from "node:test";
import { byteStringOf, toByteString } from "../shared/bytes.ts";
import { PathFilter } from "./path-filter.ts";

/** Paths that a filter leaves out; directories end in a slash. */
function leftOut(
  rules: { readonly excludes?: readonly string[]; readonly includes?: readonly string[] },
  ...paths: readonly string[]
): readonly string[] {
  const filter = new PathFilter({ excludes: [], includes: [], ...rules });
  return paths.filter((path) => filter.leavesOut(byteStringOf(path.replace(/\/$/, "")), path.endsWith("/")));
}

test("PathFilter without rules lets everything pass", () => {
  const filter = new PathFilter({ excludes: [], includes: [] });
  assert.deepEqual([filter.active, filter.selective, leftOut({}, "a", "b/")], [false, false, []]);
});

test("PathFilter excludes by name anywhere, by path from the root, and folders only where a slash ends the line", () => {
  const paths = ["a.tmp", "b/a.tmp", "root", "b/root", "only/", "only", "keep"];
  assert.deepEqual(leftOut({ excludes: ["*.tmp", "/root", "only/"] }, ...paths), ["a.tmp", "b/a.tmp", "root", "only/"]);
});

test("PathFilter gives later lines the last word", () => {
  assert.deepEqual(leftOut({ excludes: ["*.log", "!keep.log"] }, "a.log", "keep.log"), ["a.log"]);
  assert.deepEqual(leftOut({ excludes: ["!keep.log", "*.log"] }, "a.log", "keep.log"), ["a.log", "keep.log"]);
});

test("PathFilter with inclusions leaves out other files, and enters every folder", () => {
  assert.deepEqual(leftOut({ includes: ["*.txt", "all/"] }, "a.txt", "b.log", "deep/", "deep/c.txt", "all/d.log"), ["b.log"]);
  assert.ok(new PathFilter({ excludes: [], includes: ["x"] }).selective);
});

test("PathFilter lets exclusions win over inclusions", () => {
  assert.deepEqual(leftOut({ includes: ["*.txt"], excludes: ["secret/", "b.txt"] }, "a.txt", "b.txt", "secret/"), ["b.txt", "secret/"]);
});

test("PathFilter tells letters apart by their case and takes names that look like paths or patterns", () => {
  assert.deepEqual(leftOut({ excludes: ["readme"] }, "README", "readme"), ["readme"]);
  assert.deepEqual(leftOut({ excludes: ["\\#odd", "a\\*b", "tail\\ "] }, "#odd", "a*b", "axb", "tail ", "tail"), ["#odd", "a*b", "tail "]);
});

test("PathFilter reads bytes that are not UTF-8 as one unknown character each, and does not fail on them", () => {
  const filter = new PathFilter({ excludes: ["x?y"], includes: [] });
  assert.deepEqual(
    [filter.leavesOut(toByteString(Uint8Array.of(0x78, 0xff, 0x79)), false), filter.leavesOut(byteStringOf(".."), false)],
    [true, false],
  );
});
