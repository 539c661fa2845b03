import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync, appendFileSync, chmodSync } from "node:fs";
import { test } from "node:test";
import { hasCode } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { isAppError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { MappingFile } from "./mapping-file.ts";
import { MappingWriter } from "./mapping-writer.ts";

async function entriesIn(path: string): Promise<(readonly [string, string])[]> {
  const mapping = await MappingFile.open(path);
  try {
    const found: (readonly [string, string])[] = [];
    for await (const batch of mapping.batches()) found.push(...batch.map(({ guid, path }) => [guid, path] as const));
    return found;
  } finally {
    await mapping.close();
  }
}

async function write(path: string, entries: readonly (readonly [string, string])[]): Promise<void> {
  const writer = await MappingWriter.create(path, seededRandom(1));
  for (const [guid, name] of entries) await writer.add(guid, name);
  await writer.commit();
}

test("MappingWriter writes JSON in ASCII, an entry a line, and MappingFile reads it as any JSON reader does", async () => {
  await using folder = await tempFolder("mapping");
  const path = `${folder.path}/map.json`;
  const entries = [
    ["8c-1", "/srv/ä/日本/😀"],
    ["8c-2", '/srv/"quoted"\\back\nslash\u007f'],
    ["8c-3", "C:\\data\\x"],
  ] as const;
  await write(path, entries);
  const text = readFileSync(path, "latin1");
  assert.match(text, /^\{\n"8c-1": [ -~]+,\n"8c-2": [ -~]+,\n"8c-3": [ -~]+\n\}\n$/);
  assert.deepEqual(Object.entries(JSON.parse(text) as object), entries);
  assert.deepEqual(await entriesIn(path), entries);
});

test("MappingWriter leaves the old mapping until the new one is whole, keeps its permissions, and leaves nothing beside it", async () => {
  await using folder = await tempFolder("mapping");
  const path = `${folder.path}/map.json`;
  writeFileSync(path, '{"8c-0": "/old"}');
  chmodSync(path, 0o600);
  const writer = await MappingWriter.create(path, seededRandom(1));
  for (let index = 0; index < 10_000; index += 1) await writer.add(`8c-${index}`, `/new/${"x".repeat(100)}`);
  assert.deepEqual(await entriesIn(path), [["8c-0", "/old"]]);
  await writer.abandon();
  assert.deepEqual([readFileSync(path, "utf8"), readdirSync(folder.path)], ['{"8c-0": "/old"}', ["map.json"]]);
  await write(path, [["8c-1", "/new"]]);
  assert.deepEqual(
    [await entriesIn(path), readdirSync(folder.path), statSync(path).mode & 0o777],
    [[["8c-1", "/new"]], ["map.json"], 0o600],
  );
});

test("MappingWriter.create() is E_TARGET_ROOT where nothing can be written", async () => {
  await assert.rejects(MappingWriter.create("/proc/none/map.json", seededRandom(1)), hasCode("E_TARGET_ROOT"));
});

test("MappingFile refuses what is no mapping with E_CONFIG and its name", async () => {
  await using folder = await tempFolder("mapping");
  const path = `${folder.path}/map.json`;
  await assert.rejects(MappingFile.open(path), hasCode("E_CONFIG"));
  await assert.rejects(entriesIn(folder.path), hasCode("E_CONFIG"));
  for (const [bytes, why] of [
    ["nonsense", /not JSON/],
    ["[]", /not an object/],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22]), /not text in UTF-8/],
    ['{"a": "/x"', /ends in the middle/],
    [Buffer.alloc(100_000), /not JSON/],
  ] as const) {
    writeFileSync(path, bytes);
    await assert.rejects(entriesIn(path), (error) => isAppError(error, "E_CONFIG") && error.what.includes(path) && why.test(error.why));
  }
});

test("MappingFile takes a byte-order mark, and refuses a mapping that changes while it is read", async () => {
  await using folder = await tempFolder("mapping");
  const path = `${folder.path}/map.json`;
  writeFileSync(path, '\ufeff{"a": "/x"}');
  assert.deepEqual(await entriesIn(path), [["a", "/x"]]);
  const mapping = await MappingFile.open(path);
  appendFileSync(path, " ");
  await assert.rejects(async () => {
    for await (const _ of mapping.batches());
  }, hasCode("E_CONFIG"));
  await mapping.close();
});
