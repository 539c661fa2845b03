import assert from "node:assert/strict";
import { test } from "node:test";
import { FailingNodes } from "../../test/support/failing-nodes.ts";
import { directoryRow, fileRow } from "../../test/support/catalog-fixture.ts";
import { MemoryCatalog } from "../catalog/memory/memory-catalog.ts";
import type { NodeStage } from "../catalog/node-store.ts";
import { ForgivingStage } from "./forgiving-stage.ts";

/** What a backup does with a stage, of which one call fails, or none. */
async function stagedWith(
  failingCall: number,
): Promise<{ readonly notes: readonly string[]; readonly rows: number; readonly snapshot: string }> {
  const catalog = new MemoryCatalog();
  const { sourceId } = await catalog.source("s");
  const notes: string[] = [];
  const failing = new FailingNodes(catalog, (call) => call === failingCall + 1);
  const stage = new ForgivingStage(await failing.stage(sourceId), (text) => notes.push(text));
  await stage.replaceChildren([1n], [fileRow(1n, "a")]);
  await stage.putDirectories([directoryRow(1n)]);
  await stage.removeDirectories([9n]);
  await stage.commit({ snapshot: "aa", rootId: 1n });
  await stage.discard();
  return { notes, rows: (await catalog.size()).rows, snapshot: (await catalog.source("s")).snapshot };
}

test("ForgivingStage does what the stage does while that works", async () => {
  assert.deepEqual(await stagedWith(99), { notes: [], rows: 1, snapshot: "aa" });
});

test("ForgivingStage tells of a failure once and stages and commits nothing from then on", async () => {
  for (const [call, method] of [
    [1, "replaceChildren"],
    [2, "putDirectories"],
    [3, "removeDirectories"],
    [4, "commit"],
  ] as const) {
    assert.deepEqual(await stagedWith(call), { notes: [`${method} failed: the test wanted it`], rows: 0, snapshot: "" });
  }
});

test("ForgivingStage forgives no defect", async () => {
  const broken = { replaceChildren: () => Promise.reject(new Error("invariant broken")) } as unknown as NodeStage;
  const stage = new ForgivingStage(broken, () => undefined);
  await assert.rejects(stage.replaceChildren([], []), /invariant/);
});
