import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { RequestGauge } from "./request-gauge.ts";

const busy = new Error("busy");
const isBusy = (error: unknown): boolean => error === busy;

test("during() counts requests in flight until they are settled, and hands on what they give", async () => {
  const gauge = new RequestGauge();
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = gauge.during(promise, isBusy);
  const second = gauge.during(Promise.resolve(2), isBusy);
  assert.deepEqual(gauge.counts, { inFlight: 2, requests: 2, throttled: 0, failed: 0 });
  assert.equal(await second, 2);
  assert.equal(gauge.counts.inFlight, 1);
  resolve("one");
  assert.equal(await first, "one");
  assert.deepEqual(gauge.counts, { inFlight: 0, requests: 2, throttled: 0, failed: 0 });
});

test("during() counts failures, those that ask to slow down apart", async () => {
  const gauge = new RequestGauge();
  await assert.rejects(gauge.during(Promise.reject(busy), isBusy), busy);
  await assert.rejects(gauge.during(Promise.reject(new Error("gone")), isBusy), /gone/);
  assert.deepEqual(gauge.counts, { inFlight: 0, requests: 2, throttled: 1, failed: 2 });
});

test("gauges over the same memory add up, in other threads too", async () => {
  const gauge = new RequestGauge();
  await new RequestGauge(gauge.memory).during(Promise.resolve(), isBusy);
  const text = `
    const { workerData } = require("node:worker_threads");
    import(workerData.module).then(({ RequestGauge }) => new RequestGauge(workerData.memory).during(Promise.resolve(), () => false));
  `;
  const module = new URL("request-gauge.ts", import.meta.url).href;
  const worker = new Worker(text, { eval: true, workerData: { module, memory: gauge.memory } });
  await new Promise((resolve) => worker.once("exit", resolve));
  assert.deepEqual(gauge.counts, { inFlight: 0, requests: 2, throttled: 0, failed: 0 });
});

test("counts beyond 2^31 are no negative numbers", async () => {
  const gauge = new RequestGauge();
  new Int32Array(gauge.memory).fill(0x7fff_ffff);
  await gauge.during(Promise.resolve(), isBusy);
  assert.equal(gauge.counts.requests, 2 ** 31);
});
