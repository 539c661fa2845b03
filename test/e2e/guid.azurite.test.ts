import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { startAzurite } from "../support/azurite.ts";
import type { Azurite } from "../support/azurite.ts";
import { blobNames, guidScene, guidsByPath } from "../support/guid-e2e.ts";
import type { GuidScene } from "../support/guid-e2e.ts";
import { patternBytes } from "../support/object-store-suite.ts";
import { onTinyFileSystem, remount } from "../support/tiny-file-system.ts";
import { eventsOf, itemErrorsOf, showsStack, summaryOf } from "../support/varve-program.ts";
import type { ProgramEvent, ProgramRun } from "../support/varve-program.ts";

const MIB = 2 ** 20;

let azurite: Azurite;
before(async () => {
  azurite = await startAzurite();
});
after(() => azurite.stop());

/** Some files, of which one goes in blocks. */
const CONTENT: Readonly<Record<string, Uint8Array>> = {
  "a.txt": Buffer.from("small"),
  empty: new Uint8Array(0),
  "deep/er/ä 日本.bin": patternBytes(70_000),
  "large.bin": patternBytes(20 * MIB + 7),
  "x.tmp": Buffer.from("temporary"),
  "cache/one": Buffer.from("cached"),
  "cache/deep/two": Buffer.from("cached as well"),
};

function fill(scene: GuidScene, content: Readonly<Record<string, Uint8Array>> = CONTENT): void {
  for (const [path, bytes] of Object.entries(content)) {
    const whole = `${scene.data}/${path}`;
    mkdirSync(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
    writeFileSync(whole, bytes, { mode: 0o640 });
    utimesSync(whole, 1_700_000_000, 1_700_000_000);
  }
}

const restored = (scene: GuidScene, path: string): string => `${scene.out}${scene.data}/${path}`;

/** Runs it with `--json` and returns the summary, whatever the exit code was. */
async function summarize(scene: GuidScene, code: number, ...args: readonly string[]): Promise<ProgramEvent> {
  const run = await scene.varve.run("guid", ...args, "--json");
  assert.equal(run.code, code, run.stdout + run.stderr);
  return summaryOf(run);
}

const facts = (summary: ProgramEvent, ...names: readonly string[]): readonly unknown[] => names.map((name) => summary[name]);

async function refused(run: Promise<ProgramRun>, code: number, words: RegExp): Promise<void> {
  const ended = await run;
  assert.equal(ended.code, code, ended.stderr);
  assert.match(ended.stderr, words);
  assert.ok(!showsStack(ended.stderr));
}

test("index, save and restore bring every file back: content, time, permissions, folders of placeholders", async () => {
  await using scene = await guidScene(azurite);
  const { varve, where, data, out, client, mapping } = scene;
  fill(scene);
  const indexed = await varve.succeed("guid", "index", data, "--mapping", mapping);
  const guids = guidsByPath(mapping);
  assert.equal(guids.size, 7);
  for (const [path, guid] of guids) assert.ok(indexed.stdout.includes(`${guid}: ${path}\n`));
  const skips = ["--skip-files", "*.tmp", "--skip-path", `${data}/cache`];
  const saved = await varve.succeed("guid", "save", ...where, "--create-container", ...skips);
  assert.match(
    saved.stdout,
    /^saved: 4 files uploaded, 0 unchanged, 1 skipped, 2 placeholders\ndata: .*\ntime: {2}\d+\.\d seconds \(\d+\.\d\d minutes\)\n$/,
  );
  const guidOf = (path: string): string => guids.get(`${data}/${path}`) ?? assert.fail(path);
  const contents = ["a.txt", "empty", "deep/er/ä 日本.bin", "large.bin"];
  assert.deepEqual(
    await blobNames(client),
    [...contents.map(guidOf), `${guidOf("cache/one")}/`, `${guidOf("cache/deep/two")}/`].toSorted(),
  );
  for (const path of contents) {
    const { contentMD5 } = await client.getBlobClient(guidOf(path)).getProperties();
    assert.equal(
      Buffer.from(contentMD5 ?? []).toString("hex"),
      createHash("md5")
        .update(CONTENT[path] ?? assert.fail())
        .digest("hex"),
    );
  }
  assert.equal((await client.getBlobClient(`${guidOf("cache/one")}/`).getProperties()).contentLength, 0);

  const log = `${scene.folder.path}/metrics.json`;
  const run = await varve.succeed("guid", "restore", ...where, "--to", out, "--metrics-log", log, ...skips.slice(0, 2));
  assert.match(run.stdout, /^restored {3}\S.* 20\.0 MiB$/m);
  assert.match(
    run.stdout,
    /restored: 4 files restored, 0 unchanged, 1 skipped, 2 placeholders\n.*\ntime: {5}\d+\.\d seconds \(\d+\.\d\d minutes\)\n$/,
  );
  for (const path of contents) {
    assert.ok(readFileSync(restored(scene, path)).equals(CONTENT[path] ?? assert.fail()), path);
    const { mode, mtimeMs } = statSync(restored(scene, path));
    assert.deepEqual([mode & 0o777, mtimeMs], [0o640, 1_700_000_000_000]);
  }
  assert.deepEqual([readdirSync(restored(scene, "cache/deep")), existsSync(restored(scene, "x.tmp"))], [[], false]);
  const { header, samples, summary } = JSON.parse(readFileSync(log, "utf8")) as Record<
    string,
    { command: string; length: number; ending: string }
  >;
  assert.deepEqual([header?.command, (samples?.length ?? 0) > 0, summary?.ending], ["varve guid restore", true, "done"]);
  assert.equal((await varve.run("guid", "verify", ...where, ...skips)).code, 0);
});

test("save sends each small file by one request, a rerun nothing, then only what changed, or all when forced", async () => {
  await using scene = await guidScene(azurite);
  const { where, data, varve, mapping } = scene;
  fill(scene, Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, patternBytes(1000 + index, index)])));
  await varve.succeed("guid", "index", data, "--mapping", mapping, "--quiet");
  const counts = ["files_uploaded", "files_unchanged", "bytes_read", "requests"] as const;
  const save = async (...more: readonly string[]): Promise<readonly unknown[]> =>
    facts(await summarize(scene, 0, "save", ...where, ...more), ...counts);
  const total = 30 * 1000 + (30 * 29) / 2;
  // One for the listing, and one for each file.
  assert.deepEqual(await save("--create-container"), [30, 0, total, 30 + 1]);
  // Files so young have to be read once more; afterwards their times are trusted.
  const [uploaded, unchanged, , requests] = await save();
  assert.deepEqual([uploaded, unchanged, requests], [0, 30, 1]);
  writeFileSync(`${data}/f3`, patternBytes(1003, 77));
  utimesSync(`${data}/f3`, 1_700_000_000, 1_700_000_000);
  writeFileSync(`${data}/f4`, "longer or shorter");
  rmSync(`${data}/f5`);
  const changed = await summarize(scene, 3, "save", ...where);
  assert.deepEqual(facts(changed, "files_uploaded", "files_unchanged", "files_missing", "issues", "requests"), [2, 27, 1, 1, 3]);
  assert.deepEqual(facts(await summarize(scene, 3, "save", ...where, "--no-cache"), "files_uploaded", "files_unchanged"), [0, 29]);
  assert.deepEqual(facts(await summarize(scene, 3, "save", ...where, "--force"), "files_uploaded", "requests"), [29, 30]);
});

test("restore leaves equal files alone, mends others, and keeps to the overwrite mode", async () => {
  await using scene = await guidScene(azurite);
  const { where, data, varve, mapping, out } = scene;
  fill(scene, { a: Buffer.from("aaaa"), b: Buffer.from("bbbb"), c: Buffer.from("cccc") });
  await varve.succeed("guid", "index", data, "--mapping", mapping, "--quiet");
  await varve.succeed("guid", "save", ...where, "--create-container");
  const restore = async (code: number, ...more: readonly string[]): Promise<readonly unknown[]> => {
    const summary = await summarize(scene, code, "restore", ...where, "--to", out, "--metrics-log", "none", ...more);
    return facts(summary, "files_restored", "files_unchanged", "files_skipped", "issues", "requests");
  };
  assert.deepEqual(await restore(0), [3, 0, 0, 0, 4]);
  writeFileSync(restored(scene, "b"), "BBBB");
  rmSync(restored(scene, "c"));
  assert.deepEqual(await restore(0, "--overwrite", "skip"), [1, 0, 2, 0, 2]);
  assert.equal(readFileSync(restored(scene, "b"), "utf8"), "BBBB");
  assert.deepEqual(await restore(3, "--overwrite", "fail"), [0, 0, 0, 3, 1]);
  assert.deepEqual(await restore(0), [1, 2, 0, 0, 2]);
  assert.equal(readFileSync(restored(scene, "b"), "utf8"), "bbbb");
  assert.deepEqual(await restore(0, "--overwrite", "always"), [3, 0, 0, 0, 4]);
});

test("a full disk fails the files that find no room, leaves no half of them, and the same restore goes on when there is room", async (context) => {
  await using scene = await guidScene(azurite);
  const { varve, where, data } = scene;
  fill(scene);
  await varve.succeed("guid", "index", data, "--mapping", scene.mapping);
  await varve.succeed("guid", "save", ...where, "--create-container");
  await onTinyFileSystem(context, 1024, async (path) => {
    const there = (): readonly string[] => readdirSync(`${path}${data}`, { recursive: true }).map(String).toSorted();
    const full = await varve.run("guid", "restore", ...where, "--to", path);
    assert.equal(full.code, 3, full.stderr);
    assert.match(full.stderr, /^problem: .*large\.bin: no space is left on the device \(ENOSPC\) \[E_TARGET_FULL\]$/m);
    assert.match(full.stderr, /run the same restore again: it continues/);
    assert.ok(!there().some((name) => name.includes("large")), there().join(" "));
    remount(path, "size=64m");
    const again = await summarize(scene, 0, "restore", ...where, "--to", path);
    assert.deepEqual(facts(again, "files_restored", "files_unchanged"), [1, 6]);
    for (const [name, bytes] of Object.entries(CONTENT)) assert.ok(readFileSync(`${path}${data}/${name}`).equals(bytes), name);
  });
});

test("verify names what is missing, extra, of another size, of another MD5, and with --read-data what is damaged", async () => {
  await using scene = await guidScene(azurite);
  const { where, data, varve, mapping, client } = scene;
  fill(scene, Object.fromEntries(["gone", "size", "content", "damaged", "fine"].map((name) => [name, Buffer.from(name.padEnd(10))])));
  await varve.succeed("guid", "index", data, "--mapping", mapping, "--quiet");
  await varve.succeed("guid", "save", ...where, "--create-container");
  const guidOf = (name: string): string => guidsByPath(mapping).get(`${data}/${name}`) ?? assert.fail();
  const put = async (name: string, text: string, md5Text = text): Promise<void> => {
    const blob = client.getBlockBlobClient(name);
    await blob.stageBlock(Buffer.from("0").toString("base64"), text, text.length);
    // The service keeps whatever MD5 it is told for a list of blocks.
    await blob.commitBlockList([Buffer.from("0").toString("base64")], {
      blobHTTPHeaders: { blobContentMD5: createHash("md5").update(md5Text).digest() },
    });
  };
  await client.getBlobClient(guidOf("gone")).delete();
  await put(guidOf("size"), "short");
  await put(guidOf("content"), "other text");
  await put(guidOf("damaged"), "rotten    ", "damaged   ");
  const extra = `${guidOf("fine").slice(0, 40)}-unknown`;
  await put(extra, "extra");
  const problems = async (...more: readonly string[]): Promise<readonly string[]> => {
    const run = await varve.run("guid", "verify", ...where, ...more, "--json");
    assert.equal(run.code, 4, run.stderr);
    const found = eventsOf(run).filter((event) => event["kind"] === "guid_finding");
    return found.map((event) => `${String(event["problem"])} ${String(event["name"])}`).toSorted();
  };
  const metadata = [`extra ${extra}`, `missing ${guidOf("gone")}`, `wrong-md5 ${guidOf("content")}`, `wrong-size ${guidOf("size")}`];
  assert.deepEqual(await problems(), metadata);
  assert.deepEqual(await problems("--read-data"), [`damaged ${guidOf("damaged")}`, ...metadata].toSorted());

  const run = await varve.run("guid", "restore", ...where, "--to", scene.out, "--metrics-log", "none", "--json");
  assert.equal(run.code, 3);
  assert.deepEqual(itemErrorsOf(run).toSorted(), [`${data}/damaged E_CORRUPT`, `${data}/gone E_OBJECT_NOT_FOUND`]);
  assert.deepEqual(readdirSync(`${scene.out}${data}`).toSorted(), ["content", "fine", "size"]);
  assert.deepEqual(facts(summaryOf(run), "files_restored", "blobs_missing", "issues"), [3, 1, 2]);
});

test("a hostile mapping writes nothing outside the root", async () => {
  await using scene = await guidScene(azurite);
  const { where, out, varve, mapping, client, folder } = scene;
  await client.create();
  const outside = `${folder.path}/outside`;
  mkdirSync(outside);
  mkdirSync(`${out}/trap`, { recursive: true });
  symlinkSync(outside, `${out}/link`);
  symlinkSync(`${outside}/new`, `${out}/trap/file`);
  const paths = {
    "8c-1": "/../../outside/a",
    "8c-2": "../outside/b",
    "8c-3": "/link/c",
    "8c-4": "C:\\..\\..\\outside\\d",
    "8c-5": "..\\outside\\e",
    "8c-6": `${outside}/f`,
    "8c-7": "/trap/file",
    "8c-8": "/a/./b//g",
    "8c-9": "C:\\Windows\\h",
    "8c-a": "/",
    "8c-b": `/${"x".repeat(300)}`,
  };
  writeFileSync(mapping, JSON.stringify(paths));
  for (const guid of Object.keys(paths)) await client.getBlockBlobClient(guid).upload(guid, guid.length);
  const run = await varve.run("guid", "restore", ...where, "--to", out, "--metrics-log", "none", "--overwrite", "always", "--json");
  assert.equal(run.code, 3);
  assert.deepEqual(readdirSync(outside), []);
  const refusedPaths = ["/", "/../../outside/a", "../outside/b", "C:\\..\\..\\outside\\d"];
  assert.deepEqual(
    itemErrorsOf(run).toSorted(),
    [...refusedPaths.map((path) => `${path} E_TARGET_UNSAFE`), "/link/c E_TARGET_EXISTS", `${paths["8c-b"]} E_TARGET`].toSorted(),
  );
  const text = (path: string): string => readFileSync(`${out}/${path}`, "utf8");
  assert.deepEqual(
    [text(`${outside}/f`), text("trap/file"), text("a/b/g"), text("C/Windows/h"), text("..\\outside\\e")],
    ["8c-6", "8c-7", "8c-8", "8c-9", "8c-5"],
  );
});

test("bad input is refused with its exit code and three parts, and nothing is made", async () => {
  await using scene = await guidScene(azurite);
  const { where, data, out, varve, mapping } = scene;
  const save = (...more: readonly string[]): Promise<ProgramRun> => varve.run("guid", "save", ...where, ...more);
  await refused(varve.run("guid", "index", `${data}/none`, "--mapping", mapping), 1, /\[E_SOURCE_MISSING\]/);
  await refused(varve.run("guid", "index", data, "--mapping", mapping), 1, /there are no files in .*\[E_SOURCE_MISSING\]/);
  await refused(save(), 2, /cannot read the mapping .*\[E_CONFIG\]/);
  for (const [text, words] of [
    ["no", /not JSON/],
    ["[]", /not an object/],
    ['{"a": 1}', /the value of "a" is not a text/],
    ['{"a": "/x", "a": "/y"}', /entries 1 and 2 have the same GUID: a/],
    ['{"a": "/x", "b": "/x"}', /entries 1 and 2 have the same path: \/x and \/x/],
  ] as const) {
    writeFileSync(mapping, text);
    await refused(save(), 2, words);
    await refused(varve.run("guid", "restore", ...where, "--to", out, "--metrics-log", "none"), 2, words);
  }
  assert.ok(!existsSync(out));
  fill(scene, { a: Buffer.from("a") });
  await varve.succeed("guid", "index", data, "--mapping", mapping);
  await refused(save(), 1, /container does not exist[\s\S]*--create-container/);
  const wrong = varve.with({
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString.replace(azurite.key, Buffer.from("wrong").toString("base64")),
  });
  await refused(wrong.run("guid", "save", ...where), 13, /\[E_STORE_DENIED\]/);
  await refused(varve.with({ AZURE_STORAGE_CONNECTION_STRING: "" }).run("guid", "save", ...where), 2, /which storage account/);
  await refused(varve.run("guid", "save", "--mapping", mapping), 2, /no container is named/);
  await refused(varve.run("guid", "save", "--mapping", mapping, "--container", "./folder"), 2, /is no blob container/);
});

test("settings come from the configuration, and a secret in a file that others can read is warned of", async () => {
  await using scene = await guidScene(azurite);
  const { varve, container, folder } = scene;
  fill(scene, { a: Buffer.from("a"), "b.tmp": Buffer.from("b"), "cache/c": Buffer.from("c") });
  const config = `${folder.path}/varve.yaml`;
  const text = `guid:
  source_path: data
  guid_mapping_file: map.json
  skip_files: ["*.tmp"]
  skip_path: cache
  restore_root: out
  max_workers: 3
  metrics_log_file: log.json
  container_name: ${container}
  connection_string: ${azurite.connectionString}
`;
  writeFileSync(config, text, { mode: 0o644 });
  const bare = varve.with({ AZURE_STORAGE_CONNECTION_STRING: "", VARVE_CONFIG: config });
  await bare.succeed("guid", "index");
  const saved = await bare.succeed("guid", "save", "--create-container");
  assert.match(saved.stdout, /1 file uploaded, 0 unchanged, 1 skipped, 1 placeholder/);
  assert.match(saved.stderr, /warning: .*varve\.yaml:10 holds a secret, and others can read the file/);
  assert.ok(!saved.stderr.includes(azurite.key));
  writeFileSync(config, text.replace(/connection_string: .*/, "connection_string: {env: MY_SECRET}"));
  const restoring = bare.with({ MY_SECRET: azurite.connectionString });
  const run = await restoring.succeed("guid", "restore");
  assert.ok(!run.stderr.includes("warning:"));
  assert.equal(readFileSync(restored(scene, "a"), "utf8"), "a");
  assert.ok(existsSync(`${folder.path}/log.json`));
  const shown = await bare.succeed("config", "show");
  assert.match(shown.stdout, /guid\.max_workers +3 /);
  assert.ok(!shown.stdout.includes(azurite.key));
});
