import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RequestEntry } from "../src/log/request-entry.ts";
import { startEmulatorProcess } from "./support/emulator-process.ts";
import { tempFolder } from "./support/temp-folder.ts";

const PROGRAM = fileURLToPath(new URL("../bin/azure-files-emulator", import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. */
function run(program: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
  });
}

test("the program prints help and version, also through a symbolic link", async () => {
  await using folder = await tempFolder();
  const alias = join(folder.path, "files");
  await symlink(PROGRAM, alias);
  const help = await run(alias, "--help");
  assert.match(help.stdout, /^azure-files-emulator --location DIR/);
  assert.equal(help.code, 0);
  assert.match((await run(PROGRAM, "--version")).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("the program says in three lines what is wrong with its command line or its surroundings", async () => {
  await using folder = await tempFolder();
  await using running = await startEmulatorProcess("--location", join(folder.path, "a"));
  const file = join(folder.path, "file");
  await writeFile(file, "");
  const { port } = new URL(running.url);
  const cases: readonly (readonly [code: number, message: RegExp, args: readonly string[]])[] = [
    [2, /nothing to serve/, []],
    [2, /there is no field nope/, ["--synthetic", "nope=1"]],
    [2, /share A_B cannot be made/, ["--silent", "--location", join(folder.path, "b"), "--port", "0", "--share", "A_B"]],
    [1, /another program listens/, ["--location", join(folder.path, "c"), "--port", port]],
    [1, /cannot serve/, ["--location", join(file, "d"), "--port", "0"]],
    [1, /cannot serve/, ["--location", join(folder.path, "e"), "--port", "0", "--log", join(file, "log")]],
  ];
  for (const [code, message, args] of cases) {
    const ended = await run(PROGRAM, ...args);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, message);
    assert.match(ended.stderr, /^azure-files-emulator: .+\nwhy: {3}.+\nhint: {2}.+\n$/);
    assert.equal(ended.stdout, "");
  }
});

test("the program ends cleanly when it is told to, and what it was given is there after a restart", async () => {
  await using folder = await tempFolder();
  const args = ["--location", join(folder.path, "store"), "--share", "data"];
  const first = await startEmulatorProcess(...args);
  const file = first.service.getShareClient("data").rootDirectoryClient.getFileClient("kept.txt");
  await file.create(5);
  await file.uploadRange("hello", 0, 5);
  const { code, output } = await first.stop();
  assert.equal(code, 0);
  assert.match(output, /PUT 201 PutRange \/devstoreaccount1\/data\/kept\.txt\?comp=range \d+ ms/);
  await using second = await startEmulatorProcess(...args);
  const again = second.service.getShareClient("data").rootDirectoryClient.getFileClient("kept.txt");
  assert.equal((await again.downloadToBuffer()).toString(), "hello");
});

test("the program logs every request to a file, without signatures, and stays silent when asked", async () => {
  await using folder = await tempFolder();
  const log = join(folder.path, "requests.ndjson");
  const emulator = await startEmulatorProcess("--location", join(folder.path, "store"), "--share", "data", "--silent", "--log", log);
  const sas = emulator.sas();
  await fetch(`${emulator.url}/data?restype=share&${sas}`, { headers: { "x-ms-version": "2025-05-05" } });
  const { output } = await emulator.stop();
  assert.equal(output, `azure-files-emulator listens on ${emulator.url}\n`);
  const text = await readFile(log, "utf8");
  const entries = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RequestEntry);
  assert.deepEqual(
    entries.map(({ operation, status, caller }) => [operation, status, caller]),
    [
      ["CreateShare", 201, "sharedKey"],
      ["GetShareProperties", 200, "accountSas"],
    ],
  );
  assert.ok(!text.includes(encodeURIComponent(new URLSearchParams(sas).get("sig") ?? "-")), "no signature");
  assert.ok(text.includes("sig=***"));
});

test("the program opens handles as an SMB client would, when it is told to", async () => {
  await using folder = await tempFolder();
  await using emulator = await startEmulatorProcess("--location", join(folder.path, "store"), "--share", "data", "--silent");
  const file = emulator.service.getShareClient("data").rootDirectoryClient.getFileClient("open.txt");
  await file.create(5);
  await emulator.control("POST", "handles", { share: "data", path: "open.txt", denyRead: true });
  await assert.rejects(file.downloadToBuffer(0, 5), { code: "SharingViolation" });
  await emulator.control("DELETE", "handles");
  await emulator.control("POST", "handles", { share: "data", path: "open.txt", deletePending: true });
  await assert.rejects(file.downloadToBuffer(0, 5), { code: "DeletePending" });
  await emulator.control("DELETE", "handles");
  assert.equal(await file.exists(), false);
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ share: "none", path: "x" }, /ShareNotFound/],
    [{ share: "data", path: "x" }, /nothing lies at data/],
    [{ share: "data", path: "", denyAll: true }, /handle has no field denyAll/],
    [{ share: "data", path: "", lock: { offset: -1 } }, /handle\.lock\.offset takes a number from 0/],
  ];
  for (const [body, message] of wrong) await assert.rejects(emulator.control("POST", "handles", body), message);
});

test("the program serves a synthetic share, and moves it on while a snapshot stays", async () => {
  await using emulator = await startEmulatorProcess("--synthetic", "files=10M,dirs=800k,share=huge,churn=0.5,flat=20", "--silent");
  const share = emulator.service.getShareClient("huge");
  const list = async (client: typeof share): Promise<readonly string[]> => {
    const names: string[] = [];
    const folder = client.getDirectoryClient((await firstFolder(client)) ?? "");
    for await (const { name } of folder.listFilesAndDirectories({ includeExtendedInfo: true, includeTimestamps: true })) names.push(name);
    return names;
  };
  const before = await list(share);
  assert.ok(before.length >= 20);
  const { snapshot = "" } = await share.createSnapshot();
  assert.deepEqual(await emulator.control("PUT", "synthetic", { generation: 2 }), { generation: 2 });
  assert.notDeepEqual(await list(share), before);
  assert.deepEqual(await list(share.withSnapshot(snapshot)), before);
  await assert.rejects(emulator.control("PUT", "synthetic", { generation: -1 }), /takes a number from 0/);
  await assert.rejects(share.getDirectoryClient("new").create(), { code: "NotImplemented" });
});

async function firstFolder(share: {
  rootDirectoryClient: { listFilesAndDirectories(): AsyncIterable<{ kind: string; name: string }> };
}): Promise<string | undefined> {
  for await (const { kind, name } of share.rootDirectoryClient.listFilesAndDirectories()) if (kind === "directory") return name;
  return undefined;
}
