import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { test } from "node:test";
import { isAppError } from "../shared/errors.ts";
import { BrokenPipe } from "./context.ts";
import { nodeSink } from "./node-sink.ts";

/** A stream as the process has them, on a descriptor that is no terminal. */
function asWriteStream(stream: Writable): NodeJS.WriteStream & { fd: number } {
  return Object.assign(stream, { fd: -1 }) as unknown as NodeJS.WriteStream & { fd: number };
}

function failingStream(code: string): NodeJS.WriteStream & { fd: number } {
  return asWriteStream(new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) }));
}

test("nodeSink() waits for a slow reader and goes on when it reads", async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const waiting = nodeSink(asWriteStream(stream)).write("12345678");
  assert.ok(waiting instanceof Promise);
  stream.resume();
  await waiting;
});

test("nodeSink() does not wait while there is room", () => {
  const sink = nodeSink(asWriteStream(new PassThrough()));
  assert.equal(sink.write("x"), undefined);
  assert.equal(sink.isTTY, false);
  assert.equal(sink.columns, 80);
});

test("nodeSink() refuses with BrokenPipe once the reader is gone", async () => {
  const sink = nodeSink(failingStream("EPIPE"));
  await assert.rejects(async () => sink.write("x"), BrokenPipe);
  assert.throws(() => sink.write("y"), BrokenPipe);
  await assert.rejects(sink.flush(), BrokenPipe);
});

test("nodeSink() never takes a full disk for success", async () => {
  const sink = nodeSink(failingStream("ENOSPC"));
  await assert.rejects(async () => sink.write("x"));
  await assert.rejects(sink.flush(), (error) => isAppError(error, "E_TARGET_ROOT") && error.why === "no space is left (ENOSPC)");
});

test("nodeSink() releases who waits when the stream fails", async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const waiting = nodeSink(asWriteStream(stream)).write("12345678");
  stream.destroy(Object.assign(new Error("gone"), { code: "EPIPE" }));
  await assert.rejects(Promise.resolve(waiting), BrokenPipe);
});
