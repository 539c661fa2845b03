import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode, patternBytes } from "../../test/support/object-store-suite.ts";
import { md5Of } from "../shared/md5.ts";
import { ContentHasher } from "./content-hasher.ts";

/** As a piece has to be: in memory that threads share. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

test("ContentHasher keeps hashes that are under way at once apart, and forgets one that is dropped", async () => {
  const hasher = new ContentHasher();
  try {
    const [one, two, dropped] = [hasher.start(), hasher.start(), hasher.start()];
    const [a, b] = [patternBytes(70_000, 1), patternBytes(70_000, 2)];
    await Promise.all([one.update(shared(a)), two.update(shared(b)), dropped.update(shared(b)), one.update(shared(b))]);
    dropped[Symbol.dispose]();
    assert.deepEqual(Buffer.from(await one.digest()), Buffer.from(md5Of(Buffer.concat([a, b]))));
    assert.deepEqual(Buffer.from(await two.digest()), Buffer.from(md5Of(b)));
  } finally {
    await hasher.close();
  }
});

test("ContentHasher starts no thread that nobody needs, and takes nothing after close()", async () => {
  await new ContentHasher().close();
  const hasher = new ContentHasher();
  using hash = hasher.start();
  await hash.update(shared(patternBytes(3)));
  await hasher.close();
  await assert.rejects(hash.update(shared(patternBytes(3))), hasCode("E_ABORTED"));
});
