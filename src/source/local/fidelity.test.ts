import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chownSync, readdirSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { copyTreeLocally, removeLocally } from "../../../test/support/copy-local-tree.ts";
import { compareByTools, compareFacts, missingTools } from "../../../test/support/compare-trees.ts";
import { buildExtremeTree, buildFidelityTree } from "../../../test/support/fidelity-tree.ts";
import { tempFolder } from "../../../test/support/temp.ts";

const NOBODY = 65_534;
const superuser = process.geteuid?.() === 0;

test("a tree with everything in it comes back equal to the nanosecond", async () => {
  await using folder = await tempFolder("fidelity");
  buildFidelityTree(`${folder.path}/from`, { superuser, largeDirectoryEntries: 200 });
  const errors = await copyTreeLocally(`${folder.path}/from`, `${folder.path}/to`, { privileged: superuser });
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
  );
  assert.deepEqual(compareFacts(`${folder.path}/from`, `${folder.path}/to`), []);
});

test("rsync, getfacl and getfattr find no difference in a copied tree", async (context: TestContext) => {
  const missing = await missingTools();
  if (missing.length > 0) return context.skip(`not installed: ${missing.join(", ")}`);
  await using folder = await tempFolder("fidelity");
  buildFidelityTree(`${folder.path}/from`, { superuser, largeDirectoryEntries: 20 });
  await copyTreeLocally(`${folder.path}/from`, `${folder.path}/to`, { privileged: superuser });
  assert.deepEqual(await compareByTools(`${folder.path}/from`, `${folder.path}/to`), []);
});

test("a path of 12,000 bytes and a sparse file beyond 4 GiB come back equal", async () => {
  await using folder = await tempFolder("fidelity");
  buildExtremeTree(`${folder.path}/from`, 12_000);
  assert.deepEqual(await copyTreeLocally(`${folder.path}/from`, `${folder.path}/to`, { privileged: superuser }), []);
  assert.deepEqual(compareFacts(`${folder.path}/from`, `${folder.path}/to`), []);
  // No other program removes such a path.
  await removeLocally(folder.path, "from", "to");
  assert.deepEqual(readdirSync(folder.path), []);
});

test("a plain user's tree comes back equal, set-user-id bits aside", { skip: !superuser && "runs as a plain user anyway" }, async () => {
  await using folder = await tempFolder("fidelity");
  chownSync(folder.path, NOBODY, NOBODY);
  const script = fileURLToPath(import.meta.resolve("../../../test/support/plain-user-fidelity.ts"));
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [script, folder.path], { uid: NOBODY, gid: NOBODY, cwd: "/" }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
  assert.deepEqual(JSON.parse(output), { errors: [], facts: [], tools: [] });
});
