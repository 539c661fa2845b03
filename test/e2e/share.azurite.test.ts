import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { decodeScanResult } from "../../src/format/scan-result.ts";
import { seededRandom } from "../../src/shared/random.ts";
import { startAzurite } from "../support/azurite.ts";
import { contentOf } from "../support/backup-fixture.ts";
import { emulatedShare, faults } from "../support/emulated-share.ts";
import { differencesOf, factsOfShare } from "../support/share-facts.ts";
import { shareSas } from "../support/share-sas.ts";
import { directoryIn, fileIn, fillShare, putFile } from "../support/share-tree.ts";
import { MEMORY_PLACE, tempFolder } from "../support/temp.ts";
import { eventsOf, summaryOf, VarveProgram } from "../support/varve-program.ts";

// The main job by the program itself: a churning share into Azurite, twice, and back.

const azurite = await startAzurite();
const folder = await tempFolder("share-e2e", MEMORY_PLACE);
after(async () => {
  await azurite.stop();
  await folder.remove();
});

const SDDL = "O:S-1-5-21-1-2-3-1001G:S-1-5-21-1-2-3-513D:(A;;FA;;;S-1-5-21-1-2-3-1001)";

test("a churning share is saved twice into a container and comes back exactly, into a share and into a folder", async () => {
  await using shared = await emulatedShare();
  const { share, emulator } = shared;
  const secretFile = `${folder.path}/sas`;
  const sas = shareSas(emulator, "rcwdl");
  writeFileSync(secretFile, `${sas}\n`);
  const varve = new VarveProgram(`${folder.path}/home`, {
    VARVE_REPOSITORY: "azure:shares:/one",
    VARVE_PASSWORD: "correct horse",
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    VARVE_SOURCE_ENDPOINT: emulator.url,
    VARVE_SOURCE_SAS_TOKEN_FILE: secretFile,
  });
  const source = "azfiles://devstoreaccount1/projects";
  const large = seededRandom(1).bytes(20_000_000);
  await fillShare(share, {
    "a/one.txt": "one",
    "a/b/two.txt": "two",
    "moved.txt": "moved",
    "gone.txt": "gone",
    "empty/": "",
    "large.bin": large,
  });
  const { filePermissionKey } = await share.createPermission(SDDL);
  await putFile(share, "a/described.txt", {
    content: "described",
    filePermissionKey: filePermissionKey ?? "",
    metadata: { owner: "ann" },
    creationTime: "2001-02-03T04:05:06.1234567Z" as never,
    lastWriteTime: "2011-02-03T04:05:06.7654321Z" as never,
  });
  await varve.succeed("init");
  const first = summaryOf(await varve.succeed("backup", source, "--json"));
  assert.equal(first["files_new"], 6);

  large.set(seededRandom(2).bytes(5000), 7_000_000);
  await fileIn(share, "large.bin").uploadRange(Buffer.from(large.subarray(7_000_000, 7_005_000)), 7_000_000, 5000);
  await fileIn(share, "moved.txt").rename("a/b/moved.txt");
  await fileIn(share, "gone.txt").delete();
  await directoryIn(share, "a").rename("renamed");
  await fillShare(share, { "new/file.txt": "new" });
  const second = summaryOf(await varve.succeed("backup", source, "--json"));
  assert.deepEqual(
    [second["files_new"], second["files_changed"], second["files_moved"], second["files_removed"], second["files_unmodified"]],
    [1, 1, 1, 1, 3],
  );
  assert.ok(Number(second["read_bytes"]) < 20_000, `${String(second["read_bytes"])} bytes were read`);

  const before = await factsOfShare(share);
  const restored = await varve.succeed("restore", "latest", "--to", "azfiles://devstoreaccount1/restored", "--verify", "--json");
  assert.equal(summaryOf(restored)["files_verified"], 6);
  assert.deepEqual(differencesOf(before, await factsOfShare(shared.service.getShareClient("restored"))), []);
  const down = await varve.succeed("restore", "latest", "--to", "down");
  assert.match(down.stderr, /security descriptor/);
  const content = contentOf(`${folder.path}/home/down`);
  assert.equal(content["renamed/b/moved.txt"], "moved");
  assert.equal(content["large.bin"], Buffer.from(large).toString("latin1"));

  const scanned = await varve.succeed("scan", source, "--json", "-o", "scan-result");
  assert.equal(summaryOf(scanned)["files"], 6);
  assert.equal(decodeScanResult(new Uint8Array(readFileSync(`${folder.path}/home/scan-result`))).added, 10);
  for (const run of [restored, down, scanned]) assert.ok(!`${run.stdout}${run.stderr}`.includes("sig="));
});

test("a refused credential ends with 13 and names what is missing, and shows no secret", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { "a.txt": "a" });
  const sas = shareSas(shared.emulator, "rcwd");
  const varve = new VarveProgram(`${folder.path}/denied`, {
    VARVE_REPOSITORY: "azure:shares:/denied",
    VARVE_PASSWORD: "correct horse",
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    VARVE_SOURCE_ENDPOINT: shared.emulator.url,
    VARVE_SOURCE_SAS_TOKEN: sas,
  });
  await varve.succeed("init");
  const signature = new URLSearchParams(sas).get("sig") ?? "";
  for (const args of [["--debug", "-v"], ["--json"]]) {
    const run = await varve.run("backup", "azfiles://devstoreaccount1/projects", ...args);
    assert.equal(run.code, 13, run.stderr);
    const said = run.stdout + run.stderr;
    assert.match(said, /list \(l\)/);
    for (const secret of [signature, encodeURIComponent(signature), shared.emulator.key])
      assert.ok(!said.includes(secret), "no secret is shown");
  }
  const last = eventsOf(await varve.run("backup", "azfiles://devstoreaccount1/missing", "--json")).at(-1);
  assert.equal(last?.["code"], "E_SOURCE_MISSING");
});

test("a backup that is killed leaves a share snapshot that the next one deletes, and nothing that passes for a backup", async () => {
  let laterMs = 0;
  await using shared = await emulatedShare({ nowMs: () => Date.now() + laterMs });
  await fillShare(shared.share, { "a.txt": "a", "b.txt": "b" });
  const snapshots = async (): Promise<number> => {
    let count = 0;
    for await (const item of shared.service.listShares({ includeSnapshots: true })) if (item.snapshot !== undefined) count += 1;
    return count;
  };
  const varve = new VarveProgram(`${folder.path}/killed`, {
    VARVE_REPOSITORY: "azure:shares:/killed",
    VARVE_PASSWORD: "correct horse",
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    ...shared.env,
  });
  await varve.succeed("init");
  const latency = { operations: ["GetFile" as const], rate: 1, timesMax: undefined, msMin: 300_000, msMax: 300_000 };
  shared.emulator.faults.set(faults({ latency }));
  const running = varve.start("backup", "azfiles://devstoreaccount1/projects");
  while ((await snapshots()) === 0) await pause(50);
  running.child.kill("SIGKILL");
  assert.equal((await running.ended).signal, "SIGKILL");
  shared.emulator.faults.set(faults({}));
  assert.equal(await snapshots(), 1);
  // The lease of the killed run has to run out: until then it could be alive.
  laterMs = 60_000;
  const { stdout } = await varve.succeed("backup", "azfiles://devstoreaccount1/projects", "--json");
  assert.equal(summaryOf({ stdout, stderr: "" })["files_new"], 2);
  assert.equal(await snapshots(), 1);
  const listed = eventsOf(await varve.succeed("snapshots", "--json")).filter((event) => event["kind"] === "snapshot");
  assert.equal(listed.length, 1);
});
