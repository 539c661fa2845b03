import assert from "node:assert/strict";
import { test } from "node:test";
import { inAddressRange } from "./address-range.ts";
import { sasTimeMs, sasTokenOf } from "./sas-token.ts";

test("sasTimeMs() reads each form the service allows", () => {
  const at = Date.UTC(2026, 0, 2);
  assert.equal(sasTimeMs("2026-01-02"), at);
  assert.equal(sasTimeMs("2026-01-02T03:04Z"), at + (3 * 60 + 4) * 60_000);
  assert.equal(sasTimeMs("2026-01-02T03:04:05Z"), at + (3 * 60 + 4) * 60_000 + 5000);
  assert.equal(sasTimeMs("2026-01-02T03:04:05.1239999Z"), at + (3 * 60 + 4) * 60_000 + 5123);
});

test("sasTimeMs() refuses what is no such time", () => {
  for (const text of ["", "2026", "2026-13-01", "2026-01-02T03:04:05", "2026-01-02T03:04:05+01:00", "2026-01-02T25:00Z", "soon"]) {
    assert.equal(sasTimeMs(text), undefined, text);
  }
});

test("sasTokenOf() decodes fields whatever their case, and keeps a plus", () => {
  const token = sasTokenOf("/a/s?SIG=a+b%2Fc%3D&sp=rl&se=2026-01-02T03%3A04%3A05Z&comp=list");
  assert.equal(token?.sig, "a+b/c=");
  assert.equal(token?.sp, "rl");
  assert.equal(token?.se, "2026-01-02T03:04:05Z");
  assert.equal(token?.srt, "");
});

test("sasTokenOf() finds none without a signature", () => {
  assert.equal(sasTokenOf("/a/s?sp=rl&comp=list"), undefined);
  assert.equal(sasTokenOf("/a/s"), undefined);
});

test("inAddressRange() knows single addresses, ranges and both families", () => {
  assert.ok(inAddressRange("10.0.0.5", "10.0.0.1-10.0.0.9"));
  assert.ok(inAddressRange("::ffff:10.0.0.5", "10.0.0.5"));
  assert.ok(inAddressRange("::1", "::1"));
  for (const range of [
    "10.0.0.6",
    "10.0.0.6-10.0.0.9",
    "10.0.0.9-10.0.0.1",
    "::1",
    "10.0.0.1-::1",
    "x",
    "",
    "10.0.0.1-10.0.0.9-10.0.0.9",
  ]) {
    assert.ok(!inAddressRange("10.0.0.5", range), range);
  }
});
