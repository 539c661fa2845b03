import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { appendFileSync } from "node:fs";
import { compareFacts } from "../support/compare-trees.ts";
import { startAzurite } from "../support/azurite.ts";
import { buildFidelityTree } from "../support/fidelity-tree.ts";
import { makeSas } from "../support/sas.ts";
import { tempFolder } from "../support/temp.ts";
import { itemErrorsOf, type ProgramRun, showsStack, summaryOf, VarveProgram } from "../support/varve-program.ts";

const azurite = await startAzurite();
const folder = await tempFolder("azurite-e2e");
after(async () => {
  await azurite.stop();
  await folder.remove();
});

const superuser = process.geteuid?.() === 0;
const PASSWORD = { VARVE_PASSWORD: "correct horse" };

function program(settings: Readonly<Record<string, string>>): VarveProgram {
  return new VarveProgram(`${folder.path}/home`, { ...PASSWORD, ...settings });
}

/** Ends with this code, in words and without a stack. */
function assertFails(run: ProgramRun, code: number, error: RegExp): void {
  assert.deepEqual([run.code, showsStack(run.stderr)], [code, false], run.stderr);
  assert.match(run.stderr, error);
}

describe("varve with a repository in Azure Blob Storage", () => {
  const varve = program({ AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString, VARVE_REPOSITORY: "azure:backup:/nested/place" });
  const source = `${folder.path}/source`;

  test("saves, finds nothing new, saves a change, restores and checks", async () => {
    buildFidelityTree(source, { superuser, largeDirectoryEntries: 100 });
    await varve.succeed("init");
    const first = summaryOf(await varve.succeed("backup", source, "--json"));
    assert.ok(Number(first["stored_bytes"]) > 1_000_000);
    const second = summaryOf(await varve.succeed("backup", source, "--json"));
    assert.deepEqual([second["files_new"], second["files_changed"], second["read_bytes"]], [0, 0, 0]);
    appendFileSync(`${source}/contents/one byte`, "y");
    const third = summaryOf(await varve.succeed("backup", source, "--json"));
    assert.deepEqual([third["files_changed"], third["read_bytes"]], [1, 2]);
    const restored = await varve.succeed("restore", "latest", "--to", `${folder.path}/target`, "--verify", "--json");
    assert.deepEqual(itemErrorsOf(restored), []);
    assert.deepEqual(compareFacts(source, `${folder.path}/target`), []);
    await varve.succeed("check", "--read-data");
    const { stdout } = await varve.succeed("snapshots", "--json");
    assert.equal(stdout.match(/"kind":"snapshot"/g)?.length, 3);
  });

  test("takes a SAS that may create but not delete", async () => {
    const sas = await makeSas(azurite, "backup", "rcl");
    const limited = program({ AZURE_STORAGE_SAS_TOKEN: sas, VARVE_REPOSITORY: `${azurite.serviceUrl}/backup/nested/place` });
    appendFileSync(`${source}/contents/one byte`, "z");
    await limited.succeed("backup", source);
    await limited.succeed("check");
  });

  test("ends with the code of what is wrong: no container, no repository, no permission, no server, another password", async () => {
    const key = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    assertFails(await program({ ...key, VARVE_REPOSITORY: "azure:nothing:/here" }).run("snapshots"), 10, /E_REPO_NOT_FOUND/);
    assertFails(await program({ ...key, VARVE_REPOSITORY: "azure:backup:/elsewhere" }).run("snapshots"), 10, /E_REPO_NOT_FOUND/);
    assertFails(await varve.with({ VARVE_PASSWORD: "another" }).run("snapshots"), 12, /E_PASSWORD/);
    const wrong = azurite.connectionString.replace(azurite.key, Buffer.alloc(64, 1).toString("base64"));
    assertFails(await varve.with({ AZURE_STORAGE_CONNECTION_STRING: wrong }).run("snapshots"), 13, /E_STORE_DENIED/);
    const sas = await makeSas(azurite, "backup", "rl");
    const reader = program({ AZURE_STORAGE_SAS_TOKEN: sas, VARVE_REPOSITORY: `${azurite.serviceUrl}/backup/nested/place` });
    await reader.succeed("ls", "latest");
    assertFails(await reader.run("backup", source), 13, /E_STORE_DENIED/);
    assertFails(await varve.run("init"), 1, /E_REPO_EXISTS/);
  });
});
