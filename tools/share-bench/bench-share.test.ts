import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startEmulatorProcess } from "../../emulator/test/support/emulator-process.ts";
import { BenchShare } from "./bench-share.ts";
import { treeOfShare } from "./same-content.ts";

const SHAPE = { files: 300, directories: 60, seed: 3 };
const CHURN = { fraction: 0.1, seed: 1 };

test("BenchShare fills a share as planned, changes what it says, and does the same again", async (context) => {
  const place = mkdtempSync(join(tmpdir(), "varve-bench-share-"));
  context.after(() => rmSync(place, { recursive: true }));
  await using emulator = await startEmulatorProcess("--location", place, "--silent");
  const hashes = async (name: string): Promise<ReadonlyMap<string, string>> => {
    const { sizes, hash } = await treeOfShare(emulator.service.getShareClient(name));
    return new Map(await Promise.all([...sizes.keys()].toSorted().map(async (path) => [path, await hash(path)] as const)));
  };
  const shares = ["one", "two"].map((name) => new BenchShare(emulator.service.getShareClient(name), SHAPE));
  for (const share of shares) await share.fill();
  const before = await hashes("one");
  const { sizes } = await treeOfShare(emulator.service.getShareClient("one"));
  const total = (all: Iterable<number>): number => [...all].reduce((sum, size) => sum + size, 0);
  assert.deepEqual([sizes.size, total(sizes.values())], [300, total(shares[0]?.sizes ?? [])]);
  const { operations } = await emulator.counters();
  assert.equal(operations["CreateDirectory"]?.requests, 2 * (SHAPE.directories - 1));
  assert.equal(shares[0]?.directories, SHAPE.directories);
  for (const share of shares) assert.equal(await share.churn(CHURN), "18 files edited, 4 renamed, 3 deleted, 5 added");
  const after = await hashes("one");
  assert.deepEqual(after, await hashes("two"));
  const gone = [...before.keys()].filter((path) => !after.has(path));
  const edited = [...before].filter(([path, hash]) => after.has(path) && after.get(path) !== hash);
  assert.deepEqual([gone.length, edited.length, after.size], [7, 18, 302]);
});
