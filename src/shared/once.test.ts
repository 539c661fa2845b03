import assert from "node:assert/strict";
import { test } from "node:test";
import { once } from "./once.ts";

test("once() makes a thing when it is asked for, for all who ask, and again after a failure", async () => {
  let made = 0;
  const get = once(async () => {
    made += 1;
    if (made === 1) throw new Error("not yet");
    return made;
  });
  assert.equal(made, 0);
  await assert.rejects(get(), /not yet/);
  assert.deepEqual(await Promise.all([get(), get()]), [2, 2]);
  assert.equal(await get(), 2);
});
