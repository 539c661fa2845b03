import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { seededRandom } from "../shared/random.ts";
import { ChunkIndex } from "./chunk-index.ts";

test("ChunkIndex finds what was claimed and nothing else", () => {
  const random = seededRandom(1);
  const index = ChunkIndex.withRoomFor(1000);
  const ids = Array.from({ length: 1000 }, () => random.bytes(32));
  for (const [at, id] of ids.entries()) assert.equal(index.claim(id, at, at * 7), true);
  for (const [at, id] of ids.entries()) {
    assert.equal(index.claim(id, 5, 5), false);
    assert.deepEqual(index.find(id), { pack: at, offset: at * 7 });
  }
  assert.equal(index.find(random.bytes(32)), undefined);
  assert.equal(index.count, 1000);
});

test("ChunkIndex keeps offsets above 2 GiB and ids whose first word has the top bit set", () => {
  const index = ChunkIndex.withRoomFor(10);
  const id = new Uint8Array(32).fill(0xff);
  index.claim(id, 0, 0xffff_fff0);
  assert.deepEqual(index.find(id), { pack: 0, offset: 0xffff_fff0 });
});

test("ChunkIndex.grown() keeps every entry and the pack counter", () => {
  const random = seededRandom(2);
  const index = ChunkIndex.withRoomFor(10);
  const ids = Array.from({ length: 40_000 }, () => random.bytes(32));
  for (const id of ids) index.claim(id, index.allocatePack(), 3);
  const grown = index.grown(1_000_000);
  assert.ok(grown.free >= 1_000_000);
  assert.equal(grown.allocatePack(), 40_000);
  for (const [at, id] of ids.entries()) assert.deepEqual(grown.find(id), { pack: at, offset: 3 });
});

test("ChunkIndex stays within 32 bytes a chunk at its highest load", () => {
  const index = ChunkIndex.withRoomFor(1_000_000);
  assert.ok(index.buffer.byteLength / 1_000_000 <= 32.1);
});

test("ChunkIndex gives each chunk to exactly one of several threads", async () => {
  const index = ChunkIndex.withRoomFor(100_000);
  const url = JSON.stringify(new URL("./chunk-index.ts", import.meta.url).href);
  const randomUrl = JSON.stringify(new URL("../shared/random.ts", import.meta.url).href);
  const code = `
    const { workerData, parentPort } = require("node:worker_threads");
    Promise.all([import(${url}), import(${randomUrl})]).then(([{ ChunkIndex }, { seededRandom }]) => {
      const index = ChunkIndex.attach(workerData);
      const random = seededRandom(7);
      let won = 0;
      for (let at = 0; at < 50000; at += 1) if (index.claim(random.bytes(32), at, at)) won += 1;
      parentPort.postMessage(won);
    });`;
  const runs = [1, 2, 3].map(
    () =>
      new Promise<number>((resolve, reject) => {
        const worker = new Worker(code, { eval: true, workerData: index.buffer });
        worker.once("message", resolve);
        worker.once("error", reject);
      }),
  );
  const won = await Promise.all(runs);
  assert.equal(
    won.reduce((sum, count) => sum + count, 0),
    50_000,
  );
  assert.equal(index.count, 50_000);
});
