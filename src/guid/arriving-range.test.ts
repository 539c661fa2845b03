import assert from "node:assert/strict";
import { test } from "node:test";
import { patternBytes } from "../../test/support/object-store-suite.ts";
import type { BlobRead } from "../storage/blob/blob-store.ts";
import { ArrivingRange } from "./arriving-range.ts";

const FACTS = { md5: undefined, metadata: {}, version: "1" };

/** A range of 1000 bytes that arrives as the test says. */
function arriving() {
  const content = Buffer.from(patternBytes(1000));
  const buffer = Buffer.alloc(1000);
  const { promise, resolve, reject } = Promise.withResolvers<BlobRead>();
  let given = 0;
  let tell: (bytes: number) => void = () => assert.fail();
  const range = new ArrivingRange({ buffer, giveBack: () => void (given += 1) }, (arrived) => {
    tell = arrived;
    return promise;
  });
  const have = (bytes: number): void => {
    content.copy(buffer, 0, 0, bytes);
    tell(bytes);
  };
  return { range, content, have, finish: (bytes: Uint8Array) => resolve({ ...FACTS, bytes }), reject, buffer, given: () => given };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("ArrivingRange hands out what is there when it is enough, and the rest at the end", async () => {
  const { range, content, have, finish, buffer } = arriving();
  let got: Buffer | undefined;
  const first = range.from(0, 300).then((bytes) => (got = bytes));
  have(299);
  await tick();
  assert.equal(got, undefined);
  have(450);
  assert.ok((await first).equals(content.subarray(0, 450)));
  const rest = range.from(450, 900);
  have(999);
  finish(content.copy(buffer) === 1000 ? buffer : assert.fail());
  assert.ok((await rest).equals(content.subarray(450)));
  assert.equal((await range.read).bytes.length, 1000);
});

test("ArrivingRange takes over bytes that a store has in memory of its own", async () => {
  const { range, content, finish } = arriving();
  finish(new Uint8Array(content));
  assert.ok((await range.from(0, 1)).equals(content));
});

test("ArrivingRange throws what reading throws to who waits and to who comes later, and to nobody else", async () => {
  const { range, have, reject } = arriving();
  const waits = range.from(0, 500);
  have(100);
  const broken = new Error("broken");
  reject(broken);
  await assert.rejects(waits, (error) => error === broken);
  for (const call of [range.from(0, 50), range.read]) await assert.rejects(call, (error) => error === broken);
  await range.end();
  const alone = arriving();
  alone.reject(broken);
  await tick();
});

test("ArrivingRange gives its buffer back when nothing arrives in it any more, and not before", async () => {
  for (const how of ["whole", "broken"] as const) {
    const { range, content, finish, reject, given } = arriving();
    const end = range.end();
    await tick();
    assert.equal(given(), 0);
    if (how === "whole") finish(content);
    else reject(new Error("broken"));
    await end;
    assert.equal(given(), 1);
  }
});
