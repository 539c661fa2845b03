import assert from "node:assert/strict";
import { test } from "node:test";
import { plainSample } from "../../../test/support/metrics-moments.ts";
import type { MetricsLogView } from "./metrics-log.ts";
import { subtitleOf, titleOf } from "./titles.ts";

const LOG: MetricsLogView = {
  program: "varve 1.2.3",
  command: "varve backup",
  subject: "/srv to /repo",
  startedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  machine: { host: "box", cpu: "Fast CPU", cores: 16, memoryBytes: 68_719_476_736 },
  samples: [plainSample(150, { files_done: 10_006, bytes_done: 857_185_800 })],
  ending: "done",
  totals: { throttled: 0, issues: 0 },
};

test("titleOf() says what was run, and cuts a long one in its middle", () => {
  assert.equal(titleOf(LOG), "varve backup: /srv to /repo");
  const long = titleOf({ ...LOG, subject: `/a${"ü".repeat(300)} to /z` });
  assert.match(long, /^varve backup: \/aü+…ü+ to \/z$/);
  assert.ok([...new Intl.Segmenter().segment(long)].length <= 98);
  assert.equal(titleOf({ ...LOG, command: "", subject: "a\nb\u001b[31m" }), "varve: a b [31m");
});

test("subtitleOf() says when, where, how it ended and what was done", () => {
  assert.deepEqual(subtitleOf(LOG).split("\n"), [
    "2026-01-02 03:04:05 UTC  ·  on box  ·  16 cores, Fast CPU, 64 GiB  ·  varve 1.2.3",
    "done  ·  10,006 files, 817 MiB in 2:30  ·  mean 5.45 MiB/s, 67 files/s",
  ]);
});

test("subtitleOf() tells throttling and problems, and that a run has no end", () => {
  const text = subtitleOf({ ...LOG, ending: undefined, totals: { throttled: 1234, issues: 5 } });
  assert.match(text, /no end is recorded: killed, cut off or still running/);
  assert.match(text, /1,234 requests throttled {2}· {2}5 problems$/);
});

test("subtitleOf() leaves out what the log does not say", () => {
  const empty = { host: "", cpu: "", cores: undefined, memoryBytes: undefined };
  const text = subtitleOf({ ...LOG, program: "", startedMs: undefined, machine: empty, samples: [plainSample(0.4, { files_done: 1 })] });
  assert.equal(text, "\ndone  ·  1 file, 0 B in 0.4 s  ·  mean 0 B/s, 2.5 files/s");
});
