import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOT } from "./project.ts";
import { textFiles, type TextFile } from "./text-files.ts";

/** Joins words, so that this file does not hold what it looks for. */
function word(...parts: readonly string[]): string {
  return parts.join("");
}

const MACHINE = word("/wo", "rk/");
const REGISTRY = word("regis", "try.");
const RESOLVED = word('"resol', 'ved": "http');
const ONLY = word("on", "ly");
const UNFINISHED = [word("TO", "DO"), word("FIX", "ME"), word("XX", "X"), word("HA", "CK")];

const LEFTOVERS: readonly (readonly [string, RegExp])[] = [
  ["a path of the machine it was written on", new RegExp(`(^|[\\s"'\`(=:])${MACHINE}`, "m")],
  ["a package registry", new RegExp(`\\b${REGISTRY.replace(".", "\\.")}[a-z0-9-]+\\.[a-z]{2,}|${RESOLVED}`, "m")],
  ["unfinished work", new RegExp(`\\b(${UNFINISHED.join("|")})\\b`, "m")],
  ["a test that runs alone", new RegExp(`\\b(test|it|describe)\\.${ONLY}\\(|\\b${ONLY}: true`, "m")],
];

/** Things that must not stay behind in a published file, as `file:line what`. */
function leftovers(files: readonly TextFile[]): readonly string[] {
  const found: string[] = [];
  for (const { path, text } of files) {
    for (const [what, pattern] of LEFTOVERS) {
      // Most files are clean: look at single lines only once the whole text matches.
      if (!pattern.test(text)) continue;
      for (const [index, line] of text.split("\n").entries()) {
        if (pattern.test(line)) found.push(`${path}:${index + 1} ${what}`);
      }
    }
  }
  return found;
}

test("no published file holds a machine's paths, a registry, unfinished work or a lone test", () => {
  const files = textFiles(ROOT);
  assert.ok(files.length > 10, "files were read");
  assert.deepEqual(leftovers(files), []);
});

test("leftovers() names file and line of each kind", () => {
  const sample = [
    { path: "a.ts", text: `const a = 1;\nconst b = "${MACHINE}main/x";` },
    { path: "package-lock.json", text: `  ${RESOLVED}s://example.org/a.tgz"` },
    { path: "b.md", text: `see ${REGISTRY}example.org\n${UNFINISHED[0]} later` },
    { path: "c.test.ts", text: `test.${ONLY}("a", () => {});` },
    { path: "clean.ts", text: `${REGISTRY}counter("a"); const framework = "a${MACHINE}b"; // hack it, not ${UNFINISHED[3]}ED` },
  ];
  assert.deepEqual(leftovers(sample), [
    "a.ts:2 a path of the machine it was written on",
    "package-lock.json:1 a package registry",
    "b.md:1 a package registry",
    "b.md:2 unfinished work",
    "c.test.ts:1 a test that runs alone",
  ]);
});
