import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chownSync } from "node:fs";
import { after, describe, test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { compareByTools, compareFacts, missingTools } from "../support/compare-trees.ts";
import { removeLocally } from "../support/copy-local-tree.ts";
import { buildExtremeTree, buildFidelityTree } from "../support/fidelity-tree.ts";
import { MEMORY_PLACE, tempFolder } from "../support/temp.ts";
import { itemErrorsOf, summaryOf, VarveProgram } from "../support/varve-program.ts";

const NOBODY = 65_534;
const superuser = process.geteuid?.() === 0;

/** What the program keeps and stores needs no attributes; only the trees do. */
const kept = await tempFolder("e2e-home", MEMORY_PLACE);
after(() => kept.remove());

describe("varve backup and restore", () => {
  test("give a tree with everything in it back: other programs find no difference, nor do we to the nanosecond", async (context: TestContext) => {
    await using folder = await tempFolder("e2e");
    const [from, to] = [`${folder.path}/from`, `${folder.path}/to`];
    const varve = new VarveProgram(`${kept.path}/home`, { VARVE_REPOSITORY: `${kept.path}/repo`, VARVE_PASSWORD: "correct horse" });
    buildFidelityTree(from, { superuser, largeDirectoryEntries: 3000 });
    await varve.succeed("init");
    await varve.succeed("backup", from);
    const restored = await varve.succeed("restore", "latest", "--to", to, "--verify", "--json");
    assert.deepEqual(itemErrorsOf(restored), []);
    assert.equal(summaryOf(restored)["files_verified"], summaryOf(restored)["files_restored"]);
    assert.deepEqual(compareFacts(from, to), []);
    const missing = await missingTools();
    if (missing.length > 0) context.diagnostic(`not compared by ${missing.join(", ")}: not installed`);
    else assert.deepEqual(await compareByTools(from, to), []);
    await varve.succeed("check", "--read-data");
    // What came back is the same source to a backup: nothing in it is new.
    await varve.succeed("backup", to);
    const again = summaryOf(await varve.succeed("backup", to, "--json"));
    assert.deepEqual([again["files_new"], again["files_changed"], again["read_bytes"]], [0, 0, 0]);
  });

  test("give paths of 12,000 bytes and a sparse file beyond 4 GiB back", async () => {
    await using folder = await tempFolder("e2e");
    const [from, to] = [`${folder.path}/from`, `${folder.path}/to`];
    const varve = new VarveProgram(`${kept.path}/home`, { VARVE_REPOSITORY: `${kept.path}/repo-of-extremes` });
    buildExtremeTree(from, 12_000);
    await varve.succeed("init", "--no-password");
    await varve.succeed("backup", from);
    await varve.succeed("restore", "latest", "--to", to, "--verify");
    assert.deepEqual(compareFacts(from, to), []);
    await removeLocally(folder.path, "from", "to");
  });

  test("do the same for a plain user", { skip: !superuser && "this is a plain user: see the first test" }, async () => {
    await using folder = await tempFolder("e2e");
    chownSync(folder.path, NOBODY, NOBODY);
    const script = fileURLToPath(new URL("../support/plain-user-e2e.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder.path], { uid: NOBODY, gid: NOBODY, cwd: "/" });
    assert.deepEqual(JSON.parse(stdout), { items: [], facts: [], tools: [] });
  });
});
