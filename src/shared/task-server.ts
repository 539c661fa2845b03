import { parentPort, workerData } from "node:worker_threads";
import { must } from "./assert.ts";
import { postedError, type TaskReply, type TaskRequest } from "./task-messages.ts";

/** What a worker thread does. */
export interface TaskHandler<Task, Result> {
  /** Handles one task; the next begins when it has settled. Buffers in `transfer` are moved, not copied, with the result. */
  handle(task: Task): Promise<{ readonly result: Result; readonly transfer?: readonly ArrayBuffer[] }>;
  close(): Promise<void>;
}

/**
 * The worker side of `TaskThreads`: sets up once from the posted data, then serves tasks one after the other.
 * Any failure is reported and ends the usefulness of the thread: failures of single items are results, not failures.
 */
export function serveTasks<Data, Task, Result, Event>(
  setUp: (data: Data, emit: (event: Event) => void) => Promise<TaskHandler<Task, Result>>,
): void {
  const port = must(parentPort, "tasks are served in a worker thread");
  const reply = (message: TaskReply<Result, Event>, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const fail = (error: unknown): void => reply({ type: "failed", error: postedError(error) });
  const ready = setUp(workerData as Data, (event) => reply({ type: "event", event }));
  let tail: Promise<unknown> = ready.catch(fail);
  port.on("message", ({ id, task }: TaskRequest<Task>) => {
    tail = tail
      .then(async () => {
        if (task === undefined) {
          // Whatever goes wrong in closing: the other side waits for this thread to end.
          await ready.then((handler) => handler.close()).finally(() => port.close());
          return;
        }
        const { result, transfer } = await (await ready).handle(task);
        reply({ type: "result", id, result }, transfer);
      })
      .catch(fail);
  });
}
