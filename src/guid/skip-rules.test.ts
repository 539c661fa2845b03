import assert from "node:assert/strict";
import { test } from "node:test";
import { SkipRules } from "./skip-rules.ts";

const decide = (files: readonly string[], paths: readonly string[], path: string): string => new SkipRules(files, paths).decide(path);

test("SkipRules leaves out files by whole name or glob, not by a part of their path", () => {
  for (const [rule, path, decision] of [
    ["Thumbs.db", "/a/Thumbs.db", "skip"],
    ["Thumbs.db", "/a/Thumbs.db.txt", "save"],
    ["tmp", "/srv/tmp/file", "save"],
    ["*.tmp", "/a/x.tmp", "skip"],
    ["*.tmp", "/a/.x.tmp", "skip"],
    ["*.tmp", "/a.tmp/x", "save"],
    ["a(1)[2].txt", "/x/a(1)[2].txt", "skip"],
    ["/srv/**/*.log", "/srv/a/b/x.log", "skip"],
    ["/srv/**/*.log", "/var/a/x.log", "save"],
    ["*.tmp", "C:\\data\\x.tmp", "skip"],
    ["x.tmp", "/a/back\\x.tmp", "save"],
  ] as const)
    assert.equal(decide([rule], [], path), decision, `${rule} ${path}`);
});

test("SkipRules wants placeholders for what lies below a path, and nothing beside it", () => {
  for (const [rule, path, decision] of [
    ["/srv/cache", "/srv/cache/a/b", "placeholder"],
    ["/srv/cache/", "/srv/cache/a", "placeholder"],
    ["/srv/cache", "/srv/cache2/a", "save"],
    ["/srv/cache", "/srv/cache", "placeholder"],
    ["C:\\cache", "C:\\cache\\x", "placeholder"],
    ["C:\\cache", "C:\\cached\\x", "save"],
  ] as const)
    assert.equal(decide([], [rule], path), decision, `${rule} ${path}`);
  assert.equal(decide(["x"], ["/srv"], "/srv/x"), "skip");
});
