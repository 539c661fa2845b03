import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestData, TestTask } from "../../test/support/task-thread.ts";
import { AppError, isAppError } from "./errors.ts";
import { postedError, receivedError } from "./task-messages.ts";
import { TaskThreads } from "./task-threads.ts";

const MODULE = new URL("../../test/support/task-thread.ts", import.meta.url);

interface Started extends AsyncDisposable {
  readonly threads: TaskThreads<TestTask, unknown, string>;
  readonly events: string[];
  /** Threads that ended in order. */
  readonly closed: () => number;
}

function start(count: number, flaw?: TestData["flaw"]): Started {
  const closed = new SharedArrayBuffer(4);
  const events: string[] = [];
  const data: TestData = { closed, ...(flaw && { flaw }) };
  const threads = new TaskThreads<TestTask, unknown, string>({
    module: MODULE,
    data,
    threads: count,
    onEvent: (event) => events.push(event),
  });
  return { threads, events, closed: () => new Int32Array(closed)[0] ?? 0, [Symbol.asyncDispose]: () => threads.close() };
}

/** Whether a promise settles soon. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise<"pending">((resolve) => setTimeout(() => resolve("pending"), 50));
  return (
    (await Promise.race([
      promise.then(
        () => "settled",
        () => "settled",
      ),
      later,
    ])) === "pending"
  );
}

const isFull = (error: unknown): boolean => isAppError(error, "E_STORE_FULL");

test("TaskThreads hands back each task's own result, whichever thread did it", async () => {
  await using started = start(2);
  const values = Array.from({ length: 40 }, (_, at) => ({ at, big: 2n ** 70n }));
  const results = await Promise.all(values.map((value) => started.threads.submit({ do: "echo", value })));
  assert.deepEqual(results, values);
  assert.deepEqual(await started.threads.everywhere({ do: "echo", value: 1 }), [1, 1]);
});

test("TaskThreads moves the buffers of tasks and results instead of copying them", async () => {
  await using started = start(1);
  const bytes = Uint8Array.of(1, 2, 3);
  const doubled = await started.threads.submit({ do: "double", bytes }, [bytes.buffer]);
  assert.deepEqual([doubled, bytes.length], [Uint8Array.of(2, 4, 6), 0]);
});

test("TaskThreads hands over events before the result of the task that emitted them", async () => {
  await using started = start(1);
  await started.threads.submit({ do: "emit", events: ["a", "b"] });
  assert.deepEqual(started.events, ["a", "b"]);
});

test("TaskThreads.room() waits until a thread can take another task", async () => {
  await using started = start(2);
  const gate = new SharedArrayBuffer(4);
  const running: Promise<unknown>[] = [];
  for (let at = 0; at < 6; at += 1) {
    await started.threads.room();
    running.push(started.threads.submit({ do: "wait", gate }));
  }
  const room = started.threads.room();
  assert.equal(await isPending(room), true);
  Atomics.store(new Int32Array(gate), 0, 1);
  Atomics.notify(new Int32Array(gate), 0);
  await room;
  await Promise.all(running);
});

test("TaskThreads.close() ends idle threads in order", async () => {
  const started = start(3);
  await started.threads.everywhere({ do: "echo", value: 1 });
  await started.threads.close();
  assert.equal(started.closed(), 3);
  await started.threads.close();
  await assert.rejects(started.threads.submit({ do: "echo", value: 1 }), (error) => isAppError(error, "E_ABORTED"));
  await assert.rejects(started.threads.room(), (error) => isAppError(error, "E_ABORTED"));
});

test("TaskThreads.close() stops busy threads at once and rejects what they had not done", async () => {
  const started = start(2);
  await started.threads.everywhere({ do: "echo", value: 1 });
  const running = [started.threads.submit({ do: "hang" }), started.threads.submit({ do: "wait", gate: new SharedArrayBuffer(4) })];
  const outcomes = Promise.allSettled(running);
  await started.threads.close();
  assert.deepEqual(
    (await outcomes).map((one) => one.status === "rejected" && isAppError(one.reason, "E_ABORTED")),
    [true, true],
  );
  assert.equal(started.closed(), 0);
});

test("TaskThreads rejects everything from a task's failure on, with that failure", async () => {
  await using started = start(2);
  await started.threads.everywhere({ do: "echo", value: 1 });
  const gate = new SharedArrayBuffer(4);
  const other = started.threads.submit({ do: "wait", gate });
  const failed = started.threads.submit({ do: "fail" });
  await assert.rejects(
    failed,
    (error) => isFull(error) && isAppError(error) && error.why === "the test wanted it" && error.retryable && error.data["key"] === "a",
  );
  await assert.rejects(other, isFull);
  await assert.rejects(started.threads.submit({ do: "echo", value: 1 }), isFull);
  await assert.rejects(started.threads.room(), isFull);
  await assert.rejects(started.threads.everywhere({ do: "echo", value: 1 }), isFull);
  // The other thread's result comes when nobody waits for it any more.
  Atomics.store(new Int32Array(gate), 0, 1);
  Atomics.notify(new Int32Array(gate), 0);
  assert.equal(await isPending(new Promise(() => undefined)), true);
});

test("TaskThreads wakes those that wait for room when a thread fails", async () => {
  await using started = start(1);
  const running = Promise.allSettled([
    started.threads.submit({ do: "fail" }),
    started.threads.submit({ do: "hang" }),
    started.threads.submit({ do: "hang" }),
  ]);
  await assert.rejects(started.threads.room(), isFull);
  assert.deepEqual(
    (await running).map(({ status }) => status),
    ["rejected", "rejected", "rejected"],
  );
});

test("TaskThreads rejects with a failure to set up", async () => {
  await using started = start(2, "set-up");
  await assert.rejects(started.threads.submit({ do: "echo", value: 1 }), isFull);
});

test("TaskThreads makes E_INTERNAL of a defect, of an uncaught exception and of a thread that ends by itself", async () => {
  for (const kind of ["throw", "crash", "exit"] as const) {
    const started = start(1);
    const failure = await started.threads.submit({ do: kind }).catch((error: unknown) => error);
    if (kind === "crash") assert.ok(failure instanceof Error && /outside of any task/.test(failure.message));
    else assert.ok(isAppError(failure, "E_INTERNAL"), String(failure));
    await started.threads.close();
  }
});

test("TaskThreads.close() ends also when a thread fails to close", async () => {
  const started = start(1, "close");
  await started.threads.submit({ do: "echo", value: 1 });
  await started.threads.close();
  assert.equal(started.closed(), 0);
});

test("TaskThreads rejects a task that cannot be posted, and goes on", async () => {
  await using started = start(1);
  await assert.rejects(started.threads.submit({ do: "echo", value: () => undefined }), { name: "DataCloneError" });
  await started.threads.room();
  assert.equal(await started.threads.submit({ do: "echo", value: 1 }), 1);
});

test("receivedError() gives back what postedError() took apart, with the stack of where it was thrown", () => {
  const error = new AppError({ code: "E_CORRUPT", what: "w", why: "y", hint: "h", retryable: true, data: { offset: 1, key: "k" } });
  const { code, what, why, hint, retryable, data, stack } = receivedError(structuredClone(postedError(error)));
  assert.deepEqual(
    { code, what, why, hint, retryable, data, stack },
    { code: "E_CORRUPT", what: "w", why: "y", hint: "h", retryable: true, data: { offset: 1, key: "k" }, stack: error.stack },
  );
  const defect = new TypeError("defect");
  const received = receivedError(structuredClone(postedError(defect)));
  assert.deepEqual([received.code, received.what, received.stack], ["E_INTERNAL", "defect", defect.stack]);
  assert.equal(receivedError(postedError("text")).what, "text");
});
