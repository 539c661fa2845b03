import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachParallel } from "./pool.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("forEachParallel() does every item once, never more than allowed at a time, and a slow one holds up nobody", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await forEachParallel(
    Array.from({ length: 50 }, (_, index) => index),
    4,
    async (item) => {
      most = Math.max(most, (running += 1));
      for (let left = item === 0 ? 100 : 1; left > 0; left -= 1) await turn();
      running -= 1;
      done.push(item);
    },
  );
  assert.equal(most, 4);
  assert.deepEqual(
    done.toSorted((a, b) => a - b),
    Array.from({ length: 50 }, (_, index) => index),
  );
  assert.equal(done.at(-1), 0);
});

test("forEachParallel() begins nothing after a failure, awaits what runs, and closes the source", async () => {
  let closed = false;
  async function* items(): AsyncGenerator<number> {
    try {
      for (let item = 0; ; item += 1) yield item;
    } finally {
      closed = true;
    }
  }
  const ended: number[] = [];
  const stop = new Error("stop");
  const run = forEachParallel(items(), 3, async (item) => {
    if (item === 5) throw stop;
    await turn();
    await turn();
    ended.push(item);
  });
  await assert.rejects(run, (error) => error === stop);
  assert.ok(closed);
  const count = ended.length;
  assert.ok(count <= 8);
  await turn();
  await turn();
  await turn();
  assert.equal(ended.length, count);
});

test("forEachParallel() throws what its source throws, after what runs has ended", async () => {
  let ended = 0;
  async function* items(): AsyncGenerator<number> {
    yield 1;
    yield 2;
    throw new Error("source");
  }
  const run = forEachParallel(items(), 5, async () => {
    await turn();
    ended += 1;
  });
  await assert.rejects(run, /source/);
  assert.equal(ended, 2);
});
