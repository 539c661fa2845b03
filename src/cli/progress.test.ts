import assert from "node:assert/strict";
import { test } from "node:test";
import { newCounters } from "../telemetry/events.ts";
import { CliReporter } from "./cli-reporter.ts";
import { FakeContext } from "./fake-context.ts";
import { eventsIn } from "./event-check.ts";
import { Output } from "./output.ts";
import { Progress } from "./progress.ts";
import { Terminal } from "./terminal.ts";

const WORDS = { done: "read", stored: "stored" };
const ISSUE = { path: "/a", code: "E_SOURCE_READ", message: "cannot read /a", why: "EACCES", hint: "run as root" };

function stage(options: { json?: boolean; tty?: boolean; visible?: boolean; quiet?: boolean; verbose?: boolean }) {
  const { json = false, tty = false, visible = true, quiet = false, verbose = false } = options;
  const context = new FakeContext({ argv: [], env: { NO_COLOR: "1" }, stderrTTY: tty });
  const output = new Output(context, { json, runId: "run" });
  const terminal = new Terminal(context);
  const reporter = new CliReporter("backup", { output, terminal, verbose, quiet });
  return { context, output, reporter, start: () => new Progress(reporter.counters, { context, output, terminal, words: WORDS, visible }) };
}

test("Progress redraws in place on a terminal and leaves nothing behind", () => {
  const { context, start } = stage({ tty: true });
  const progress = start();
  context.pass(1000);
  assert.match(context.stderr.text, /^0:00 backup: /);
  assert.ok(context.stderr.text.includes("\r\u001b[J0:00 backup: "));
  assert.ok(!context.stderr.text.includes("\n"));
  progress.stop();
  assert.ok(context.stderr.text.endsWith("\u001b[J"));
  assert.equal(context.leftovers, 0);
});

test("Progress writes a line a minute without a terminal", () => {
  const { context, start } = stage({});
  const progress = start();
  context.pass(59_000);
  assert.equal(context.stderr.text, "");
  context.pass(180_000);
  assert.equal(context.stderr.lines.length, 3);
  progress.stop();
});

test("Progress writes status events with --json and nothing for people", () => {
  const { context, reporter, start } = stage({ json: true, tty: true });
  reporter.counters.files = 7;
  const progress = start();
  context.pass(3000);
  progress.stop();
  const events = eventsIn(context.stdout.text);
  assert.equal(events.length, 3);
  assert.ok(events.every((event) => event.message_type === "status" && event.files === 7));
  assert.equal(context.stderr.text, "");
});

test("Progress shows nothing when it should not, but answers SIGUSR2 until stopped", () => {
  const { context, start } = stage({ tty: true, visible: false });
  const progress = start();
  context.pass(600_000);
  assert.equal(context.stderr.text, "");
  assert.ok(context.signal("SIGUSR2"));
  assert.match(context.stderr.text, /^backup: 0 files.*\n$/);
  progress.stop();
  assert.ok(!context.signal("SIGUSR2"));
});

test("CliReporter.issue() lists ten of a kind and counts the others", () => {
  const { context, reporter } = stage({});
  for (let at = 0; at < 25; at += 1) reporter.issue({ ...ISSUE, path: `/a${at}`, message: `cannot read /a${at}` });
  reporter.issue({ ...ISSUE, code: "E_SOURCE_CHANGED", path: "/b", message: "it changed", hint: "" });
  reporter.finish();
  const { lines } = context.stderr;
  assert.equal(lines[0], "problem: cannot read /a0: EACCES [E_SOURCE_READ]");
  assert.equal(lines[1], "hint:    run as root");
  assert.equal(lines.filter((line) => line.startsWith("hint")).length, 1);
  assert.equal(lines.filter((line) => /cannot read/.test(line)).length, 10);
  assert.ok(lines.includes("problem: /b: it changed: EACCES [E_SOURCE_CHANGED]"));
  assert.equal(lines.at(-1), "problem: and 15 more of this kind [E_SOURCE_READ]");
});

test("CliReporter writes every problem and item as an event with --json", () => {
  const { context, reporter } = stage({ json: true, verbose: true });
  for (let at = 0; at < 12; at += 1) reporter.issue(ISSUE);
  reporter.item({ action: "new", path: "/a", size: 1 });
  reporter.note("estimating from the last run");
  reporter.finish();
  const events = eventsIn(context.stdout.text);
  assert.deepEqual(
    events.map((event) => event.message_type),
    [...Array.from({ length: 12 }, () => "error"), "item", "status"],
  );
  assert.ok(events.some((event) => event.message_type === "status" && event.note === "estimating from the last run"));
  assert.equal(context.stderr.text, "");
});

test("CliReporter names items for people and keeps remarks back when quiet", () => {
  const { context, reporter } = stage({ verbose: true, quiet: true });
  assert.equal(reporter.wantsItems, true);
  reporter.item({ action: "changed", path: "/a", size: 2048 });
  reporter.note("remark");
  assert.deepEqual(context.stderr.lines, ["changed    /a 2.0 KiB"]);
  assert.deepEqual(reporter.counters, newCounters("backup"));
});
