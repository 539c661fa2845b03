import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_FAULTS } from "../faults/fault-settings.ts";
import { Faults } from "../faults/faults.ts";
import { RequestLog } from "../log/request-log.ts";
import { answerControl, isControl, type ControlAnswer, type ControlResource } from "./control.ts";
import { countersResource, faultsResource, logResource } from "./resources.ts";

const faults = new Faults(() => 0);
const log = new RequestLog();
const resources: Readonly<Record<string, ControlResource>> = {
  faults: faultsResource(faults),
  counters: countersResource(log),
  log: logResource(log),
};

const ask = (method: string, name: string, body = ""): Promise<ControlAnswer> =>
  answerControl({ method, target: `/_emulator/${name}`, body }, resources);

function addRequest(target: string): void {
  const none = { requestId: "r", clientRequestId: "", caller: "", userAgent: "", fault: "", errorCode: "", durationMs: 0 };
  log.add({ time: "", operation: "GetFile", method: "GET", target, status: 200, bytesIn: 0, bytesOut: 5, ...none });
}

test("isControl() knows its own paths from accounts", () => {
  for (const target of ["/_emulator", "/_emulator/log?skip=1", "/_emulator?x"]) assert.ok(isControl(target), target);
  for (const target of ["/", "/_emulators", "/devstoreaccount1/_emulator"]) assert.ok(!isControl(target), target);
});

test("answerControl() sets faults, shows them and switches them off", async () => {
  const answer = await ask("PUT", "faults", '{"throttle":{"requestsPerSecond":5},"cuts":[{"kind":"truncate","rate":0.5}]}');
  assert.equal(answer.status, 200);
  assert.equal(faults.settings.throttle?.requestsPerSecond, 5);
  assert.equal((await ask("GET", "faults")).body, answer.body);
  assert.deepEqual(await ask("DELETE", "faults"), { status: 204, contentType: "", body: "" });
  assert.deepEqual(faults.settings, NO_FAULTS);
});

test("answerControl() leaves faults as they were when the body is wrong", async () => {
  await ask("PUT", "faults", '{"seed":3}');
  for (const [body, message] of [
    ["{", /not JSON/],
    ['{"seed":"x"}', /faults\.seed takes/],
    ["", /not JSON/],
  ] as const) {
    const answer = await ask("PUT", "faults", body);
    assert.equal(answer.status, 400);
    assert.match(answer.body, message);
  }
  assert.equal(faults.settings.seed, 3);
});

test("answerControl() counts, lists and forgets requests", async () => {
  for (const target of ["/1", "/2", "/3"]) addRequest(target);
  const report = JSON.parse((await ask("GET", "counters")).body) as { total: { requests: number } };
  assert.equal(report.total.requests, 3);
  const lines = (await ask("GET", "log?skip=1")).body.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { target: string }).target),
    ["/2", "/3"],
  );
  await ask("DELETE", "log");
  assert.equal((await ask("GET", "log")).body, "");
  await ask("DELETE", "counters");
  assert.equal(log.counters().total.requests, 0);
  assert.equal((await ask("GET", "log?skip=-1")).status, 400);
});

test("answerControl() says what there is when asked for something else", async () => {
  assert.match((await ask("GET", "fault")).body, /there is no fault here.*faults, counters, log/s);
  assert.equal((await ask("GET", "constructor")).status, 404);
  const wrong = await ask("PUT", "counters", "{}");
  assert.equal(wrong.status, 405);
  assert.match(wrong.body, /GET, DELETE/);
  assert.match((await ask("GET", "")).body, /"counters": \[/);
});
