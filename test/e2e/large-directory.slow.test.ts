import assert from "node:assert/strict";
import { test } from "node:test";
import { readdirSync } from "node:fs";
import { buildFidelityTree } from "../support/fidelity-tree.ts";
import { compareFacts } from "../support/compare-trees.ts";
import { tempFolder } from "../support/temp.ts";
import { summaryOf, VarveProgram } from "../support/varve-program.ts";

const ENTRIES = 200_000;

test("varve gives a directory of 200,000 entries back, and stores little for one more", async () => {
  await using folder = await tempFolder("e2e");
  const [from, to] = [`${folder.path}/from`, `${folder.path}/to`];
  const varve = new VarveProgram(`${folder.path}/home`, { VARVE_REPOSITORY: `${folder.path}/repo` });
  buildFidelityTree(from, { superuser: false, largeDirectoryEntries: ENTRIES });
  await varve.succeed("init", "--no-password");
  const first = summaryOf(await varve.succeed("backup", from, "--json"));
  buildFidelityTree(`${from}/large/one more`, { superuser: false, largeDirectoryEntries: 0 });
  const second = summaryOf(await varve.succeed("backup", from, "--json"));
  assert.ok(Number(second["stored_bytes"]) < Number(first["stored_bytes"]) / 5, `${String(second["stored_bytes"])} of ${String(first["stored_bytes"])} bytes were stored again`);
  await varve.succeed("restore", "latest", "--to", to);
  assert.equal(readdirSync(`${to}/large`).length, ENTRIES + 1);
  assert.deepEqual(compareFacts(from, to), []);
});
