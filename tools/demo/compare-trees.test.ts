import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { compareTrees } from "./compare-trees.ts";
import { addOddFiles } from "./odd-files.ts";

/** Two equal trees with one of everything, in a folder of their own. */
function twoTrees(context: TestContext): readonly [string, string] {
  const folder = mkdtempSync(join(tmpdir(), "varve-compare-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  mkdirSync(join(before, "sub"), { recursive: true });
  writeFileSync(join(before, "sub", "file"), "content");
  writeFileSync(join(before, "one"), "shared");
  linkSync(join(before, "one"), join(before, "two"));
  symlinkSync("sub/file", join(before, "link"));
  addOddFiles(before);
  execFileSync("cp", ["-a", before, after]);
  return [before, after];
}

/** Puts times back after a change, so that only the change itself is left to find. */
function keepTimes(root: string, ...paths: readonly string[]): void {
  for (const path of [...paths, "sub", "."]) utimesSync(join(root, path), 1_700_000_000, 1_700_000_000);
}

const CHANGES: readonly (readonly [string, (root: string) => void, RegExp])[] = [
  ["a byte of content", (root) => writeFileSync(join(root, "sub/file"), "c0ntent"), /^"sub\/file" content differs$/],
  ["a length", (root) => writeFileSync(join(root, "sub/file"), "longer content"), /^"sub\/file" 14 bytes, was 7$/],
  ["a mode", (root) => chmodSync(join(root, "sub/file"), 0o600), /^"sub\/file" mode 100600, was 100644$/],
  ["a missing file", (root) => unlinkSync(join(root, "sub/file")), /^"sub\/file" is missing$/],
  ["an extra file", (root) => writeFileSync(join(root, "sub/more"), ""), /^"sub" has "more" too much$/],
];

for (const [what, change, expected] of CHANGES) {
  test(`compareTrees() finds ${what}`, (context) => {
    const [before, after] = twoTrees(context);
    chmodSync(join(before, "sub/file"), 0o644);
    chmodSync(join(after, "sub/file"), 0o644);
    change(after);
    keepTimes(before, "sub/file");
    keepTimes(after, ...(what === "a missing file" ? [] : ["sub/file"]));
    const { differences } = compareTrees(before, after);
    assert.equal(differences.length, 1, differences.join("\n"));
    assert.match(differences[0] ?? "", expected);
  });
}

test("compareTrees() finds a link that leads elsewhere, a split hard link and a changed kind", (context) => {
  const [before, after] = twoTrees(context);
  for (const name of ["link", "two", "sub/file"]) unlinkSync(join(after, name));
  symlinkSync("sub/other", join(after, "link"));
  writeFileSync(join(after, "two"), "shared");
  mkdirSync(join(after, "sub/file"));
  const found = compareTrees(before, after).differences.join("\n");
  assert.match(found, /"link" leads to "sub\/other", was "sub\/file"/);
  assert.match(found, /"two" 1 names, was 2/);
  assert.match(found, /"sub\/file" is a directory, was a file/);
});

test("compareTrees() finds a time that is one microsecond off", (context) => {
  const [before, after] = twoTrees(context);
  keepTimes(before, "sub/file");
  keepTimes(after, "sub/file");
  utimesSync(join(after, "sub/file"), 1_700_000_000, 1_700_000_000.000_001);
  assert.match(compareTrees(before, after).differences.join("\n"), /^"sub\/file" modified \d+, was 1700000000000000000$/);
});

test("compareTrees() counts everything once and finds nothing in equal trees", (context) => {
  const [before, after] = twoTrees(context);
  const { differences, files, directories, others } = compareTrees(before, after);
  assert.deepEqual(differences, []);
  assert.ok(files >= 8 && directories >= 3 && others >= 2, `${files} ${directories} ${others}`);
});
