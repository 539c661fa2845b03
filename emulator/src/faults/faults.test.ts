import assert from "node:assert/strict";
import { test } from "node:test";
import { ShapeError } from "../json/fields.ts";
import type { OperationName } from "../protocol/operation.ts";
import { NO_FAULTS, parseFaultSettings } from "./fault-settings.ts";
import { describeVerdict, Faults, type Verdict } from "./faults.ts";

/** The fates of many requests under settings, on a clock that stands still. */
function fates(settings: unknown, count = 200, operation: OperationName = "GetFile"): readonly Verdict[] {
  const faults = new Faults(() => 0, parseFaultSettings(settings));
  return Array.from({ length: count }, () => faults.judge(operation));
}

const words = (verdicts: readonly Verdict[]): string =>
  verdicts.map((one) => `${describeVerdict(one)} ${one.delayMs} ${one.cut?.at}`).join("\n");

test("Faults does nothing unless told", () => {
  assert.equal(new Set(fates({}).map(describeVerdict)).size, 1);
  assert.deepEqual(parseFaultSettings({}), NO_FAULTS);
});

test("Faults throttles with 503 and Retry-After, or 429, and lets go as time passes", () => {
  let nowMs = 0;
  const faults = new Faults(() => nowMs, parseFaultSettings({ throttle: { requestsPerSecond: 2, burstSeconds: 1 } }));
  const statuses = (): readonly (number | undefined)[] => [1, 2, 3].map(() => faults.judge("GetFile").refusal?.status);
  assert.deepEqual(statuses(), [undefined, undefined, 503]);
  nowMs = 500;
  assert.deepEqual(statuses(), [undefined, 503, 503]);
  faults.set(parseFaultSettings({ throttle: { requestsPerSecond: 0.1, status: 429 } }));
  faults.judge("GetFile");
  const { refusal } = faults.judge("ListShares");
  assert.equal(refusal?.status, 429);
  assert.deepEqual(refusal?.headers, { "Retry-After": "10" });
});

test("Faults charges bytes after the fact", () => {
  let nowMs = 0;
  const faults = new Faults(() => nowMs, parseFaultSettings({ throttle: { bytesPerSecond: 1000 } }));
  assert.equal(faults.judge("GetFile").refusal, undefined);
  faults.spend(3000);
  assert.equal(faults.judge("GetFile").refusal?.headers["Retry-After"], "3");
  nowMs = 2500;
  assert.equal(faults.judge("GetFile").refusal, undefined);
});

test("Faults strikes the same requests with the same seed, and others with another", () => {
  const rules = { latency: { msMax: 50, rate: 0.5 }, errors: [{ rate: 0.1 }], cuts: [{ rate: 0.2 }, { rate: 0.1, kind: "shorten" }] };
  assert.equal(words(fates({ seed: 7, ...rules })), words(fates({ seed: 7, ...rules })));
  assert.notEqual(words(fates({ seed: 7, ...rules })), words(fates({ seed: 8, ...rules })));
});

test("Faults strikes about as often as the rate says, at most timesMax times, and only named operations", () => {
  const refused = (settings: object, operation?: OperationName): number =>
    fates(settings, 2000, operation).filter((one) => one.refusal !== undefined).length;
  const count = refused({ errors: [{ rate: 0.1 }] });
  assert.ok(count > 140 && count < 260, String(count));
  assert.equal(refused({ errors: [{ timesMax: 3 }] }), 3);
  assert.equal(refused({ errors: [{ operations: ["PutRange"] }] }), 0);
  assert.equal(refused({ errors: [{ operations: ["PutRange"] }] }, "PutRange"), 2000);
});

test("Faults gives every error and cut it knows, and delays within their bounds", () => {
  assert.deepEqual(
    ["ServerBusy", "OperationTimedOut", "InternalError"].map((code) => fates({ errors: [{ code }] })[0]?.refusal?.code),
    ["ServerBusy", "OperationTimedOut", "InternalError"],
  );
  for (const kind of ["reset", "truncate", "shorten"]) {
    const cuts = fates({ cuts: [{ kind }] }).map(({ cut }) => cut);
    assert.ok(cuts.every((cut) => cut?.kind === kind && cut.at >= 0 && cut.at < 1));
    assert.ok(new Set(cuts.map((cut) => cut?.at)).size > 100, "places differ");
  }
  const delays = fates({ latency: { msMin: 5, msMax: 20 } }).map(({ delayMs }) => delayMs);
  assert.ok(Math.min(...delays) >= 5 && Math.max(...delays) <= 20 && Math.max(...delays) - Math.min(...delays) > 10);
});

test("Faults cuts no body of a request that it refuses", () => {
  assert.ok(fates({ errors: [{ rate: 0.5 }], cuts: [{}] }).every(({ refusal, cut }) => (refusal === undefined) !== (cut === undefined)));
});

test("parseFaultSettings() names what is wrong", () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /faults has to be an object/],
    [{ latencies: 1 }, /faults has no field latencies; it has seed, throttle/],
    [{ seed: 1.5 }, /faults\.seed takes a whole number, not 1\.5/],
    [{ throttle: { status: 500 } }, /faults\.throttle\.status takes one of 503, 429, not 500/],
    [{ latency: { msMin: 10, msMax: 5 } }, /faults\.latency\.msMax takes a number from 10/],
    [{ errors: [{}, { rate: 2 }] }, /faults\.errors\[1\]\.rate takes a number from 0 to 1, not 2/],
    [{ cuts: [{ operations: ["Nope"] }] }, /faults\.cuts\[0\]\.operations takes a list of ListShares/],
    [{ cuts: {} }, /faults\.cuts takes a list/],
  ];
  for (const [value, message] of wrong) {
    assert.throws(
      () => parseFaultSettings(value),
      (error) => error instanceof ShapeError && message.test(error.message),
      String(message),
    );
  }
});
