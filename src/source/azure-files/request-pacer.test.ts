import assert from "node:assert/strict";
import { test } from "node:test";
import { must } from "../../shared/assert.ts";
import { ManualClock } from "../../shared/clock.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { seededRandom } from "../../shared/random.ts";
import { type PaceBounds, RequestPacer } from "./request-pacer.ts";

function busy(status: number, retryAfterMs?: number): AppError {
  return new AppError({
    code: "E_SHARE_UNAVAILABLE",
    what: "cannot list a",
    why: "busy",
    retryable: true,
    data: { status, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  });
}

function pacer(bounds: Partial<PaceBounds> = {}): { pacer: RequestPacer; clock: ManualClock; remarks: string[] } {
  const clock = new ManualClock();
  const remarks: string[] = [];
  return { clock, remarks, pacer: new RequestPacer({ clock, random: seededRandom(1), bounds, onWait: (text) => remarks.push(text) }) };
}

/** Requests that end when the test says so. */
class Gate {
  readonly open: (() => void)[] = [];
  running = 0;
  most = 0;
  readonly send = async (): Promise<void> => {
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    await new Promise<void>((resolve) => this.open.push(resolve));
    this.running -= 1;
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("RequestPacer runs no more at once than its limit, which grows by one a round up to the most", async () => {
  const { pacer: pace } = pacer({ requestsFirst: 2, requestsMax: 4 });
  const gate = new Gate();
  const all = Array.from({ length: 30 }, () => pace.run(gate.send));
  await turns();
  assert.equal(gate.running, 2);
  while (gate.open.length > 0) {
    must(gate.open.shift(), "one is running")();
    await turns();
  }
  await Promise.all(all);
  assert.equal(gate.most, 4);
  assert.equal(pace.limit, 4);
});

test("RequestPacer halves its limit once for answers of the same moment, and starts nothing before Retry-After has passed", async () => {
  const { pacer: pace, clock, remarks } = pacer({ requestsFirst: 8, remarkMsMin: 600_000 });
  const started: number[] = [];
  const before = clock.monotonicMs();
  let refusals = 4;
  const send = async (): Promise<void> => {
    started.push(clock.monotonicMs() - before);
    await turns();
    if (refusals > 0) {
      refusals -= 1;
      throw busy(503, 20_000);
    }
  };
  await Promise.all(Array.from({ length: 4 }, () => pace.run(send)));
  assert.equal(pace.throttled, 4);
  assert.equal(pace.limit, 4);
  assert.deepEqual(started.slice(0, 4), [0, 0, 0, 0]);
  assert.ok(started.slice(4).every((ms) => ms >= 20_000));
  assert.equal(remarks.length, 1);
  assert.match(must(remarks[0], "there is a remark"), /throttles; going on with 4/);
});

test("RequestPacer waits for minutes while it is throttled, and says so now and then", async () => {
  const { pacer: pace, clock, remarks } = pacer();
  const before = clock.monotonicMs();
  const result = await pace.run(async () => {
    if (clock.monotonicMs() - before < 10 * 60_000) throw busy(429);
    return "done";
  });
  assert.equal(result, "done");
  assert.ok(remarks.length > 5 && remarks.length < 60, `${remarks.length} remarks`);
});

test("RequestPacer gives up after its time, with the number of attempts, and repeats nothing that is not to be repeated", async () => {
  const { pacer: pace } = pacer({ throttledMsMax: 1000 });
  await assert.rejects(
    pace.run(async () => {
      throw busy(503);
    }),
    (error) => isAppError(error, "E_SHARE_UNAVAILABLE") && !error.retryable && /tried \d+ times/.test(error.why),
  );
  let calls = 0;
  await assert.rejects(
    pace.run(async () => {
      calls += 1;
      throw new AppError({ code: "E_SHARE_DENIED", what: "no" });
    }),
    (error) => isAppError(error, "E_SHARE_DENIED"),
  );
  assert.equal(calls, 1);
});

test("RequestPacer gives up soon when it is the first to ask and nobody ever answered, and is patient from the first answer on", async () => {
  const lost = new AppError({ code: "E_SHARE_UNAVAILABLE", what: "cannot list a", why: "no connection", retryable: true });
  const spentMs = async (isFirst: boolean, answer: () => Promise<void>): Promise<number> => {
    const clock = new ManualClock();
    const pace = new RequestPacer({ clock, random: seededRandom(1), isFirst });
    await pace.run(answer).catch(() => undefined);
    const before = clock.monotonicMs();
    await assert.rejects(
      pace.run(() => Promise.reject(lost)),
      /cannot list a/,
    );
    return clock.monotonicMs() - before;
  };
  const nothing = (): Promise<void> => Promise.reject(lost);
  const refusal = (): Promise<void> =>
    Promise.reject(new AppError({ code: "E_SHARE_DENIED", what: "cannot list", why: "denied", data: { status: 403 } }));
  assert.ok((await spentMs(true, nothing)) <= 10_000);
  for (const patient of [await spentMs(false, nothing), await spentMs(true, async () => undefined), await spentMs(true, refusal)])
    assert.ok(patient > 5 * 60_000, `${patient}`);
});

test("RequestPacer lets an aborted request go and keeps serving the others", async () => {
  const { pacer: pace } = pacer({ requestsFirst: 1, requestsMax: 1 });
  const gate = new Gate();
  const first = pace.run(gate.send);
  const stop = new AbortController();
  const second = pace.run(gate.send, stop.signal);
  second.catch(() => undefined);
  const third = pace.run(gate.send);
  stop.abort(new Error("stopped"));
  await turns();
  must(gate.open.shift(), "the first runs")();
  await turns();
  must(gate.open.shift(), "the third runs")();
  await Promise.all([first, third]);
  await assert.rejects(second, /stopped/);
});
