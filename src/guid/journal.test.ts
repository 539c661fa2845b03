import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { tempFolder } from "../../test/support/temp.ts";
import { toHex } from "../shared/bytes.ts";
import { md5Of } from "../shared/md5.ts";
import { fingerprint } from "./fingerprint.ts";
import { Journal } from "./journal.ts";
import { JOURNAL_RECORD_BYTES, readRecord } from "./journal-record.ts";

const knownOf = (size: number) => ({
  size,
  modifiedNs: -5n,
  changedNs: 1_700_000_000_123_456_789n,
  md5: new Uint8Array(md5Of(Buffer.from(`${size}`))),
});

async function note(path: string, sizes: readonly number[], complete: boolean): Promise<void> {
  const journal = new Journal(path);
  await journal.begin();
  for (const size of sizes) journal.note(fingerprint(`guid ${size}`), knownOf(size));
  await journal.end(complete);
}

async function sizesIn(path: string): Promise<readonly number[]> {
  const sizes: number[] = [];
  for await (const piece of new Journal(path).pieces())
    for (let at = 0; at < piece.length; at += JOURNAL_RECORD_BYTES) {
      const known = readRecord(piece, at);
      assert.deepEqual(known, knownOf(known.size));
      assert.equal(toHex(piece.subarray(at, at + 16)), toHex(fingerprint(`guid ${known.size}`)));
      sizes.push(known.size);
    }
  return sizes;
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

test("Journal keeps what a complete run noted, and only that", async () => {
  await using folder = await tempFolder("journal");
  const path = `${folder.path}/deep/folder/x.journal`;
  assert.deepEqual(await sizesIn(path), []);
  await note(path, upTo(3000), true);
  assert.deepEqual(await sizesIn(path), upTo(3000));
  await note(path, upTo(5, 9000), true);
  assert.deepEqual(await sizesIn(path), upTo(5, 9000));
});

test("Journal adds what a run noted that did not end", async () => {
  await using folder = await tempFolder("journal");
  const path = `${folder.path}/x.journal`;
  await note(path, upTo(10), true);
  await note(path, upTo(5, 100), false);
  assert.deepEqual(await sizesIn(path), [...upTo(10), ...upTo(5, 100)]);
  // One that was killed leaves its file, and maybe a torn record on both ends.
  writeFileSync(`${path}.new`, readFileSync(path).subarray(0, JOURNAL_RECORD_BYTES * 3 + 7));
  appendFileSync(path, "torn");
  await note(path, upTo(1, 500), false);
  assert.deepEqual(await sizesIn(path), [...upTo(10), ...upTo(5, 100), ...upTo(3), ...upTo(1, 500)]);
  assert.ok(!existsSync(`${path}.new`));
});

test("Journal passes over damaged records and keeps the others", async () => {
  await using folder = await tempFolder("journal");
  const path = `${folder.path}/x.journal`;
  await note(path, upTo(20), true);
  const bytes = readFileSync(path);
  for (const record of [0, 7, 19]) bytes[record * JOURNAL_RECORD_BYTES + 20] = 255;
  writeFileSync(path, bytes);
  assert.deepEqual(await sizesIn(path), [...upTo(6, 1), ...upTo(11, 8)]);
});

test("Journal remembers nothing without a file or where it cannot write, and fails nobody", async () => {
  await using folder = await tempFolder("journal");
  const path = `${folder.path}/taken`;
  mkdirSync(`${path}.new`, { recursive: true });
  for (const [journal, place] of [
    [new Journal(undefined), ""],
    [new Journal("/proc/none/x"), "/proc/none/x"],
    [new Journal(path), path],
  ] as const) {
    await journal.begin();
    journal.note(fingerprint("a"), knownOf(1));
    await journal.end(true);
    if (place !== "") assert.deepEqual(await sizesIn(place), []);
  }
});
