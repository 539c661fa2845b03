import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LogFile } from "./log-file.ts";
import { withoutSignature, type RequestEntry } from "./request-entry.ts";
import { RequestLog } from "./request-log.ts";
import { Ring } from "./ring.ts";

function entry(more: Partial<RequestEntry> = {}): RequestEntry {
  const none = { requestId: "r", clientRequestId: "", caller: "sharedKey", userAgent: "", fault: "", errorCode: "" };
  return {
    time: "2026-01-01T00:00:00.000Z",
    operation: "GetFile",
    method: "GET",
    target: "/a/s/f",
    status: 200,
    bytesIn: 0,
    bytesOut: 5,
    durationMs: 1,
    ...none,
    ...more,
  };
}

test("RequestLog counts requests, bytes, statuses and errors by operation and in total", () => {
  const log = new RequestLog();
  log.add(entry());
  log.add(entry({ status: 206, bytesOut: 7 }));
  log.add(entry({ status: 503, bytesOut: 100, errorCode: "ServerBusy" }));
  log.add(entry({ operation: "PutRange", status: 201, bytesIn: 50, bytesOut: 0 }));
  const { total, operations } = log.counters();
  assert.deepEqual(operations["GetFile"], {
    requests: 3,
    bytesIn: 0,
    bytesOut: 112,
    statuses: { 200: 1, 206: 1, 503: 1 },
    errors: { ServerBusy: 1 },
  });
  assert.deepEqual(operations["PutRange"], { requests: 1, bytesIn: 50, bytesOut: 0, statuses: { 201: 1 }, errors: {} });
  assert.deepEqual(total, {
    requests: 4,
    bytesIn: 50,
    bytesOut: 112,
    statuses: { 200: 1, 201: 1, 206: 1, 503: 1 },
    errors: { ServerBusy: 1 },
  });
  log.resetCounters();
  assert.deepEqual(log.counters(), { total: { requests: 0, bytesIn: 0, bytesOut: 0, statuses: {}, errors: {} }, operations: {} });
});

test("RequestLog remembers the last requests only, and gives those after a number", () => {
  const log = new RequestLog({ rememberedMax: 3 });
  for (const target of ["/1", "/2", "/3", "/4", "/5"]) log.add(entry({ target }));
  const targets = (skip: number): readonly string[] => log.entries(skip).map((one) => one.target);
  assert.deepEqual(targets(0), ["/3", "/4", "/5"]);
  assert.deepEqual(targets(4), ["/5"]);
  assert.deepEqual(targets(log.count), []);
  log.clear();
  log.add(entry({ target: "/6" }));
  assert.deepEqual(targets(0), ["/6"]);
  assert.equal(log.counters().total.requests, 6);
});

test("Ring keeps order across many turns", () => {
  const ring = new Ring<number>(7);
  for (let value = 0; value < 100; value += 1) {
    ring.add(value);
    const expected = Array.from({ length: Math.min(7, value + 1) }, (_, index) => Math.max(0, value - 6) + index);
    assert.deepEqual(ring.since(0), expected);
  }
});

test("withoutSignature() hides every signature and nothing else", () => {
  const hidden = withoutSignature("/a/s/f?comp=list&sig=AbC%2F&sp=rl&SIG=x&design=1");
  assert.equal(hidden, "/a/s/f?comp=list&sig=***&sp=rl&SIG=***&design=1");
});

test("LogFile appends one line of JSON a request, and keeps what was there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "azure-files-emulator-log-"));
  try {
    const path = join(folder, "requests.ndjson");
    for (const target of ["/1", "/2"]) {
      const file = await LogFile.open(path);
      new RequestLog({ file }).add(entry({ target }));
      await file.close();
      assert.equal(file.lost, 0);
    }
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [entry({ target: "/1" }), entry({ target: "/2" })],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("LogFile.open() fails where no file can be", async () => {
  await assert.rejects(LogFile.open("/dev/null/requests.ndjson"), { code: "ENOTDIR" });
});
