import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { hasCode, patternBytes } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { systemClock } from "../shared/clock.ts";
import { md5Of } from "../shared/md5.ts";
import { seededRandom } from "../shared/random.ts";
import { openFolder } from "../source/open.ts";
import { emptyBlobs, MemoryBlobStore } from "../storage/blob/memory-blob-store.ts";
import { BlobFetcher } from "./blob-fetcher.ts";
import type { GuidOverwrite } from "./face.ts";
import { RANGE_BYTES } from "./limits.ts";
import { FileRestorer, type RestoredFile } from "./restore-file.ts";
import { TargetFolders } from "./target-folders.ts";

const PLACE = { directory: byteStringOf("a/b"), name: byteStringOf("file") };
const NEW = patternBytes(1000);

/** A folder that blobs are restored into, and what is told meanwhile. */
async function scene(root: string, overwrite: GuidOverwrite = "if-changed") {
  const blobs = emptyBlobs();
  const { signal } = new AbortController();
  const written: number[] = [];
  let fetched = 0;
  const target = await openFolder(
    { kind: "local", path: byteStringOf(root), owner: "none", privileged: false },
    { random: seededRandom(1) },
  );
  const fetcher = new BlobFetcher({
    store: new MemoryBlobStore(blobs),
    signal,
    clock: systemClock,
    onFetched: (bytes) => void (fetched += bytes),
  });
  const folders = new TargetFolders(target, systemClock);
  const onWritten = (bytes: number): void => void written.push(bytes);
  const restorer = new FileRestorer({ fetcher, target, folders, clock: systemClock, signal, overwrite, onWritten });
  const restore = (bytes: Uint8Array, md5: Uint8Array = md5Of(bytes)): Promise<RestoredFile> => {
    blobs.blobs.set("g", { bytes, md5, metadata: { mode: "0600", mtime: "2023-11-14T22:13:20.000000000Z" }, version: 1 });
    return restorer.restore("g", PLACE, { size: bytes.length, md5 });
  };
  const close = async (): Promise<void> => {
    await fetcher[Symbol.asyncDispose]();
    await target.close();
  };
  return { restore, written, fetched: () => fetched, [Symbol.asyncDispose]: close };
}

function there(root: string, bytes: Uint8Array): string {
  mkdirSync(`${root}/a/b`, { recursive: true });
  writeFileSync(`${root}/a/b/file`, bytes);
  return `${root}/a/b/file`;
}

test("FileRestorer makes folders and file with content, time and permissions, and tells what is written block by block", async () => {
  for (const [size, calls] of [
    [0, 1],
    [1000, 1],
    [RANGE_BYTES * 9 + 1, 10],
  ] as const) {
    await using folder = await tempFolder("restore");
    await using to = await scene(folder.path);
    const bytes = patternBytes(size);
    const { outcome, checked, problems } = await to.restore(bytes);
    assert.deepEqual([outcome, checked, problems], ["restored", true, []]);
    const path = `${folder.path}/a/b/file`;
    assert.ok(readFileSync(path).equals(bytes));
    assert.deepEqual([statSync(path).mode & 0o777, statSync(path).mtimeMs], [0o600, 1_700_000_000_000]);
    assert.deepEqual([to.written.length, to.written.reduce((sum, part) => sum + part, 0)], [calls, size]);
  }
});

test("FileRestorer does with a file that is there what the overwrite mode says", async () => {
  const old = patternBytes(1000, 2);
  const cases: readonly (readonly [GuidOverwrite, Uint8Array, string, Uint8Array])[] = [
    ["skip", old, "skipped", old],
    ["if-changed", NEW, "unchanged", NEW],
    ["if-changed", old, "restored", NEW],
    ["if-changed", patternBytes(5), "restored", NEW],
    ["always", NEW, "restored", NEW],
    ["always", old, "restored", NEW],
  ];
  for (const [overwrite, before, outcome, after] of cases) {
    await using folder = await tempFolder("restore");
    await using to = await scene(folder.path, overwrite);
    const path = there(folder.path, before);
    assert.equal((await to.restore(NEW)).outcome, outcome, `${overwrite} ${before.length}`);
    assert.ok(readFileSync(path).equals(after));
    assert.equal(to.fetched(), outcome === "restored" ? NEW.length : 0, "only what is written is fetched");
  }
});

test("FileRestorer refuses a file with --overwrite fail, and a folder always", async () => {
  await using folder = await tempFolder("restore");
  const path = there(folder.path, NEW);
  await using strict = await scene(folder.path, "fail");
  await assert.rejects(strict.restore(NEW), hasCode("E_TARGET_EXISTS"));
  assert.ok(readFileSync(path).equals(NEW));
  await using other = await tempFolder("restore");
  mkdirSync(`${other.path}/a/b/file`, { recursive: true });
  await using always = await scene(other.path, "always");
  await assert.rejects(always.restore(NEW), hasCode("E_TARGET_EXISTS"));
});

test("FileRestorer leaves what was there when the blob is damaged, and nothing beside it", async () => {
  for (const size of [1000, RANGE_BYTES * 9]) {
    await using folder = await tempFolder("restore");
    await using to = await scene(folder.path);
    const path = there(folder.path, Buffer.from("old"));
    await assert.rejects(to.restore(patternBytes(size), md5Of(NEW.subarray(1))), hasCode("E_CORRUPT"));
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(`${folder.path}/a/b`), ["file"]);
  }
});
