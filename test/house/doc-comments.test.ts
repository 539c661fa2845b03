import assert from "node:assert/strict";
import { test } from "node:test";
import { isTest, resolveImport, roomOf } from "./import-rules.ts";
import { projectFacts } from "./project.ts";
import { readSample, type SourceFacts } from "./syntax.ts";

const DOCUMENTED_MIN = 0.9;

interface Face {
  /** `file name` of every export that another room uses. */
  readonly used: readonly string[];
  readonly bare: readonly string[];
}

/** Each room's face: what other rooms import from it, and which of that has no doc comment. */
function faces(files: readonly SourceFacts[]): ReadonlyMap<string, Face> {
  const sources = files.filter(({ path }) => roomOf(path) !== "" && !isTest(path));
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const used = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    for (const { specifier, names } of imports.filter((one) => one.specifier.startsWith("."))) {
      const target = resolveImport(path, specifier);
      if (roomOf(target) === roomOf(path)) continue;
      const known = used.get(roomOf(target)) ?? new Set();
      for (const name of names) known.add(`${target} ${name}`);
      used.set(roomOf(target), known);
    }
  }
  const describe = (names: ReadonlySet<string>): Face => ({
    used: [...names],
    bare: [...names].filter((name) => !isDocumented(name, byPath)),
  });
  return new Map([...used].map(([room, names]) => [room, describe(names)]));
}

/** Follows `export { name } from "./file.ts"` to the declaration. */
function isDocumented(used: string, byPath: ReadonlyMap<string, SourceFacts>): boolean {
  const [path = "", name = ""] = used.split(" ");
  const declared = byPath.get(path)?.exports.filter((one) => one.name === name) ?? [];
  return declared.some(
    ({ documented, from }) => documented || (from !== "" && isDocumented(`${resolveImport(path, from)} ${name}`, byPath)),
  );
}

test("nine of ten exports that a room shows to others carry a doc comment", () => {
  const poor: string[] = [];
  for (const [room, { used, bare }] of faces(projectFacts())) {
    if (bare.length > used.length * (1 - DOCUMENTED_MIN))
      poor.push(`${room}: ${bare.length} of ${used.length} without: ${bare.join(", ")}`);
  }
  assert.deepEqual(poor, []);
});

test("faces() counts what other rooms use, through re-exports, and nothing else", () => {
  const files = readSample({
    "src/format/entry.ts": "/** An entry. */\nexport interface Entry {}\nexport interface Bare {}\nexport const unused = 1;",
    "src/format/face.ts": 'export { Entry, Bare } from "./entry.ts";',
    "src/format/page.ts": 'import { unused } from "./entry.ts";',
    "src/storage/store.ts": 'import type { Entry, Bare } from "../format/face.ts";',
    "src/storage/store.test.ts": 'import { unused } from "../format/entry.ts";',
  });
  assert.deepEqual(Object.fromEntries(faces(files)), {
    format: { used: ["src/format/face.ts Entry", "src/format/face.ts Bare"], bare: ["src/format/face.ts Bare"] },
  });
});
