import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND } from "../format/entry.ts";
import { byteStringOf, toByteString } from "../shared/bytes.ts";
import type { SourceNode } from "../source/source.ts";
import { type MemoryItem, MemoryTree, toSourceNode } from "../source/memory/memory-tree.ts";
import { CACHE_TAG_NAME, ExcludeFilter } from "./excludes.ts";
import { type ExcludeRules, NO_EXCLUDES } from "./face.ts";

function node(name: string, item: MemoryItem = {}): SourceNode {
  const made = new MemoryTree().put(byteStringOf(name), item);
  return toSourceNode(byteStringOf(name), made);
}

const directory = (name: string): SourceNode => node(name, { kind: ENTRY_KIND.directory });

/** Which of these paths are left out; those that end in a slash are directories. */
function leftOut(rules: Partial<ExcludeRules>, paths: readonly string[]): readonly string[] {
  const filter = new ExcludeFilter({ ...NO_EXCLUDES, ...rules }, 1n);
  return paths.filter((path) => {
    const parts = path.split("/").filter((part) => part !== "");
    const name = parts.pop() ?? "";
    return filter.leavesOut(byteStringOf(parts.join("/")), path.endsWith("/") ? directory(name) : node(name));
  });
}

test("ExcludeFilter without rules is not active and leaves nothing out", async () => {
  const filter = new ExcludeFilter(NO_EXCLUDES, 1n);
  assert.equal(filter.active, false);
  assert.equal(filter.leavesOut(byteStringOf(""), node("a", { fileSystem: 2n })), false);
  const listing = [node(CACHE_TAG_NAME), node(".nobackup")];
  assert.equal(await filter.leavesOutContent(listing, () => assert.fail("nobody asked for cache tags")), undefined);
});

test("ExcludeFilter follows gitignore: names anywhere, anchors, directories only, stars, later lines, taking back", () => {
  const paths = ["a.log", "sub/a.log", "keep.log", "build", "build/", "sub/build/", "top", "sub/top", "x/y/z", "x/q/z"];
  assert.deepEqual(leftOut({ patterns: ["*.log", "!keep.log"] }, paths), ["a.log", "sub/a.log"]);
  assert.deepEqual(leftOut({ patterns: ["build/"] }, paths), ["build/", "sub/build/"]);
  assert.deepEqual(leftOut({ patterns: ["/top"] }, paths), ["top"]);
  assert.deepEqual(leftOut({ patterns: ["x/**/z", "!x/q/z"] }, paths), ["x/y/z"]);
  assert.deepEqual(leftOut({ patterns: ["# a comment", "", "!a.log", "*.log"] }, paths), ["a.log", "sub/a.log", "keep.log"]);
});

test("ExcludeFilter tells capitals from small letters", () => {
  assert.deepEqual(leftOut({ patterns: ["readme"] }, ["readme", "README"]), ["readme"]);
});

test("ExcludeFilter with includes leaves out files that do not match, and enters every directory", () => {
  assert.deepEqual(leftOut({ includes: ["*.txt", "/docs/**"] }, ["a.txt", "a.bin", "docs/a.bin", "sub/", "sub/b.txt", "sub/b.bin"]), [
    "a.bin",
    "sub/b.bin",
  ]);
  assert.deepEqual(leftOut({ includes: ["*.txt"], patterns: ["b*"] }, ["a.txt", "b.txt", "bin/"]), ["b.txt", "bin/"]);
});

test("ExcludeFilter matches names that are no text as far as they are", () => {
  const filter = new ExcludeFilter({ ...NO_EXCLUDES, patterns: ["*.tmp"] }, 1n);
  const name = toByteString(Uint8Array.of(0xff, 0xfe, ...Buffer.from(".tmp")));
  assert.equal(filter.leavesOut(byteStringOf(""), { ...node("a"), name }), true);
});

test("ExcludeFilter leaves out nodes of other file systems, also directories, only when asked", () => {
  const filter = new ExcludeFilter({ ...NO_EXCLUDES, oneFileSystem: true }, 1n);
  assert.equal(filter.active, true);
  const nodes = [node("here"), node("there", { fileSystem: 2n }), node("mount", { fileSystem: 2n, kind: ENTRY_KIND.directory })];
  assert.deepEqual(
    nodes.map((one) => filter.leavesOut(byteStringOf(""), one)),
    [false, true, true],
  );
});

test("ExcludeFilter leaves out files that are larger than the limit, and nothing else that has a size", () => {
  const filter = new ExcludeFilter({ ...NO_EXCLUDES, largerThanBytes: 3 }, 1n);
  assert.equal(filter.active, true);
  const nodes = [
    node("three", { content: Buffer.from("123") }),
    node("four", { content: Buffer.from("1234") }),
    node("link", { kind: ENTRY_KIND.symlink, linkTarget: byteStringOf("far away") }),
  ];
  assert.deepEqual(
    nodes.map((one) => filter.leavesOut(byteStringOf(""), one)),
    [false, true, false],
  );
});

test("ExcludeFilter leaves out the content of a cache directory only when its tag is a file and real", async () => {
  const filter = new ExcludeFilter({ ...NO_EXCLUDES, caches: true }, 1n);
  const tagged = [node("x"), node(CACHE_TAG_NAME)];
  assert.deepEqual(await filter.leavesOutContent(tagged, () => true), { keep: CACHE_TAG_NAME });
  assert.equal(await filter.leavesOutContent(tagged, async () => false), undefined);
  assert.equal(await filter.leavesOutContent([directory(CACHE_TAG_NAME)], () => assert.fail("a directory is no tag")), undefined);
  assert.equal(await filter.leavesOutContent([node("x")], () => assert.fail("there is no tag")), undefined);
});

test("ExcludeFilter leaves out the content of a directory that holds one of the named files", async () => {
  const filter = new ExcludeFilter({ ...NO_EXCLUDES, ifPresent: [".no", "größe"] }, 1n);
  assert.deepEqual(await filter.leavesOutContent([node("a"), node(".no")], () => false), { keep: ".no" });
  assert.deepEqual(await filter.leavesOutContent([node("größe")], () => false), { keep: byteStringOf("größe") });
  assert.equal(await filter.leavesOutContent([node("no"), node(".nono")], () => false), undefined);
});

test("ExcludeFilter leaves out the repository that is written to, and nothing that is only called like it", () => {
  const filter = new ExcludeFilter(NO_EXCLUDES, 1n, byteStringOf("backups/repo"));
  assert.equal(filter.active, true);
  assert.equal(filter.leavesOut(byteStringOf("backups"), directory("repo")), true);
  assert.equal(filter.leavesOut(byteStringOf("backups"), directory("repo-2")), false);
  assert.equal(filter.leavesOut(byteStringOf(""), directory("repo")), false);
});
