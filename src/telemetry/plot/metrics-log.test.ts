import assert from "node:assert/strict";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { test } from "node:test";
import * as fc from "fast-check";
import { plainSample } from "../../../test/support/metrics-moments.ts";
import { tempFolder } from "../../../test/support/temp.ts";
import { AppError } from "../../shared/errors.ts";
import { LOG_START } from "../metrics-file.ts";
import { parseMetricsLog, readMetricsLog } from "./metrics-log.ts";

const HEADER = {
  program: "varve 1.2.3",
  command: "varve backup",
  subject: "/srv to /repo",
  started: "2026-01-02T03:04:05.000Z",
  machine: { host: "h", cpu: "c", cores: 4, memory_bytes: 1000 },
};
const HEAD = `${LOG_START},"version":1,"header":${JSON.stringify(HEADER)},"samples":[`;
const SAMPLES = [1, 2, 3].map((second) => plainSample(second, { rss_bytes: second * 10 }));
const LINES = SAMPLES.map((sample) => JSON.stringify(sample)).join(",\n");
const WHOLE = `${HEAD}\n${LINES}\n],"summary":{"ending":"done","throttled":7,"issues":2}}\n`;

/** What is wrong with a text, in the error's own words. */
function problem(text: string): { readonly why: string; readonly hint: string } {
  try {
    parseMetricsLog(text, "x.json");
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "E_USAGE" && error.what === "cannot draw x.json");
    return error;
  }
  return assert.fail("it was read");
}

test("parseMetricsLog() reads a finished log", () => {
  assert.deepEqual(parseMetricsLog(WHOLE, "x.json"), {
    program: "varve 1.2.3",
    command: "varve backup",
    subject: "/srv to /repo",
    startedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    machine: { host: "h", cpu: "c", cores: 4, memoryBytes: 1000 },
    samples: SAMPLES,
    ending: "done",
    totals: { throttled: 7, issues: 2 },
  });
});

test("parseMetricsLog() reads the log of a run that has not ended", () => {
  const { samples, ending } = parseMetricsLog(`${HEAD}\n${LINES}\n]}\n`, "x.json");
  assert.deepEqual([samples, ending], [SAMPLES, undefined]);
});

test("parseMetricsLog() reads a log cut off anywhere behind its first sample, up to the last whole line", () => {
  const first = HEAD.length + 1 + JSON.stringify(SAMPLES[0]).length;
  fc.assert(
    fc.property(fc.integer({ min: first, max: WHOLE.length }), (length) => {
      const { samples, subject } = parseMetricsLog(WHOLE.slice(0, length), "x.json");
      assert.deepEqual(samples, SAMPLES.slice(0, samples.length));
      assert.ok(samples.length > 0 && subject === "/srv to /repo");
    }),
  );
});

test("parseMetricsLog() leaves out damaged samples and figures, and puts the others in order", () => {
  const lines = [
    '{"seconds":3,"interval_seconds":1,"phase":"a","rss_bytes":"x","files_done":-1,"bytes_done":1e999,"heap_used_bytes":5,"unknown":1}',
    '{"seconds":2,"phase":"a"}',
    "17",
    "null",
    '{"seconds":1,"interval_seconds":1,"phase":5}',
  ];
  assert.deepEqual(parseMetricsLog(`${HEAD}\n${lines.join(",\n")}\n]}\n`, "x.json").samples, [
    { seconds: 1, interval_seconds: 1, phase: "" },
    { seconds: 3, interval_seconds: 1, phase: "a", heap_used_bytes: 5 },
  ]);
});

test("parseMetricsLog() gets along without anything in the header", () => {
  const { startedMs, machine, command } = parseMetricsLog(`${LOG_START},"version":1,"samples":[\n${LINES}\n]}\n`, "x.json");
  assert.deepEqual([startedMs, machine.host, machine.cores, command], [undefined, "", undefined, ""]);
});

test("parseMetricsLog() reads a log that somebody's formatter has been through", () => {
  const read = parseMetricsLog(WHOLE, "x.json");
  for (const text of [` ${WHOLE}`, `\uFEFF${WHOLE}`, JSON.stringify(JSON.parse(WHOLE), null, 2)])
    assert.deepEqual(parseMetricsLog(text, "x.json"), read);
});

test("parseMetricsLog() says why it reads nothing else", () => {
  assert.match(problem("").why, /empty/);
  for (const text of ["{}", "[1]", '{"0b0e1f0a": "a/b"}', "\u0000\u0001"]) assert.match(problem(text).why, /no metrics log/, text);
  assert.match(problem(`${HEAD}\n]}\n`).why, /no sample/);
  assert.match(problem(`${HEAD}\n]}\n`).hint, /later/);
  assert.match(problem(WHOLE.replace('"version":1', '"version":2')).why, /format 2, and this Varve reads format 1/);
  assert.match(problem(WHOLE.slice(0, 60)).why, /first line is damaged/);
});

test("parseMetricsLog() never fails in another way, whatever is in the file", () => {
  fc.assert(
    fc.property(fc.nat(WHOLE.length), fc.string({ unit: "binary", maxLength: 20 }), (at, noise) => {
      try {
        parseMetricsLog(WHOLE.slice(0, at) + noise + WHOLE.slice(at + noise.length), "x.json");
      } catch (error) {
        assert.ok(error instanceof AppError, String(error));
      }
    }),
  );
});

test("readMetricsLog() says why a file cannot be read", async () => {
  await using folder = await tempFolder("metrics");
  const path = (name: string): string => `${folder.path}/${name}`;
  await mkdir(path("dir"));
  await writeFile(path("large"), WHOLE);
  await truncate(path("large"), 65 * 1024 * 1024);
  await writeFile(path("good"), WHOLE);
  await assert.rejects(readMetricsLog(path("none")), { code: "E_USAGE", why: /does not exist/ });
  await assert.rejects(readMetricsLog(path("dir")), { code: "E_USAGE", why: /directory/ });
  await assert.rejects(readMetricsLog("/dev/null"), { code: "E_USAGE", why: /not a plain file/ });
  await assert.rejects(readMetricsLog(path("large")), { code: "E_USAGE", why: /more than 64 MiB/ });
  assert.equal((await readMetricsLog(path("good"))).samples.length, 3);
});
