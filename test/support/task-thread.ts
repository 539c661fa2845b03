// The worker side of the tests of TaskThreads.
import { parentPort } from "node:worker_threads";
import { AppError } from "../../src/shared/errors.ts";
import { serveTasks } from "../../src/shared/task-server.ts";

/** What a test thread is asked to do. */
export type TestTask =
  | { readonly do: "echo"; readonly value: unknown }
  | { readonly do: "double"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly do: "emit"; readonly events: readonly string[] }
  | { readonly do: "fail" | "throw" | "exit" | "crash" | "hang" }
  | { readonly do: "wait"; readonly gate: SharedArrayBuffer };

/** How it is set up: `flaw` makes something go wrong. */
export interface TestData {
  readonly flaw?: "set-up" | "close";
  /** Counts orderly ends. */
  readonly closed: SharedArrayBuffer;
}

export const FAILURE: AppError = new AppError({
  code: "E_STORE_FULL",
  what: "full",
  why: "the test wanted it",
  hint: "none",
  retryable: true,
  data: { key: "a" },
});

serveTasks<TestData, TestTask, unknown, string>(async ({ flaw, closed }, emit) => {
  await Promise.resolve();
  if (flaw === "set-up") throw FAILURE;
  return {
    handle: async (task) => {
      await Promise.resolve();
      return await work(task, emit);
    },
    close: async () => {
      if (flaw === "close") throw FAILURE;
      Atomics.add(new Int32Array(closed), 0, 1);
    },
  };
});

async function work(
  task: TestTask,
  emit: (event: string) => void,
): Promise<{ readonly result: unknown; readonly transfer?: ArrayBuffer[] }> {
  switch (task.do) {
    case "fail":
      throw FAILURE;
    case "throw":
      throw new TypeError("a defect");
    case "exit":
      // A thread without anything to wait for ends.
      parentPort?.unref();
      return await new Promise(() => undefined);
    case "hang":
      return await new Promise(() => undefined);
    case "crash":
      setImmediate(() => {
        throw new RangeError("outside of any task");
      });
      return await new Promise(() => undefined);
    case "wait":
      Atomics.wait(new Int32Array(task.gate), 0, 0);
      return { result: undefined };
    case "emit":
      for (const event of task.events) emit(event);
      return { result: undefined };
    case "echo":
      return { result: task.value };
    case "double": {
      const bytes = task.bytes.map((byte) => byte * 2);
      return { result: bytes, transfer: [bytes.buffer] };
    }
  }
}
