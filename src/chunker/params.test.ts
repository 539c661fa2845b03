import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAppError } from "../shared/errors.ts";
import { checkChunkerParams, DATA_CHUNKER_PARAMS, maskBits } from "./params.ts";

describe("chunker params", () => {
  it("checkChunkerParams() accepts the default and the smallest lengths", () => {
    checkChunkerParams(DATA_CHUNKER_PARAMS);
    checkChunkerParams({ minBytes: 1, targetBytes: 1, maxBytes: 1 });
  });

  it("checkChunkerParams() throws E_CONFIG when lengths are out of order, too large or not whole", () => {
    const wrong: readonly (readonly [number, number, number])[] = [
      [0, 1, 2],
      [2, 1, 3],
      [1, 3, 2],
      [1, 2, 2 ** 29 + 1],
      [1.5, 2, 3],
      [1, NaN, 3],
      [-1, 2, 3],
    ];
    for (const [minBytes, targetBytes, maxBytes] of wrong) {
      assert.throws(
        () => checkChunkerParams({ minBytes, targetBytes, maxBytes }),
        (error) => isAppError(error, "E_CONFIG"),
      );
    }
  });

  it("maskBits() lies two bits on either side of the target's own, and never below none", () => {
    assert.deepEqual(maskBits(DATA_CHUNKER_PARAMS), { before: 23, after: 19 });
    assert.deepEqual(maskBits({ minBytes: 1, targetBytes: 3, maxBytes: 9 }), { before: 3, after: 0 });
  });
});
