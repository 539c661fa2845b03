import assert from "node:assert/strict";
import { test } from "node:test";
import { emulatedShare } from "../../test/support/emulated-share.ts";
import { directoryIn, fileIn, fillShare } from "../../test/support/share-tree.ts";
import { MemoryCatalog } from "../catalog/memory/memory-catalog.ts";
import type { NodeStore } from "../catalog/node-store.ts";
import { decodeScanResult, encodeScanResult, type ScanResult } from "../format/scan-result.ts";
import { byteStringOf } from "../shared/bytes.ts";
import { ManualClock, systemClock } from "../shared/clock.ts";
import { AppError, isAppError } from "../shared/errors.ts";
import { systemRandom } from "../shared/random.ts";
import { MemorySource } from "../source/memory/memory-source.ts";
import { openShareSource } from "../source/open.ts";
import type { Source } from "../source/source.ts";
import { silentReporter } from "../telemetry/events.ts";
import { runScan } from "./scan.ts";

const path = byteStringOf;

async function scan(source: Source, nodes: NodeStore | undefined, full = false): Promise<ScanResult> {
  const reporter = silentReporter();
  const result = await runScan({ source, key: "k", nodes, full, reporter, clock: new ManualClock(), signal: new AbortController().signal });
  assert.equal(reporter.counters.files, result.files);
  assert.deepEqual(decodeScanResult(encodeScanResult(result)), result);
  return result;
}

function counts({ files, directories, bytes, added, modified, moved, deleted, errorCount }: ScanResult): readonly number[] {
  return [files, directories, bytes, added, modified, moved, deleted, errorCount];
}

function memorySource(files: Readonly<Record<string, string>>): MemorySource {
  const source = new MemorySource("scan");
  for (const [name, content] of Object.entries(files)) source.tree.put(path(name), { content: Buffer.from(content) });
  return source;
}

test("runScan() counts a source, and afterwards what is different since the last time", async () => {
  const source = memorySource({ "a/one": "1", "a/b/two": "22", "c/three": "333", "d/e/four": "4444", five: "55555" });
  const nodes = new MemoryCatalog();
  assert.deepEqual(counts(await scan(source, nodes)), [5, 5, 15, 10, 0, 0, 0, 0]);
  assert.deepEqual(counts(await scan(source, nodes)), [5, 5, 15, 0, 0, 0, 0, 0]);
  const { tree } = source;
  tree.update(path("a/one"), { content: Buffer.from("one") });
  tree.put(path("a/new"), { content: Buffer.from("n") });
  tree.rename(path("five"), path("c/five"));
  tree.rename(path("a/b"), path("c/b"));
  tree.remove(path("d"));
  assert.deepEqual(counts(await scan(source, nodes)), [5, 3, 14, 1, 1, 2, 3, 0]);
  assert.deepEqual(counts(await scan(source, nodes)), [5, 3, 14, 0, 0, 0, 0, 0]);
  assert.deepEqual(counts(await scan(source, nodes, true)), [5, 3, 14, 8, 0, 0, 0, 0]);
  assert.deepEqual(counts(await scan(source, undefined)), [5, 3, 14, 8, 0, 0, 0, 0]);
});

test("runScan() sees what was moved out of a directory that is gone, and another node under an old name", async () => {
  const source = memorySource({ "old/keep/file": "k", "old/lost": "l", "x/swap": "1" });
  const nodes = new MemoryCatalog();
  await scan(source, nodes);
  source.tree.rename(path("old/keep"), path("keep"));
  source.tree.remove(path("old"));
  source.tree.put(path("x/swap"), { content: Buffer.from("other") });
  assert.deepEqual(counts(await scan(source, nodes)), [2, 2, 6, 1, 0, 1, 3, 0]);
});

test("runScan() tells what it cannot look at, and takes none of it for deleted", async () => {
  const source = memorySource({ "a/one": "1", "a/deep/two": "2", "b/three": "3" });
  const nodes = new MemoryCatalog();
  await scan(source, nodes);
  source.setFaults(path("a"), { list: new AppError({ code: "E_SOURCE_READ", what: "cannot list a" }) });
  source.tree.remove(path("b/three"));
  const result = await scan(source, nodes);
  assert.deepEqual(counts(result), [0, 2, 0, 0, 0, 0, 1, 1]);
  assert.deepEqual(result.errors, [{ path: "/scan/a", code: "E_SOURCE_READ", message: "cannot list a" }]);
  source.setFaults(path("a"), {});
  assert.deepEqual(counts(await scan(source, nodes)), [2, 3, 2, 0, 0, 0, 0, 0]);
  source.setFaults(path(""), { list: new AppError({ code: "E_SOURCE_READ", what: "cannot list the root" }) });
  await assert.rejects(scan(source, nodes), (error) => isAppError(error, "E_SOURCE_READ"));
});

test("runScan() of a share takes one list call a directory and nothing else", async () => {
  await using shared = await emulatedShare();
  await fillShare(shared.share, { "a/one": "1", "a/b/two": "22", "c/three": "333" });
  const nodes = new MemoryCatalog();
  const open = (): Promise<Source> =>
    openShareSource(shared.spec, { clock: systemClock, random: systemRandom, note: () => undefined, snapshotOwner: undefined });
  const first = await open();
  shared.requests();
  assert.deepEqual(counts(await scan(first, nodes)), [3, 3, 6, 6, 0, 0, 0, 0]);
  assert.deepEqual(shared.requests(), { ListDirectoriesAndFiles: 4 });
  await first.close();
  await directoryIn(shared.share, "a").rename("z");
  await fileIn(shared.share, "c/three").uploadRange("4", 0, 1);
  const second = await open();
  assert.deepEqual(counts(await scan(second, nodes)), [3, 3, 6, 0, 1, 1, 0, 0]);
  await second.close();
});
