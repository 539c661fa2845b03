import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { plain } from "../../test/support/arbitrary-entry.ts";
import { anyDamage, damage, decodesOrRefuses, refuses } from "../../test/support/damage.ts";
import { toHex } from "../shared/bytes.ts";
import { decodeCommit, decodeSession, encodeCommit, encodeSession } from "./records.ts";
import type { CommitRecord, SessionRecord } from "./records.ts";

const nonce = fc.uint8Array({ minLength: 16, maxLength: 16 });
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const anySession: fc.Arbitrary<SessionRecord> = plain({
  epoch: fc.maxSafeNat(),
  startedNs: fc.bigInt(0n, 2n ** 62n),
  nonce,
  host: text,
  program: text,
});
const snapshot = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const anyCommit: fc.Arbitrary<CommitRecord> = fc.oneof(
  plain<CommitRecord & { state: "committed" }>({ state: fc.constant("committed"), nonce, snapshot }),
  plain<CommitRecord & { state: "fenced" }>({ state: fc.constant("fenced"), nonce, by: text }),
);

test("decodeSession() gives back exactly what encodeSession() wrote", () => {
  fc.assert(fc.property(anySession, (session) => assert.deepEqual(decodeSession(encodeSession(session)), session)));
});

test("decodeCommit() gives back exactly what encodeCommit() wrote", () => {
  fc.assert(fc.property(anyCommit, (commit) => assert.deepEqual(decodeCommit(encodeCommit(commit)), commit)));
});

test("decodeSession() and decodeCommit() accept one encoding of a value only, whatever is damaged", () => {
  fc.assert(
    fc.property(anySession, anyCommit, anyDamage, (session, commit, how) => {
      const sessionBytes = damage(encodeSession(session), how);
      const otherSession = decodesOrRefuses(() => decodeSession(sessionBytes));
      if (otherSession !== undefined) assert.deepEqual(encodeSession(otherSession), sessionBytes);
      const commitBytes = damage(encodeCommit(commit), how);
      const otherCommit = decodesOrRefuses(() => decodeCommit(commitBytes));
      if (otherCommit !== undefined) assert.deepEqual(encodeCommit(otherCommit), commitBytes);
    }),
    { numRuns: 1000 },
  );
});

test("decodeCommit() refuses an unknown state", () => {
  refuses(() => decodeCommit(Uint8Array.of(3, ...new Uint8Array(48))), /unknown state/);
});

test("encodeCommit() refuses a snapshot id that is none", () => {
  assert.throws(() => encodeCommit({ state: "committed", nonce: new Uint8Array(16), snapshot: "abcd" }), /invariant broken/);
});
