import assert from "node:assert/strict";
import { lstat, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ShareSASPermissions, type ShareDirectoryClient, type TimeNowType } from "@azure/storage-file-share";
import { prepareAzCopy, type AzCopy } from "./support/azcopy.ts";
import { startEmulatorProcess, type EmulatorProcess } from "./support/emulator-process.ts";
import { addLinks, describeTree, fileTimes, makeTree } from "./support/local-tree.ts";
import { tempFolder } from "./support/temp-folder.ts";

const ALL = ShareSASPermissions.parse("rcwdl");

interface Scene {
  readonly azcopy: AzCopy;
  readonly emulator: EmulatorProcess;
  readonly source: string;
  readonly target: string;
}

/** A tree, an emulator with an empty share `data`, and AzCopy; skips the test where AzCopy cannot run. */
async function withScene(context: TestContext, body: (scene: Scene) => Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  const azcopy = await prepareAzCopy(folder.path);
  if (typeof azcopy === "string") {
    context.skip(azcopy);
    return;
  }
  const [source, target] = [join(folder.path, "source"), join(folder.path, "target")];
  for (const one of [source, target]) await mkdir(one);
  await makeTree(source);
  await using emulator = await startEmulatorProcess("--location", join(folder.path, "store"), "--share", "data");
  await body({ azcopy, emulator, source, target });
}

test("AzCopy copies a tree into a share and back, and finds its MD5 sums right", async (context) => {
  await withScene(context, async ({ azcopy, emulator, source, target }) => {
    const { url } = emulator;
    await azcopy.copy(`${source}/*`, `${url}/data?${emulator.sas()}`, ["--from-to", "LocalFile", "--preserve-info=false", "--put-md5"]);
    await azcopy.copy(`${url}/data/*?${emulator.sas("rl")}`, target, ["--from-to", "FileLocal", "--check-md5", "FailIfDifferentOrMissing"]);
    assert.deepEqual(await describeTree(target), await describeTree(source));
    const { operations } = await emulator.counters();
    assert.equal(operations["CreateFile"]?.statuses["201"], 8);
    assert.ok((operations["GetFile"]?.bytesOut ?? 0) > 13 * 1024 * 1024);
  });
});

test("AzCopy takes over write times that a share holds, to 100 ns", async (context) => {
  await withScene(context, async ({ azcopy, emulator, source, target }) => {
    const { url, service } = emulator;
    await azcopy.copy(`${source}/*`, `${url}/data?${emulator.sas()}`, ["--from-to", "LocalFile", "--preserve-info=false"]);
    await setWriteTime(service.getShareClient("data").rootDirectoryClient, "one.txt", "2019-08-07T06:05:04.1234567Z");
    await azcopy.copy(`${url}/data/*?${emulator.sas("rl")}`, target, ["--from-to", "FileLocal", "--preserve-info=true"]);
    const { mtimeNs } = await lstat(join(target, "one.txt"), { bigint: true });
    assert.equal(mtimeNs, BigInt(Date.parse("2019-08-07T06:05:04Z")) * 1_000_000n + 123_456_700n);
  });
});

/** The SDK passes a text of seven decimals through; its types know dates alone. */
async function setWriteTime(root: ShareDirectoryClient, name: string, time: string): Promise<void> {
  await root.getFileClient(name).setProperties({ lastWriteTime: time as TimeNowType });
}

test("AzCopy copies a tree with links, modes and times into an NFS share and back", async (context) => {
  await withScene(context, async ({ azcopy, emulator, source, target }) => {
    await addLinks(source);
    await emulator.service.createShare("nfs", { protocols: { nfsEnabled: true } });
    const [url, sas] = [`${emulator.url}/nfs`, emulator.sas()];
    const options = ["--preserve-info=true", "--preserve-permissions=true", "--preserve-symlinks"];
    await azcopy.copy(`${source}/*`, `${url}?${sas}`, ["--from-to", "LocalFileNFS", ...options]);
    await azcopy.copy(`${url}/*?${sas}`, target, ["--from-to", "FileNFSLocal", ...options]);
    assert.deepEqual(await describeTree(target), await describeTree(source));
    // AzCopy itself cuts the times it writes to microseconds.
    assert.deepEqual(await fileTimes(target, 1000n), await fileTimes(source, 1000n));
    for (const name of ["one.txt", "docs"]) assert.equal((await lstat(join(target, name))).mode, (await lstat(join(source, name))).mode);
  });
});

test("AzCopy copies from share to share on the server, syncs what changed and removes, by signatures of single shares", async (context) => {
  await withScene(context, async ({ azcopy, emulator, source, target }) => {
    const [data, copied] = ["data", "copied"].map((name) => emulator.service.getShareClient(name));
    assert.ok(data !== undefined && copied !== undefined);
    await copied.create();
    const [from, to] = [data, copied].map((share) =>
      share.generateSasUrl({ permissions: ALL, expiresOn: new Date(Date.now() + 3_600_000) }),
    );
    assert.ok(from !== undefined && to !== undefined);
    await azcopy.copy(`${source}/*`, from, ["--from-to", "LocalFile", "--preserve-info=false"]);
    await azcopy.copy(from.replace("?", "/*?"), to, ["--from-to", "FileFile"]);
    assert.ok(((await emulator.counters()).operations["PutRangeFromUrl"]?.statuses["201"] ?? 0) > 0, "the server fetched by itself");
    await writeFile(join(source, "fresh.txt"), "fresh");
    const { output } = await azcopy.run("sync", [source, to, "--from-to", "LocalFile", "--preserve-info=false"]);
    assert.match(output, /Number of Copy Transfers Completed: 1\b/);
    await azcopy.copy(to.replace("?", "/*?"), target, ["--from-to", "FileLocal"]);
    assert.deepEqual(await describeTree(target), await describeTree(source));
    await azcopy.run("remove", [to.replace("?", "/docs?"), "--from-to", "FileTrash"]);
    assert.equal(await copied.getDirectoryClient("docs").exists(), false);
    assert.equal(await copied.getDirectoryClient("big").exists(), true);
  });
});

test("AzCopy finishes although every tenth request is refused and bodies break off", async (context) => {
  await withScene(context, async ({ azcopy, emulator, source, target }) => {
    await azcopy.copy(`${source}/*`, `${emulator.url}/data?${emulator.sas()}`, ["--from-to", "LocalFile", "--preserve-info=false"]);
    await emulator.control("PUT", "faults", {
      seed: 5,
      errors: [{ rate: 0.1 }],
      cuts: [{ kind: "reset", operations: ["GetFile"], timesMax: 2 }],
    });
    await azcopy.copy(`${emulator.url}/data/*?${emulator.sas("rl")}`, target, ["--from-to", "FileLocal"]);
    assert.deepEqual(await describeTree(target), await describeTree(source));
    const { total } = await emulator.counters();
    assert.ok((total.errors["ServerBusy"] ?? 0) > 0, "requests were refused");
  });
});

test("AzCopy is refused by a signature that may not write", async (context) => {
  await withScene(context, async ({ azcopy, emulator, source }) => {
    const to = `${emulator.url}/data?${emulator.sas("rl")}`;
    await assert.rejects(
      azcopy.copy(`${source}/*`, to, ["--from-to", "LocalFile", "--preserve-info=false"]),
      /azcopy (failed|did not complete)/,
    );
    const { total } = await emulator.counters();
    assert.ok((total.errors["AuthorizationPermissionMismatch"] ?? 0) > 0);
  });
});
