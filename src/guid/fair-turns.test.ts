import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { FairTurns } from "./fair-turns.ts";

test("FairTurns gives a lone owner all turns, and the next free one to whoever has the fewest", async () => {
  const turns = new FairTurns(4);
  const granted: string[] = [];
  const ends: Record<string, (() => void)[]> = { a: [], b: [], c: [] };
  const owners = { a: {}, b: {}, c: {} };
  const ask = (name: "a" | "b" | "c"): void =>
    void turns.take(owners[name]).then((end) => {
      granted.push(name);
      ends[name]?.push(end);
    });
  for (let count = 0; count < 6; count += 1) ask("a");
  await settled();
  assert.deepEqual(granted, ["a", "a", "a", "a"]);
  for (const name of ["b", "b", "c"] as const) ask(name);
  for (let count = 0; count < 3; count += 1) {
    ends["a"]?.shift()?.();
    await settled();
  }
  // Of those that have none b asked first; then c has none; then a and b have one each and a has waited for longer.
  assert.deepEqual(granted.slice(4), ["b", "c", "a"]);
  for (const end of Object.values(ends).flat()) end();
  await settled();
  assert.deepEqual(granted.slice(7).sort(), ["a", "b"]);
});
