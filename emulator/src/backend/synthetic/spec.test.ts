import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec, SpecError } from "./spec.ts";

test("parseSpec() fills in what is left out", () => {
  const spec = parseSpec("");
  assert.deepEqual([spec.share, spec.files, spec.dirs, spec.seed, spec.churn, spec.generation], ["synthetic", 10_000, 800, 1, 0.01, 0]);
});

test("parseSpec() reads numbers with units: thousands for counts, 1024s for bytes", () => {
  const spec = parseSpec("files=10M, dirs=80k,median=4K,cap=1g,churn=.05,sigma=2,share=big-share,seed=7");
  assert.deepEqual([spec.files, spec.dirs, spec.medianBytes, spec.capBytes], [10_000_000, 80_000, 4096, 1024 ** 3]);
  assert.deepEqual([spec.churn, spec.sigma, spec.share, spec.seed], [0.05, 2, "big-share", 7]);
});

test("parseSpec() says which field is wrong and how to write it", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["file=5", /no field file/],
    ["=5", /no field without a name/],
    ["files", /files takes a number from 0 to 1000000000, not nothing/],
    ["files=1.5", /files takes a number/],
    ["files=-1", /files takes a number/],
    ["files=2G", /files takes a number/],
    ["churn=2", /churn takes a number from 0 to 1/],
    ["files=1,files=2", /files is given twice/],
    ["share=A", /share takes 3 to 63/],
    ["files=5,flat=6", /flat=6 is more than all files/],
    ["files=5,dirs=0,flat=1", /flat needs at least one directory/],
    ["fanout=1,dirs=1000", /one chain/],
    ["constructor=1", /no field constructor/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(
      () => parseSpec(text),
      (error) => error instanceof SpecError && message.test(error.message) && /files=1000000/.test(error.hint),
      text,
    );
  }
});
