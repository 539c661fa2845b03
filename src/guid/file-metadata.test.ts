import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromMetadata, toMetadata } from "./file-metadata.ts";

test("toMetadata() and fromMetadata() keep permissions and times to the nanosecond, also before 1970", () => {
  const times = fc.bigInt({ min: -62_135_596_800_000_000_000n, max: 253_402_300_799_999_999_999n });
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 0o777 }), (modifiedNs, mode) => {
      const metadata = toMetadata({ mode, modifiedNs });
      assert.deepEqual(fromMetadata(metadata), { mode, modifiedNs });
      for (const value of Object.values(metadata)) assert.match(value, /^[ -~]+$/);
    }),
  );
});

test("toMetadata() writes times as RFC 3339, as rclone reads them", () => {
  assert.deepEqual(toMetadata({ mode: 0o4755, modifiedNs: 1_000_000_001n }), { mtime: "1970-01-01T00:00:01.000000001Z", mode: "0755" });
  assert.deepEqual(toMetadata({ mode: 0o40, modifiedNs: 0n }), { mtime: "1970-01-01T00:00:00.000000000Z", mode: "0040" });
});

test("fromMetadata() takes what others write, and falls back for what is missing or makes no sense", () => {
  assert.deepEqual(fromMetadata({ mtime: "2025-01-02T03:04:05+01:00", mode: "600" }), {
    mode: 0o600,
    modifiedNs: BigInt(Date.UTC(2025, 0, 2, 2, 4, 5)) * 1_000_000n,
  });
  for (const metadata of [{}, { mtime: "yesterday", mode: "rwx" }, { mtime: "2025-99-99T00:00:00Z", mode: "04777" }])
    assert.deepEqual(fromMetadata(metadata), { mode: 0o644, modifiedNs: undefined });
});
