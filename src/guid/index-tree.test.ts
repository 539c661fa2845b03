import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { guidTestWorld, problemsOf } from "../../test/support/guid-world.ts";
import type { TestGuidWorld } from "../../test/support/guid-world.ts";
import { hasCode } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import type { TempFolder } from "../../test/support/temp.ts";
import type { GuidIndexSummary } from "./face.ts";
import { runGuidIndex } from "./index-tree.ts";

interface Indexed {
  readonly summary: GuidIndexSummary;
  /** GUID by path, as a JSON reader sees it. */
  readonly guids: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
  readonly world: TestGuidWorld;
}

const mappingOf = (folder: TempFolder): string => `${folder.path}/map.json`;

async function index(folder: TempFolder, keep = false): Promise<Indexed> {
  const world = guidTestWorld(folder.path);
  const lines: string[] = [];
  const summary = await runGuidIndex({ source: `${folder.path}/data`, mapping: mappingOf(folder), keep }, world, async (guid, path) => {
    lines.push(`${guid} ${path}`);
  });
  const entries = Object.entries(JSON.parse(readFileSync(mappingOf(folder), "utf8")) as Record<string, string>);
  return { summary, lines, world, guids: new Map(entries.map(([guid, path]) => [path, guid])) };
}

function files(folder: TempFolder, paths: readonly (string | Buffer)[]): void {
  for (const path of paths) {
    const whole = Buffer.concat([Buffer.from(`${folder.path}/data/`), Buffer.from(path)]);
    mkdirSync(whole.subarray(0, whole.lastIndexOf("/")), { recursive: true });
    writeFileSync(whole, "x");
  }
}

test("runGuidIndex() maps every regular file once, under one server GUID, and tells each", async () => {
  await using folder = await tempFolder("index");
  const paths = ["a", "ä/日本/x y", "deep/er/b", 'q"\\\n', ".hidden"];
  files(folder, paths);
  symlinkSync("a", `${folder.path}/data/link`);
  symlinkSync("deep", `${folder.path}/data/folder-link`);
  mkdirSync(`${folder.path}/data/empty`);
  const { summary, guids, lines, world } = await index(folder);
  assert.deepEqual([...guids.keys()].toSorted(), paths.map((path) => `${folder.path}/data/${path}`).toSorted());
  assert.equal(new Set(guids.values()).size, paths.length);
  for (const guid of guids.values()) assert.ok(guid.startsWith(`${summary.serverGuid}-`) && guid.length === 73);
  assert.deepEqual(lines.toSorted(), [...guids].map(([path, guid]) => `${guid} ${path}`).toSorted());
  const { files: count, bytes, directories, others, issues, kept } = summary;
  assert.deepEqual([count, bytes, directories, others, issues, kept], [5, 5, 5, 2, 0, 0]);
  assert.deepEqual([world.reporter.counters.filesDone, world.reporter.counters.totalsKnown], [5, true]);
});

test("runGuidIndex() reports names that are not UTF-8, and neither mangles nor counts them", async () => {
  await using folder = await tempFolder("index");
  files(folder, ["a", Buffer.from([0x62, 0xff]), Buffer.from([0xfe, 0x2f, 0x63])]);
  const { summary, guids, world } = await index(folder);
  assert.deepEqual([...guids.keys()], [`${folder.path}/data/a`]);
  assert.deepEqual([summary.files, summary.issues], [1, 2]);
  assert.deepEqual(problemsOf(world), [`${folder.path}/data/\\xfe/c E_SOURCE_READ`, `${folder.path}/data/b\\xff E_SOURCE_READ`].toSorted());
});

test("runGuidIndex() makes all GUIDs anew, or with keep those of new files only", async () => {
  await using folder = await tempFolder("index");
  const names = Array.from({ length: 20_000 }, (_, index) => `${index % 100}/file ${index}`);
  for (let folderIndex = 0; folderIndex < 100; folderIndex += 1) mkdirSync(`${folder.path}/data/${folderIndex}`, { recursive: true });
  for (const name of names) writeFileSync(`${folder.path}/data/${name}`, "");
  const first = await index(folder);
  const again = await index(folder);
  assert.notEqual(again.summary.serverGuid, first.summary.serverGuid);
  for (const [path, guid] of again.guids) assert.notEqual(first.guids.get(path), guid);
  rmSync(`${folder.path}/data/0`, { recursive: true });
  files(folder, ["new", "1/new"]);
  const kept = await index(folder, true);
  assert.equal(kept.summary.serverGuid, again.summary.serverGuid);
  assert.deepEqual([kept.summary.files, kept.summary.kept], [19_802, 19_800]);
  assert.equal(new Set(kept.guids.values()).size, 19_802);
  for (const [path, guid] of kept.guids) {
    if (path.endsWith("/new")) assert.ok(guid.startsWith(again.summary.serverGuid) && !again.guids.has(path));
    else assert.equal(guid, again.guids.get(path));
  }
  assert.deepEqual(
    [...kept.guids.keys()].filter((path) => path.startsWith(`${folder.path}/data/0/`)),
    [],
  );
});

test("runGuidIndex() with keep takes GUIDs of any spelling, and makes the mapping when there is none", async () => {
  await using folder = await tempFolder("index");
  files(folder, ["a", "b"]);
  assert.equal((await index(folder, true)).summary.kept, 0);
  writeFileSync(mappingOf(folder), JSON.stringify({ "{ABC}": `${folder.path}/data/a`, gone: "/elsewhere" }));
  const { guids, summary } = await index(folder, true);
  assert.equal(guids.get(`${folder.path}/data/a`), "{ABC}");
  assert.equal(guids.get(`${folder.path}/data/b`)?.startsWith(summary.serverGuid), true);
});

test("runGuidIndex() leaves the old mapping alone when there is no source, no file in it, or the old mapping is damaged", async () => {
  await using folder = await tempFolder("index");
  const refused = async (keep: boolean, code: "E_SOURCE_MISSING" | "E_CONFIG"): Promise<void> => {
    const before = readFileSync(mappingOf(folder), "utf8");
    await assert.rejects(index(folder, keep), hasCode(code));
    assert.equal(readFileSync(mappingOf(folder), "utf8"), before);
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name.startsWith(".")),
      [],
    );
  };
  writeFileSync(mappingOf(folder), '{"a": "/x"}');
  await refused(false, "E_SOURCE_MISSING");
  mkdirSync(`${folder.path}/data/empty`, { recursive: true });
  await refused(false, "E_SOURCE_MISSING");
  files(folder, ["a"]);
  for (const broken of ['{"a": "/x"', '{"a": "/x", "a": "/y"}', '{"a": "/x", "b": "/x"}']) {
    writeFileSync(mappingOf(folder), broken);
    await refused(true, "E_CONFIG");
  }
});

test("runGuidIndex() says that a file is no folder, and leaves the mapping alone", async () => {
  await using folder = await tempFolder("index");
  writeFileSync(`${folder.path}/data`, "x");
  writeFileSync(mappingOf(folder), "old");
  await assert.rejects(index(folder), { code: "E_SOURCE_MISSING", why: "it is not a folder" });
  assert.deepEqual([readFileSync(mappingOf(folder), "utf8"), readdirSync(folder.path).length], ["old", 2]);
});

test("runGuidIndex() leaves the mapping itself out when it lies in the source", async () => {
  await using folder = await tempFolder("index");
  files(folder, ["a"]);
  const mapping = `${folder.path}/data/map.json`;
  writeFileSync(mapping, "{}");
  const { files: count } = await runGuidIndex(
    { source: `${folder.path}/data`, mapping, keep: false },
    guidTestWorld(folder.path),
    async () => undefined,
  );
  assert.equal(count, 1);
});

test("runGuidIndex() stops when it is told to, with the old mapping in place", async () => {
  await using folder = await tempFolder("index");
  files(folder, ["a", "b/c"]);
  writeFileSync(mappingOf(folder), "{}");
  const stop = new AbortController();
  const request = { source: `${folder.path}/data`, mapping: mappingOf(folder), keep: false };
  const run = runGuidIndex(request, guidTestWorld(folder.path, stop.signal), async () => stop.abort(new Error("stop")));
  await assert.rejects(run, /stop/);
  assert.deepEqual([readFileSync(mappingOf(folder), "utf8"), readdirSync(folder.path).toSorted()], ["{}", ["data", "map.json"]]);
});
