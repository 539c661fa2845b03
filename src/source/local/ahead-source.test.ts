import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { copyOf } from "../../../test/support/copy-tree.ts";
import { buildFidelityTree } from "../../../test/support/fidelity-tree.ts";
import { listed } from "../../../test/support/source-fixture.ts";
import { MEMORY_PLACE, tempFolder } from "../../../test/support/temp.ts";
import { ENTRY_KIND } from "../../format/entry.ts";
import { byteStringOf, type ByteString, joinPath } from "../../shared/bytes.ts";
import { isAppError } from "../../shared/errors.ts";
import type { Source } from "../source.ts";
import { AheadSource } from "./ahead-source.ts";
import { LocalSource } from "./local-source.ts";

const bytes = byteStringOf;

function aheadOf(path: string): AheadSource {
  return new AheadSource(new LocalSource(bytes(path)));
}

/** Everything below the root in the order of a backup's walk. Access times are left out: listing a directory changes its own. */
async function walked(source: Source): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  const stack = ["" as ByteString];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const nodes = await listed(source, path);
    for (const node of nodes) found.push([path, { ...copyOf(node), accessedNs: 0n }]);
    for (const { kind, name } of nodes.toReversed()) if (kind === ENTRY_KIND.directory) stack.push(joinPath(path, name));
  }
  await source.close();
  return found;
}

test("AheadSource shows of every node what the source itself shows", async () => {
  await using folder = await tempFolder("ahead", MEMORY_PLACE);
  buildFidelityTree(`${folder.path}/tree`, { superuser: process.geteuid?.() === 0, largeDirectoryEntries: 5000 });
  const source = aheadOf(`${folder.path}/tree`);
  source.readAhead();
  const found = await walked(source);
  assert.ok(found.length > 5000);
  assert.deepEqual(found, await walked(new LocalSource(bytes(`${folder.path}/tree`))));
});

test("AheadSource answers from what was listed ahead, and lists itself what was not expected", async () => {
  await using folder = await tempFolder("ahead", MEMORY_PLACE);
  for (const name of ["a", "b"]) {
    mkdirSync(`${folder.path}/${name}`);
    writeFileSync(`${folder.path}/${name}/file`, "");
  }
  const names = async (source: Source, path: string): Promise<readonly string[]> =>
    (await listed(source, bytes(path))).map(({ name }) => name);
  const source = aheadOf(folder.path);
  assert.deepEqual(await names(source, "a"), ["file"], "before it is asked to read ahead it lists here");
  source.readAhead();
  assert.deepEqual(await names(source, ""), ["a", "b"]);
  rmSync(`${folder.path}/a/file`);
  assert.deepEqual(await names(source, "a"), ["file"], "this was listed together with the root");
  assert.deepEqual(await names(source, "a"), [], "and this was not expected");
  assert.deepEqual(await names(source, "b"), ["file"]);
  await source.close();
});

test("AheadSource lists here what could not be listed ahead, with the error that belongs to it", async () => {
  await using folder = await tempFolder("ahead", MEMORY_PLACE);
  mkdirSync(`${folder.path}/a`);
  const source = aheadOf(folder.path);
  rmSync(folder.path, { recursive: true });
  source.readAhead();
  const refused = (error: unknown): boolean => isAppError(error, "E_SOURCE_READ", "E_SOURCE_CHANGED", "E_SOURCE_MISSING");
  await assert.rejects(listed(source, bytes("a")), refused);
  await source.close();
});

test("AheadSource ends its thread when it is closed in the middle of a walk, or before any listing was asked for", async () => {
  await using folder = await tempFolder("ahead", MEMORY_PLACE);
  for (let at = 0; at < 300; at += 1) mkdirSync(`${folder.path}/${at}`);
  for (const lists of [0, 1, 20]) {
    const source = aheadOf(folder.path);
    source.readAhead();
    for (let at = 0; at < lists; at += 1) await listed(source, bytes(at === 0 ? "" : `${at}`));
    await source.close();
  }
});

test("AheadSource gives up when its run is aborted", async () => {
  await using folder = await tempFolder("ahead", MEMORY_PLACE);
  const source = aheadOf(folder.path);
  source.readAhead();
  const reason = new Error("enough");
  await assert.rejects(async () => {
    for await (const _ of source.list("" as ByteString, { signal: AbortSignal.abort(reason) })) assert.fail("nothing is listed");
  }, reason);
  await source.close();
});
