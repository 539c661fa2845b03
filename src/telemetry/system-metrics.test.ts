import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { test } from "node:test";
import { scriptedProbe, STEADY_FIGURES, steadyReading } from "../../test/support/metrics-moments.ts";
import { tempFolder } from "../../test/support/temp.ts";
import { ManualClock } from "../shared/clock.ts";
import { newCounters } from "./events.ts";
import type { LogHandle } from "./metrics-file.ts";
import type { MetricsSample } from "./metrics-sample.ts";
import type { MetricsSummary } from "./metrics-summary.ts";
import { startLog, startSystemMetrics, type MetricsOptions } from "./system-metrics.ts";

interface Log {
  readonly format: string;
  readonly version: number;
  readonly header: Readonly<Record<string, unknown>>;
  readonly samples: readonly MetricsSample[];
  readonly summary?: MetricsSummary;
}

/** Time, ticks and warnings in the hands of the test. */
function world(file: string) {
  const clock = new ManualClock();
  const ticks = new Set<() => void>();
  const warnings: string[] = [];
  const options: MetricsOptions = {
    file,
    command: "varve backup",
    subject: "/srv to /backup",
    settings: { threads: 2, exclude: ["*.tmp"] },
    version: "1.2.3",
    host: "testhost",
    clock,
    every: (periodMs, tick) => {
      assert.equal(periodMs, 1000);
      ticks.add(tick);
      return () => ticks.delete(tick);
    },
    warn: (message) => warnings.push(message),
  };
  const pass = (durationMs: number): void => {
    clock.advance(durationMs);
    for (const tick of ticks) tick();
  };
  return { clock, ticks, warnings, options, pass };
}

const readLog = (path: string): Log => JSON.parse(readFileSync(path, "utf8")) as Log;
const seconds = (count: number) => Array.from({ length: count }, (_, at) => steadyReading(at));

/** Lets a write that a tick started come to its end. */
async function written(path: string, samples: number): Promise<Log> {
  for (;;) {
    const log = readLog(path);
    if (log.samples.length >= samples) return log;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test("a log is a whole document each second, with header, samples and in the end a summary", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, pass, ticks, warnings } = world(path);
  const probe = scriptedProbe(seconds(4));
  const log = await startLog(await open(path, "wx+"), probe, options);
  assert.deepEqual(readLog(path).samples, []);
  const counters = newCounters("work");
  log.follow(counters);
  for (let second = 1; second <= 3; second += 1) {
    Object.assign(counters, { bytesDone: second * 70, filesDone: second * 80, bytesStored: second * 90 });
    pass(1000);
    const { samples, summary } = await written(path, second);
    assert.equal(summary, undefined);
    assert.deepEqual(samples.at(-1), {
      seconds: second,
      interval_seconds: 1,
      phase: "work",
      ...STEADY_FIGURES,
      requests_per_second: 0,
      requests_in_flight: 0,
      throttled_per_second: 0,
      bytes_done: second * 70,
      files_done: second * 80,
    });
  }
  await log.stop("done");
  assert.deepEqual([ticks.size, probe.closed, warnings], [0, true, []]);
  const { format, version, header, samples, summary } = readLog(path);
  assert.deepEqual([format, version, samples.length, summary?.ending, summary?.files_done], ["varve metrics log", 1, 3, "done", 240]);
  assert.deepEqual(summary?.figures.cpu_system_percent, { min: 50, mean: 50, max: 50, p95: 50 });
  assert.deepEqual(header, {
    program: "varve 1.2.3",
    command: "varve backup",
    subject: "/srv to /backup",
    started: "2023-11-14T22:13:20.000Z",
    machine: { host: "testhost", system: "Linux 6.1 x64", runtime: "node v24", cpu: "Model", cores: 4, memory_bytes: 1000 },
    settings: { threads: 2, exclude: ["*.tmp"] },
  });
});

test("a run that is over before the first second has one sample, a second stop adds nothing", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, clock } = world(path);
  const log = await startLog(await open(path, "wx+"), scriptedProbe(seconds(2)), options);
  clock.advance(300);
  await log.stop("failed");
  const text = readFileSync(path, "utf8");
  await log.stop("done");
  assert.equal(readFileSync(path, "utf8"), text);
  const { samples, summary } = readLog(path);
  assert.deepEqual([samples.length, samples[0]?.interval_seconds, samples[0]?.phase, summary?.ending], [1, 0.3, "start", "failed"]);
});

test("what is done in the last part of a second is in the log", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, clock, pass } = world(path);
  const log = await startLog(await open(path, "wx+"), scriptedProbe(seconds(3)), options);
  const counters = newCounters("work");
  log.follow(counters);
  pass(1000);
  clock.advance(100);
  counters.filesDone = 11;
  await log.stop("done");
  const { samples, summary } = readLog(path);
  assert.deepEqual([samples.length, samples[0]?.files_done, samples[0]?.files_per_second, summary?.files_done], [1, 11, 10, 11]);
});

test("requests are counted in the log", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, pass } = world(path);
  const log = await startLog(await open(path, "wx+"), scriptedProbe(seconds(2)), options);
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = log.requests.during(promise, () => false);
  await log.requests.during(Promise.reject(new Error("busy")), () => true).catch(() => undefined);
  pass(1000);
  resolve();
  await running;
  await log.stop("done");
  const { samples, summary } = readLog(path);
  const { requests_in_flight: inFlight, requests_per_second: requests, throttled_per_second: throttled } = samples[0] ?? {};
  assert.deepEqual([inFlight, requests, throttled], [1, 2, 1]);
  assert.deepEqual([summary?.requests, summary?.throttled, summary?.requests_failed], [2, 1, 1]);
});

test("a tick that came late shows as delay of the event loop", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, pass } = world(path);
  const log = await startLog(await open(path, "wx+"), scriptedProbe(seconds(2)), options);
  pass(1750);
  await log.stop("done");
  const { samples } = readLog(path);
  assert.deepEqual([samples[0]?.event_loop_delay_max_ms, samples[0]?.interval_seconds], [750, 1.75]);
});

test("a run of two days has less than an hour of samples, each of a longer time, and a summary of all of it", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, pass } = world(path);
  const log = await startLog(await open(path, "wx+"), scriptedProbe([steadyReading(0)]), options);
  const counters = newCounters("work");
  log.follow(counters);
  for (let second = 1; second <= 2 * 86_400; second += 1) {
    counters.filesDone = second;
    pass(1000);
    if (second % 10_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await log.stop("done");
  const { samples, summary } = readLog(path);
  assert.ok(samples.length >= 1800 && samples.length < 3600, String(samples.length));
  assert.deepEqual([samples[0]?.interval_seconds, samples.at(-1)?.seconds, summary?.duration_seconds], [64, 172_800, 172_800]);
  assert.deepEqual(summary?.figures.files_per_second, { min: 1, mean: 1, max: 1, p95: 1 });
});

test("a log that cannot be written any more is told once, the run goes on, and the file is whole when there is space again", async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, pass, warnings } = world(path);
  const real = await open(path, "wx+");
  let full = false;
  const write: LogHandle["write"] = async (...args: unknown[]) => {
    if (full) throw Object.assign(new Error("write failed"), { code: "ENOSPC" });
    return await (real.write as (...args: unknown[]) => Promise<never>).apply(real, args);
  };
  const handle = { write, truncate: (length?: number) => real.truncate(length), close: () => real.close() };
  const log = await startLog(handle, scriptedProbe(seconds(9)), options);
  pass(1000);
  await written(path, 1);
  full = true;
  for (let second = 2; second <= 4; second += 1) {
    pass(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /metrics log .*log\.json cannot be written: no space is left \(ENOSPC\); the run goes on/);
  full = false;
  pass(1000);
  await written(path, 5);
  full = true;
  await log.stop("done");
  assert.equal(readLog(path).samples.length, 5, "without a summary it is still whole");
  assert.equal(warnings.length, 1);
});

test("a log that cannot be written at its start is an error before anything runs", async () => {
  const full = await open("/dev/full", "r+");
  const { options, ticks } = world("/dev/full");
  const probe = scriptedProbe(seconds(1));
  await assert.rejects(startLog(full, probe, options), { code: "E_USAGE", message: "cannot write the metrics log /dev/full" });
  assert.deepEqual([probe.closed, ticks.size], [true, 0]);
  await assert.rejects(startSystemMetrics({ ...options, file: "/dev/null/log.json" }), { code: "E_USAGE" });
});

test("startSystemMetrics() measures the process it runs in", { skip: process.platform !== "linux" }, async () => {
  await using folder = await tempFolder("metrics");
  const path = `${folder.path}/log.json`;
  const { options, clock } = world(path);
  const log = await startSystemMetrics(options);
  let spun = 0;
  for (const end = process.cpuUsage().user + 50_000; process.cpuUsage().user < end;) spun += 1;
  clock.advance(1000);
  await log.stop("done");
  const { samples, summary, header } = readLog(path);
  const [sample] = samples;
  assert.ok(spun > 0 && sample !== undefined && summary !== undefined);
  assert.ok((sample.cpu_process_percent ?? 0) > 0 && summary.cpu_seconds >= 0.05);
  assert.ok((sample.rss_bytes ?? 0) > (sample.heap_used_bytes ?? 0) && (sample.memory_used_bytes ?? 0) > (sample.rss_bytes ?? 0));
  assert.ok((header["machine"] as { cores: number }).cores > 0);
});
