import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenPipe } from "./context.ts";
import type { StatusBody } from "./event-types.ts";
import { FakeContext } from "./fake-context.ts";
import { eventsIn } from "./event-check.ts";
import { Output, encodeJson } from "./output.ts";

const CHANGE = () => ({ message_type: "result", kind: "change", change: "+", path: "a", size_before: 0, size_after: 1 }) as const;
const WARNING = { message_type: "warning", message: "w" } as const;

function outputs(json: boolean, stdoutTTY = false): { context: FakeContext; output: Output } {
  const context = new FakeContext({ argv: [], stdoutTTY });
  return { context, output: new Output(context, { json, runId: "run" }) };
}

test("Output.result() writes the line, or the event with --json", async () => {
  const text = outputs(false);
  await text.output.result(CHANGE, () => "+ a");
  await text.output.finish();
  assert.equal(text.context.stdout.text, "+ a\n");
  const json = outputs(true);
  await json.output.result(CHANGE, () => assert.fail("no line is made"));
  await json.output.finish();
  const [event] = eventsIn(json.context.stdout.text);
  assert.deepEqual({ ...event }, { v: 1, ts: "2023-11-14T22:13:20.000Z", run_id: "run", ...CHANGE() });
});

test("Output.result() gathers lines into few writes, but shows them at once on a terminal and to a slow reader", async () => {
  const pipe = outputs(false);
  await pipe.output.result(CHANGE, () => "1");
  assert.equal(pipe.context.stdout.text, "");
  pipe.context.clock.advance(1000);
  await pipe.output.result(CHANGE, () => "2");
  assert.equal(pipe.context.stdout.text, "1\n2\n");
  const terminal = outputs(false, true);
  await terminal.output.result(CHANGE, () => "1");
  assert.equal(terminal.context.stdout.text, "1\n");
});

test("Output.result() writes when enough is waiting", async () => {
  const { context, output } = outputs(false);
  for (let line = 0; line < 100; line += 1) await output.result(CHANGE, () => "x".repeat(1000));
  assert.ok(context.stdout.text.length >= 64 * 1024);
});

test("Output.itemDone() goes on when the reader is gone, and fails when writing fails otherwise", async () => {
  const context = new FakeContext({ argv: [] });
  const output = new Output(context, { json: false, runId: "r" });
  const item = (): Promise<void> => {
    context.clock.advance(1000);
    return output.itemDone(
      () => ({ message_type: "item", action: "restored", path: "p", size: 1 }),
      () => "line",
    );
  };
  context.stdout.writesMax = 1;
  for (let count = 0; count < 3; count += 1) await item();
  assert.deepEqual(context.stdout.lines, ["line"]);
  context.stdout.write = () => {
    throw new Error("full");
  };
  await assert.rejects(item(), /full/);
});

test("Output.result() throws BrokenPipe when the reader is gone, finish() does not", async () => {
  const { context, output } = outputs(false, true);
  context.stdout.writesMax = 0;
  await assert.rejects(
    output.result(CHANGE, () => "x"),
    BrokenPipe,
  );
  await output.finish();
});

test("Output.event() writes at once, only with --json, and never throws", async () => {
  const text = outputs(false);
  text.output.event(WARNING);
  assert.equal(text.context.stdout.text, "");
  const json = outputs(true);
  json.output.event(WARNING);
  assert.equal(eventsIn(json.context.stdout.text).length, 1);
  json.context.stdout.writesMax = 0;
  json.output.event(WARNING);
  await json.output.finish();
});

test("Output.text() goes on without a reader", async () => {
  const { context, output } = outputs(false);
  context.stdout.writesMax = 0;
  await output.text("x");
  assert.equal(context.stdout.text, "");
});

test("Output keeps the order of results, text and bytes", async () => {
  const { context, output } = outputs(false);
  await output.result(CHANGE, () => "1");
  await output.bytes(Uint8Array.of(0x32, 0x0a));
  await output.result(CHANGE, () => "3");
  await output.text("4");
  assert.equal(context.stdout.text, "1\n2\n3\n4\n");
});

test("encodeJson() writes integers of any size as decimal text", () => {
  const body = { big: 2n ** 64n, list: [1n], missing: undefined } satisfies Record<string, unknown>;
  assert.equal(encodeJson(body), '{"big":"18446744073709551616","list":["1"]}');
  const status: Partial<StatusBody> = { note: undefined };
  assert.equal(encodeJson(status), "{}");
});
