import assert from "node:assert/strict";
import { test } from "node:test";
import { LineEditor } from "./node-keyboard.ts";

/** Types the parts one after the other and returns what the last one amounts to. */
function typed(...parts: string[]) {
  const editor = new LineEditor();
  let result: ReturnType<LineEditor["type"]>;
  for (const part of parts) result = editor.type(part);
  return result;
}

test("LineEditor collects keys until Return", () => {
  assert.equal(typed("pass"), undefined);
  assert.deepEqual(typed("pa", "ss", "\r"), { kind: "line", text: "pass" });
  assert.deepEqual(typed("pässwörd👍\n"), { kind: "line", text: "pässwörd👍" });
  assert.deepEqual(typed("\r"), { kind: "line", text: "" });
});

test("LineEditor takes whole characters back, and the whole line", () => {
  assert.deepEqual(typed("ab👍\u007f\u007fc\r"), { kind: "line", text: "ac" });
  assert.deepEqual(typed("wrong\u0015right\r"), { kind: "line", text: "right" });
  assert.deepEqual(typed("\u007f\u007fx\r"), { kind: "line", text: "x" });
});

test("LineEditor knows Ctrl-C and Ctrl-D", () => {
  assert.deepEqual(typed("abc\u0003"), { kind: "interrupt" });
  assert.deepEqual(typed("\u0004"), { kind: "end" });
  assert.deepEqual(typed("abc\u0004"), { kind: "line", text: "abc" });
});

test("LineEditor leaves out control characters and stops growing", () => {
  assert.deepEqual(typed("a\u001bb\tc\r"), { kind: "line", text: "abc" });
  assert.equal((typed(`${"x".repeat(10_000)}\r`) as { text: string }).text.length, 4096);
});
