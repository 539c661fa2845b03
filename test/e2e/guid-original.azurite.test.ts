import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startAzurite } from "../support/azurite.ts";
import type { Azurite } from "../support/azurite.ts";
import { blobNames, guidScene, guidsByPath } from "../support/guid-e2e.ts";
import type { GuidScene } from "../support/guid-e2e.ts";
import { patternBytes } from "../support/object-store-suite.ts";
import { summaryOf } from "../support/varve-program.ts";

const ORIGINAL = fileURLToPath(new URL("../support/original-guid.py", import.meta.url));
/** Any Python with the package; `VARVE_TEST_PYTHON` names one that is not on PATH, such as that of a virtual environment. */
const PYTHON = process.env["VARVE_TEST_PYTHON"] ?? "python3";
const MIB = 2 ** 20;

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

const CONTENT: Readonly<Record<string, Uint8Array>> = {
  "a.txt": Buffer.from("small"),
  empty: new Uint8Array(0),
  "deep/ä 日本": patternBytes(100_000),
  // More than the original sends in one piece, so that it is stored without an MD5.
  large: patternBytes(70 * MIB),
};
const CACHED = ["cache/x", "cache/deep/y"];

function fill({ data }: GuidScene): void {
  for (const folder of ["deep", "cache/deep"]) mkdirSync(`${data}/${folder}`, { recursive: true });
  for (const [path, bytes] of Object.entries(CONTENT)) writeFileSync(`${data}/${path}`, bytes);
  for (const path of [...CACHED, "Thumbs.db"]) writeFileSync(`${data}/${path}`, path);
}

function original(scene: GuidScene, action: "index" | "save" | "restore"): void {
  const settings = {
    action,
    source_path: scene.data,
    guid_mapping_file: scene.mapping,
    skip_files: ["Thumbs.db"],
    skip_path: [`${scene.data}/cache`],
    restore_root: scene.out,
    max_workers: 8,
    container_name: scene.container,
  };
  const env = { PATH: process.env["PATH"], LANG: "C.UTF-8", AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
  execFileSync(PYTHON, [ORIGINAL, JSON.stringify(settings)], { env, stdio: ["ignore", "inherit", "inherit"] });
}

function hasPackage(context: TestContext): boolean {
  if (spawnSync(PYTHON, ["-c", "import azure.storage.blob"]).status === 0) return true;
  context.skip("no python3 with azure-storage-blob: pip install azure-storage-blob, or name one with VARVE_TEST_PYTHON");
  return false;
}

function everythingIsBack({ out, data }: GuidScene): void {
  for (const [path, bytes] of Object.entries(CONTENT)) assert.ok(readFileSync(`${out}${data}/${path}`).equals(bytes), path);
  for (const path of [...CACHED, "Thumbs.db"]) assert.ok(!existsSync(`${out}${data}/${path}`), path);
  assert.deepEqual(readdirSync(`${out}${data}/cache/deep`), []);
}

test("what the original indexed and saved is verified, saved again without sending what has an MD5, and restored here", async (context) => {
  if (!hasPackage(context)) return;
  await using scene = await guidScene(azurite);
  const { varve, where, client, out, data } = scene;
  fill(scene);
  await client.create();
  original(scene, "index");
  original(scene, "save");
  const skips = ["--skip-files", "Thumbs.db", "--skip-path", `${data}/cache`];
  await varve.succeed("guid", "verify", ...where, ...skips);
  const restored = summaryOf(
    await varve.succeed("guid", "restore", ...where, ...skips.slice(0, 2), "--to", out, "--metrics-log", "none", "--json"),
  );
  assert.deepEqual(
    [restored["files_restored"], restored["placeholders"], restored["files_skipped"], restored["files_unchecked"]],
    [4, 2, 1, 1],
  );
  everythingIsBack(scene);
  const names = await blobNames(client);
  const saved = summaryOf(await varve.succeed("guid", "save", ...where, ...skips, "--json"));
  assert.deepEqual([saved["files_uploaded"], saved["files_unchanged"], saved["placeholders_made"]], [1, 3, 0]);
  assert.deepEqual(await blobNames(client), names);
});

test("what was indexed and saved here is restored by the original", async (context) => {
  if (!hasPackage(context)) return;
  await using scene = await guidScene(azurite);
  const { varve, where, data, mapping } = scene;
  fill(scene);
  await varve.succeed("guid", "index", data, "--mapping", mapping, "--quiet");
  await varve.succeed("guid", "save", ...where, "--create-container", "--skip-files", "Thumbs.db", "--skip-path", `${data}/cache`);
  // The original makes folders for entries without a blob too; what it was not given it cannot bring.
  original(scene, "restore");
  everythingIsBack(scene);
});

test("a mapping and blobs laid out by hand as the original lays them out are restored: any spelling of GUIDs, Windows paths, half surrogates", async () => {
  await using scene = await guidScene(azurite);
  const { varve, where, mapping, client, out } = scene;
  await client.create();
  const server = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
  // What Python writes for a name whose bytes are not UTF-8.
  const text = `{
    "${server}-1": "/srv/data/plain.txt",
    "${server}_2": "/srv/data/\\udce4.txt",
    "${server}/3": "D:\\\\data\\\\sub\\\\windows.txt",
    "{${server}}": "/srv/data/cache/gone.bin",
    "f47ac10b58cc4372a5670e02b2c3d479": "/srv/data/blocks.bin"
}`;
  writeFileSync(mapping, text);
  for (const name of [`${server}-1`, `${server}_2`, `${server}/3`]) await client.getBlockBlobClient(name).upload(name, name.length);
  await client.getBlockBlobClient(`{${server}}/`).upload("", 0);
  const blocks = client.getBlockBlobClient("f47ac10b58cc4372a5670e02b2c3d479");
  const id = Buffer.from("block-1").toString("base64");
  await blocks.stageBlock(id, Buffer.alloc(1000, "b"), 1000);
  await blocks.commitBlockList([id]);
  const run = await varve.succeed("guid", "restore", ...where, "--to", out, "--metrics-log", "none", "--json");
  const summary = summaryOf(run);
  assert.deepEqual([summary["files_restored"], summary["placeholders"], summary["issues"]], [4, 1, 0]);
  const read = (path: string | Buffer): string => readFileSync(path, "utf8");
  assert.equal(read(`${out}/srv/data/plain.txt`), `${server}-1`);
  assert.equal(read(Buffer.concat([Buffer.from(`${out}/srv/data/`), Buffer.from([0xe4]), Buffer.from(".txt")])), `${server}_2`);
  assert.equal(read(`${out}/D/data/sub/windows.txt`), `${server}/3`);
  assert.equal(read(`${out}/srv/data/blocks.bin`), "b".repeat(1000));
  assert.deepEqual(readdirSync(`${out}/srv/data/cache`), []);
  assert.equal(guidsByPath(mapping).size, 5);
});
