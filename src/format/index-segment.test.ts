import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyIndexedPack } from "../../test/support/arbitrary-pack.ts";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { decodeIndexSegment, encodeIndexSegment } from "./index-segment.ts";

const anyPacks = fc.array(anyIndexedPack, { maxLength: 5 });

test("decodeIndexSegment() gives back exactly what encodeIndexSegment() wrote", () => {
  fc.assert(fc.property(anyPacks, (packs) => assert.deepEqual(decodeIndexSegment(encodeIndexSegment(packs)), packs)));
});

test("decodeIndexSegment() makes views of the bytes and copies nothing", () => {
  const [pack] = fc.sample(
    anyIndexedPack.filter((candidate) => candidate.directory.chunkTypes.length > 2),
    1,
  );
  assert.ok(pack !== undefined);
  const bytes = encodeIndexSegment([pack]);
  const [decoded] = decodeIndexSegment(bytes);
  assert.equal(decoded?.id.buffer, bytes.buffer);
  assert.equal(decoded?.directory.chunkLengths.buffer, bytes.buffer);
  assert.equal(decoded?.directory.chunkIds.buffer, bytes.buffer);
});

test("decodeIndexSegment() throws E_CORRUPT or gives a sound segment when the bytes are damaged", () => {
  fc.assert(
    fc.property(anyPacks, anyDamage, (packs, how) => {
      const bytes = damage(encodeIndexSegment(packs), how);
      const decoded = decodesOrRefuses(() => decodeIndexSegment(bytes));
      if (decoded !== undefined) assert.deepEqual(encodeIndexSegment(decoded), bytes);
    }),
    { numRuns: 2000 },
  );
});

test("decodeIndexSegment() allocates nothing for counts that its bytes cannot hold", () => {
  for (const at of [0, 4, 8]) {
    const bytes = encodeIndexSegment([]).slice();
    new DataView(bytes.buffer).setUint32(at, 0xffff_ffff, true);
    refuses(() => decodeIndexSegment(bytes), /more rows than it can hold/);
  }
});
