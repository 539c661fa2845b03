import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode, patternBytes } from "../../test/support/object-store-suite.ts";
import { ManualClock, systemClock } from "../shared/clock.ts";
import { md5Of } from "../shared/md5.ts";
import { ContentHasher } from "./content-hasher.ts";
import { HashMemory } from "./hash-memory.ts";

const PIECE_BYTES = 64 * 1000;

test("ContentHasher keeps hashes that are under way at once apart, and forgets one that is dropped", async () => {
  const memory = new HashMemory(PIECE_BYTES, 8);
  const hasher = new ContentHasher(memory, systemClock);
  const placed = (bytes: Uint8Array): Uint8Array => {
    const buffer = memory.newBuffer().subarray(0, bytes.length);
    buffer.set(bytes);
    return buffer;
  };
  try {
    const [one, two, dropped] = [hasher.start(), hasher.start(), hasher.start()];
    const [a, b, short] = [patternBytes(PIECE_BYTES, 1), patternBytes(PIECE_BYTES, 2), patternBytes(70, 3)];
    const waiting = dropped.update(placed(b));
    const updates = [one.update(placed(a)), two.update(placed(b)), dropped.update(placed(a)), one.update(placed(short))];
    const outcome = Promise.allSettled([waiting, ...updates]);
    dropped[Symbol.dispose]();
    const statuses = (await outcome).map(({ status }) => status);
    // The first piece may have been on its way already; the second was not.
    assert.deepEqual(statuses.slice(1), ["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    assert.deepEqual(Buffer.from(await one.digest()), Buffer.from(md5Of(Buffer.concat([a, short]))));
    assert.deepEqual(Buffer.from(await two.digest()), Buffer.from(md5Of(b)));
  } finally {
    await hasher.close();
  }
});

test("ContentHasher lets a piece wait for company, but not for ever: another file may have nothing to say for long", async () => {
  const memory = new HashMemory(PIECE_BYTES, 3);
  const clock = new ManualClock();
  const hasher = new ContentHasher(memory, clock);
  try {
    const [silent, busy] = [hasher.start(), hasher.start()];
    await silent.update(memory.newBuffer());
    const before = clock.monotonicMs();
    const bytes = memory.newBuffer().fill(7);
    await busy.update(bytes);
    assert.ok(clock.monotonicMs() > before);
    assert.deepEqual(Buffer.from(await busy.digest()), Buffer.from(md5Of(bytes)));
    silent[Symbol.dispose]();
    const alone = hasher.start();
    const then = clock.monotonicMs();
    await alone.update(memory.newBuffer());
    assert.equal(clock.monotonicMs(), then);
  } finally {
    await hasher.close();
  }
});

test("ContentHasher starts no thread that nobody needs, and takes nothing after close()", async () => {
  const memory = new HashMemory(PIECE_BYTES, 1);
  await new ContentHasher(memory, systemClock).close();
  const hasher = new ContentHasher(memory, systemClock);
  using hash = hasher.start();
  const piece = memory.newBuffer();
  await hash.update(piece);
  await hasher.close();
  await assert.rejects(hash.update(piece), hasCode("E_ABORTED"));
});
