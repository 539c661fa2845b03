import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyBytes, anyIssue, plain } from "../../test/support/arbitrary-entry.ts";
import { anyDamage, damage, decodesOrRefuses } from "../../test/support/damage.ts";
import { decodeScanResult, encodeScanResult } from "./scan-result.ts";
import type { ScanResult } from "./scan-result.ts";

const count = fc.maxSafeNat();
const time = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n);
const anyScanResult: fc.Arbitrary<ScanResult> = plain({
  sourcePath: anyBytes,
  sourceKey: fc.string({ unit: "grapheme", maxLength: 9 }),
  startedNs: time,
  finishedNs: time,
  files: count,
  directories: count,
  bytes: count,
  added: count,
  modified: count,
  moved: count,
  deleted: count,
  errors: fc.array(anyIssue, { maxLength: 3 }),
  errorCount: count,
});

test("decodeScanResult() gives back exactly what encodeScanResult() wrote", () => {
  fc.assert(fc.property(anyScanResult, (result) => assert.deepEqual(decodeScanResult(encodeScanResult(result)), result)));
});

test("decodeScanResult() throws E_CORRUPT or gives a result when the bytes are damaged", () => {
  fc.assert(
    fc.property(anyScanResult, anyDamage, (result, how) => {
      const decoded = decodesOrRefuses(() => decodeScanResult(damage(encodeScanResult(result), how)));
      if (decoded !== undefined) encodeScanResult(decoded);
    }),
    { numRuns: 1000 },
  );
});
