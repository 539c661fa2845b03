import assert from "node:assert/strict";
import { test } from "node:test";
import { ENTRY_KIND } from "../format/entry.ts";
import { trustedToken } from "./trusted-token.ts";

const STARTED_NS = 1_000_000_000n;
const GRAIN_NS = 10_000_000n;

test("trustedToken() keeps the token of a file that changed well before the run began, and none of one that changed later", () => {
  const token = (changedNs: bigint): bigint => trustedToken({ kind: ENTRY_KIND.file, changedNs }, 7n, STARTED_NS);
  assert.deepEqual([token(0n), token(STARTED_NS - GRAIN_NS - 1n)], [7n, 7n]);
  assert.deepEqual([token(STARTED_NS - GRAIN_NS), token(STARTED_NS), token(2n * STARTED_NS)], [0n, 0n, 0n]);
});

test("trustedToken() keeps the token of everything else: nothing is read of it", () => {
  for (const kind of [ENTRY_KIND.directory, ENTRY_KIND.symlink, ENTRY_KIND.fifo]) {
    assert.equal(trustedToken({ kind, changedNs: 2n * STARTED_NS }, 7n, STARTED_NS), 7n);
  }
});
