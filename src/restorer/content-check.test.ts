import assert from "node:assert/strict";
import { test } from "node:test";
import type { Extent } from "../format/entry.ts";
import type { ByteString } from "../shared/bytes.ts";
import { isAppError } from "../shared/errors.ts";
import { checkContent } from "./content-check.ts";

const LONGEST = 1000;

function accepts(size: number, lengths: readonly number[], extents?: readonly Extent[]): boolean {
  const content = { ids: new Uint8Array(32 * lengths.length), lengths: Uint32Array.from(lengths) };
  try {
    checkContent({ content, size, extents }, "f" as ByteString, LONGEST);
    return true;
  } catch (error) {
    assert.ok(isAppError(error, "E_CORRUPT"));
    return false;
  }
}

test("checkContent() accepts chunks that make up a file, or the extents of a sparse one", () => {
  assert.ok(accepts(0, []));
  assert.ok(accepts(1500, [LONGEST, 500]));
  assert.ok(accepts(1e12, [], []));
  assert.ok(
    accepts(
      1e12,
      [300],
      [
        { offset: 5, length: 100 },
        { offset: 9000, length: 200 },
      ],
    ),
  );
});

test("checkContent() refuses content that is too short, too long, or in impossible chunks", () => {
  assert.ok(!accepts(1501, [LONGEST, 500]));
  assert.ok(!accepts(1499, [LONGEST, 500]));
  assert.ok(!accepts(2 ** 53 - 1, [5]));
  assert.ok(!accepts(LONGEST + 1, [LONGEST + 1]));
  assert.ok(!accepts(100, [100], [{ offset: 0, length: 99 }]));
});
