import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "./clock.ts";
import { guardStall } from "./stall-guard.ts";

/** A clock whose sleepers wake when the test moves it. */
class StepClock implements Clock {
  #nowMs = 0;
  readonly #sleepers: { atMs: number; wake: () => void }[] = [];

  nowNs = (): bigint => BigInt(this.#nowMs) * 1_000_000n;
  monotonicMs = (): number => this.#nowMs;

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
      this.#sleepers.push({ atMs: this.#nowMs + durationMs, wake });
    });
  }

  async step(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    for (const sleeper of this.#sleepers.splice(0)) {
      if (sleeper.atMs <= this.#nowMs) sleeper.wake();
      else this.#sleepers.push(sleeper);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("guardStall() aborts a call on which nothing moves for the time allowed", async () => {
  const clock = new StepClock();
  const seen = await guardStall(clock, { silentMsMax: 100 }, async (watch) => {
    await clock.step(99);
    assert.equal(watch.signal.aborted, false);
    await clock.step(1);
    return [watch.stalled, watch.signal.aborted];
  });
  assert.deepEqual(seen, [true, true]);
});

test("guardStall() lets a slow call go on as long as something moves", async () => {
  const clock = new StepClock();
  await guardStall(clock, { silentMsMax: 100 }, async (watch) => {
    for (let turn = 0; turn < 20; turn += 1) {
      await clock.step(90);
      watch.moved();
    }
    assert.equal(watch.stalled, false);
    await clock.step(100);
    assert.equal(watch.stalled, true);
  });
});

test("guardStall() passes the caller's abort on, and that is no stall", async () => {
  const stop = new AbortController();
  await guardStall(new StepClock(), { silentMsMax: 100, signal: stop.signal }, async (watch) => {
    stop.abort();
    assert.deepEqual([watch.signal.aborted, watch.stalled], [true, false]);
  });
});
