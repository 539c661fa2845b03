import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TokenBucket } from "./token-bucket.ts";

test("TokenBucket gives a burst at once, and then as much as flows in", () => {
  const bucket = new TokenBucket(10, 2, 0);
  for (let taken = 0; taken < 20; taken += 1) {
    assert.equal(bucket.waitMs(1, 0), 0);
    bucket.take(1, 0);
  }
  assert.equal(bucket.waitMs(1, 0), 100);
  assert.equal(bucket.waitMs(1, 40), 60);
  assert.equal(bucket.waitMs(1, 100), 0);
});

test("TokenBucket never holds more than its burst", () => {
  const bucket = new TokenBucket(10, 1, 0);
  bucket.take(10, 3_600_000);
  assert.equal(bucket.waitMs(1, 3_600_000), 100);
});

test("TokenBucket makes a debt wait", () => {
  const bucket = new TokenBucket(1000, 1, 0);
  bucket.take(6000, 0);
  assert.equal(bucket.waitMs(1, 0), 5001);
});

test("TokenBucket lets a request through that is larger than the bucket, once it is full", () => {
  const bucket = new TokenBucket(10, 1, 0);
  assert.equal(bucket.waitMs(1000, 0), 0);
  assert.equal(new TokenBucket(0.1, 1, 0).waitMs(1, 0), 0);
});

test("TokenBucket passes no more than burst and flow together, however requests arrive", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 }), (pauses) => {
      const bucket = new TokenBucket(5, 2, 0);
      let [nowMs, passed] = [0, 0];
      for (const pause of pauses) {
        nowMs += pause;
        if (bucket.waitMs(1, nowMs) > 0) continue;
        bucket.take(1, nowMs);
        passed += 1;
      }
      assert.ok(passed <= 10 + (nowMs * 5) / 1000 + 1e-6, `${passed} in ${nowMs} ms`);
    }),
  );
});
