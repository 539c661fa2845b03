import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { differences, generatedFiles } from "./generate-schema.ts";
import { shapesModule } from "./schema-shapes.ts";

const SCHEMA = readFileSync(join(import.meta.dirname, "..", "src", "format", "schema", "varve.fbs"), "utf8");

test("the committed code is what the schema says", async () => {
  assert.deepEqual(differences(await generatedFiles()), []);
});

test("differences() names files that are changed, missing or left over", async () => {
  const files = new Map(await generatedFiles());
  files.set("issue.ts", "something else");
  files.set("brand-new.ts", "");
  files.delete("shapes.ts");
  assert.deepEqual(differences(files).toSorted(), ["brand-new.ts", "issue.ts", "shapes.ts"]);
});

test("shapesModule() knows every table of the schema", () => {
  const shapes = shapesModule(SCHEMA);
  for (const [, table = ""] of SCHEMA.matchAll(/^table (\w+)/gm)) assert.ok(shapes.includes(`name: "${table}"`), table);
});

test("shapesModule() stops at what it does not understand", () => {
  assert.throws(() => shapesModule("table A { x:float; }"), /does not understand: float/);
  assert.throws(() => shapesModule("table A { x; }"), /does not understand: x/);
  assert.throws(() => shapesModule("struct S { a:ubyte; b:ulong; } table A { x:[S]; }"), /mixes field widths/);
});
