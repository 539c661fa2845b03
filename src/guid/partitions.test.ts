import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { hasCode } from "../../test/support/object-store-suite.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { seededRandom } from "../shared/random.ts";
import { Partitions, SpillFile } from "./partitions.ts";

function put(heaps: Partitions, heap: number, bytes: Uint8Array): void {
  const place = heaps.place(heap, bytes.length);
  place.bytes.set(bytes, place.at);
}

test("Partitions gives each heap back in order, whatever was spilled", async () => {
  await using folder = await tempFolder("heaps");
  const records = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9000 })), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(records, async (given) => {
      const spill = new SpillFile(folder.path, seededRandom(1));
      const heaps = [new Partitions(spill), new Partitions(spill)];
      const wanted = new Map<string, Buffer[]>();
      for (const [index, [heap, length]] of given.entries()) {
        const bytes = Buffer.alloc(length, index % 256);
        const which = index % 2;
        put(heaps[which] ?? assert.fail(), heap, bytes);
        wanted.set(`${which} ${heap}`, [...(wanted.get(`${which} ${heap}`) ?? []), bytes]);
      }
      for (const [which, some] of heaps.entries())
        for (let heap = 0; heap < 4; heap += 1) {
          const whole = Buffer.concat(wanted.get(`${which} ${heap}`) ?? []);
          assert.ok((await some.read(heap)).equals(whole));
          assert.ok((await some.read(heap)).equals(whole), "a second time");
        }
      await spill.close();
    }),
    { numRuns: 30 },
  );
});

test("Partitions makes no file for little, and a nameless one for much", async () => {
  await using folder = await tempFolder("heaps");
  const spill = new SpillFile(folder.path, seededRandom(1));
  const heaps = new Partitions(spill);
  put(heaps, 0, Buffer.alloc(100));
  await heaps.settle();
  assert.equal(spill.bytes, 0);
  for (let index = 0; index < 100; index += 1) put(heaps, 0, Buffer.alloc(10_000, index));
  await heaps.settle();
  assert.ok(spill.bytes > 900_000);
  assert.deepEqual(readdirSync(folder.path), []);
  heaps.forget(0);
  assert.equal((await heaps.read(0)).length, 0);
  await spill.close();
});

test("Partitions says E_TARGET_ROOT when working data cannot be kept", async () => {
  const heaps = new Partitions(new SpillFile("/proc/none", seededRandom(1)));
  for (let index = 0; index < 10; index += 1) put(heaps, 0, Buffer.alloc(10_000));
  await assert.rejects(heaps.settle(), hasCode("E_TARGET_ROOT"));
  await assert.rejects(heaps.read(0), hasCode("E_TARGET_ROOT"));
});
